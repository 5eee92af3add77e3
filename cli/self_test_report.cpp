#include "cli/self_test_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "reports/text_safety.hpp"
#include "runner/exit_code.hpp"

namespace postflight {
namespace {

using Verdict = TestedCheck::Verdict;

constexpr std::size_t longest_line = 400;
constexpr std::size_t most_listed = 40;  // of the changes that one check did not notice

std::string_view word_of(Verdict verdict) {
  return verdict == Verdict::can_fail ? "ok" : to_string(verdict);
}

std::string what_to_do(Verdict verdict) {
  switch (verdict) {
    case Verdict::vacuous:
      return "expect something that is otherwise when the thing is broken, or take the check away; "
             "-v lists what it did not notice";
    case Verdict::false_green:
      return "this is a fault of the check's kind, please report it";
    default:
      return "";
  }
}

std::size_t count_of(const std::vector<TestedCheck>& checks, Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::count(checks, verdict, &TestedCheck::verdict));
}

std::string numbers_of(const TestedCheck& check) {
  auto text = fmt::format("{} of {} changes noticed, {} as a failure", check.noticed, check.tried,
                          check.failed);
  if (check.left_out > 0) text += fmt::format(" ({} more were possible)", check.left_out);
  return text;
}

void add_list(std::string& text, const char* heading, const std::vector<std::string>& list) {
  if (list.empty()) return;
  fmt::format_to(std::back_inserter(text), "             {}\n", heading);
  for (std::size_t index = 0; index < std::min(list.size(), most_listed); ++index)
    fmt::format_to(std::back_inserter(text), "               {}\n",
                   safe_line(list[index], longest_line));
  if (list.size() > most_listed)
    fmt::format_to(std::back_inserter(text), "               and {} more; -o json has all\n",
                   list.size() - most_listed);
}

}  // namespace

std::string self_test_text(const std::vector<TestedCheck>& checks, bool verbose) {
  std::size_t width = 0;
  for (const auto& check : checks) width = std::max(width, check.entry->id.size());
  std::string text;
  auto out = std::back_inserter(text);
  for (const auto& check : checks) {
    const bool untested = check.verdict == Verdict::untested;
    fmt::format_to(out, "{:<11}  {:<{}}  {}\n", word_of(check.verdict), check.entry->id, width,
                   untested ? safe_line(check.why, longest_line) : numbers_of(check));
    if (!untested && !check.why.empty())
      fmt::format_to(out, "             {}\n", safe_line(check.why, longest_line));
    if (const auto advice = what_to_do(check.verdict); !advice.empty())
      fmt::format_to(out, "             what to do: {}\n", advice);
    if (!verbose) continue;
    add_list(text, "no change made these fail:", check.never_failed);
    add_list(text, "not noticed:", check.unnoticed);
  }
  fmt::format_to(out, "\n{} of {} checks can fail", count_of(checks, Verdict::can_fail),
                 checks.size());
  if (const auto count = count_of(checks, Verdict::vacuous); count > 0)
    fmt::format_to(out, ", {} vacuous", count);
  if (const auto count = count_of(checks, Verdict::false_green); count > 0)
    fmt::format_to(out, ", {} green without an answer", count);
  if (const auto count = count_of(checks, Verdict::untested); count > 0)
    fmt::format_to(out, ", {} not tested", count);
  return text + "\n";
}

std::string self_test_json(const std::string& checklist, const std::vector<TestedCheck>& checks,
                           int exit_code) {
  using Json = nlohmann::ordered_json;
  auto list = Json::array();
  for (const auto& check : checks)
    list.push_back({{"id", check.entry->id},
                    {"kind", check.entry->kind->name},
                    {"severity", to_string(check.entry->severity)},
                    {"verdict", to_string(check.verdict)},
                    {"why", check.why.empty() ? Json(nullptr) : Json(check.why)},
                    {"tried", check.tried},
                    {"noticed", check.noticed},
                    {"failed", check.failed},
                    {"left_out", check.left_out},
                    {"open", check.open},
                    {"never_failed", check.never_failed},
                    {"unnoticed", check.unnoticed}});
  const Json report = {{"schema", "postflight.selftest/v1"},
                       {"checklist", checklist},
                       {"exit_code", exit_code},
                       {"checks", std::move(list)}};
  return safe_json(report.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

int self_test_exit_code(const std::vector<TestedCheck>& checks) {
  const auto any = [&](auto&& condition) { return std::ranges::any_of(checks, condition); };
  if (any([](const TestedCheck& check) {
        return check.verdict == Verdict::vacuous || check.verdict == Verdict::false_green;
      }))
    return exit_failed;
  if (any([](const TestedCheck& check) {
        return check.verdict == Verdict::untested && check.entry->severity == Severity::blocking;
      }) ||
      count_of(checks, Verdict::can_fail) == 0)
    return exit_unknown;
  return exit_healthy;
}

}  // namespace postflight
