#include "tests/matrix/verdict.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

namespace postflight::matrix {

namespace {

bool fits(const std::string& pattern, const std::string& name) {
  return pattern.empty() || RE2::FullMatch(name, pattern);
}

// The verdict that the cell has to have.
std::string wanted_status(const Cell& cell) {
  if (const auto* exception = exception_for(cell)) return exception->status;
  return "errored";
}

bool is_green(const std::string& status) { return status == "passed" || status == "warned"; }

}  // namespace

const Exception* exception_for(const Cell& cell) {
  const std::string question = cell.question == nullptr ? "everything" : cell.question->name;
  for (const auto& exception : exceptions())
    if (fits(exception.subject, cell.subject->name()) &&
        fits(exception.failure, cell.failure->name) && fits(exception.question, question))
      return &exception;
  return nullptr;
}

std::string what_is_wrong(const Cell& cell) {
  if (!cell.found.trouble.empty()) return cell.found.trouble;
  const auto* exception = exception_for(cell);
  const auto& reasons = exception != nullptr ? exception->reasons : cell.failure->reasons;
  const auto status = wanted_status(cell);
  const auto& found = cell.found;
  if (found.status == status && (status != "errored" || reasons.count(found.reason))) return "";
  return fmt::format("{} {}; wanted: {} {}; {}", found.status, found.reason, status,
                     fmt::join(reasons, " or "), found.summary);
}

bool may_be_green(const Cell& cell) { return is_green(wanted_status(cell)); }
bool may_be_red(const Cell& cell) { return wanted_status(cell) == "failed"; }

bool is_false_pass(const Cell& cell) { return is_green(cell.found.status) && !may_be_green(cell); }

bool is_false_failure(const Cell& cell) {
  return cell.found.status == "failed" && wanted_status(cell) != "failed";
}

}  // namespace postflight::matrix
