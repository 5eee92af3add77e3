#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "reports/formats.hpp"
#include "reports/text_safety.hpp"
#include "reports/words.hpp"

// Annotations of GitHub Actions, as workflow commands
// (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands):
//
//   ::error title=the outpost Service routes to two ready outpost pods::outpost-endpoints: ...
//   ::notice title=postflight::failed: 1 failed, 7 passed
//
// GitHub shows ten errors and ten warnings of a step: the last one says how many are left out.

namespace postflight {
namespace {

constexpr std::size_t most_shown = 10;  // of each sort
constexpr std::size_t most_title = 300;
constexpr std::size_t most_facts = 3;
constexpr std::size_t most_words = 2000;

// As the runner decodes it; in a property the characters that end one, too.
std::string encoded(std::string_view text, bool is_property) {
  std::string code;
  for (const char c : text) {
    const bool is_special =
        c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','));
    code += is_special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return code;
}

void write_command(std::ostream& out, std::string_view command, std::string_view title,
                   std::string_view message) {
  out << fmt::format("::{} title={}::{}\n", command, encoded(title, true), encoded(message, false));
}

std::string message_of(const CheckResult& result) {
  std::string message;
  if (!result.cluster.empty()) message = safe_line(result.cluster, most_title) + ": ";
  message += safe_line(result.id, most_title) + ": ";
  if (result.status == Status::errored) message += "could not find out: ";
  message += safe_text(reasoned_summary(result), most_words);
  std::size_t shown = 0;
  for (const auto& fact : result.evidence) {
    if (fact.status == Status::passed) continue;
    if (shown++ == most_facts) break;
    message += fmt::format("\n{}: {}", safe_line(fact.subject, most_title),
                           safe_line(fact.observed, most_title));
  }
  if (!result.hint.empty()) message += "\nhint: " + safe_text(result.hint, most_words);
  if (!result.page.empty()) message += "\nsee " + safe_line(result.page, most_title);
  return message;
}

// Only a check that gates is an error.
bool is_error(const CheckResult& result, const RunRecord& record) {
  if (record.fail_on_warn || result.reason == runner_reason::missing_shard) return true;
  return result.status != Status::warned && result.severity == Severity::blocking;
}

void write_all_of(const std::vector<const CheckResult*>& results, std::string_view command,
                  std::ostream& out) {
  const auto shown = results.size() > most_shown ? most_shown - 1 : results.size();
  for (std::size_t i = 0; i < shown; ++i) {
    const auto title = safe_line(results[i]->title, most_title);
    write_command(out, command, title.empty() ? "postflight" : title, message_of(*results[i]));
  }
  if (shown < results.size())
    write_command(out, command, "postflight",
                  fmt::format("{} more checks are not green: the report has them all",
                              results.size() - shown));
}

}  // namespace

void write_github(const RunRecord& record, std::ostream& out) {
  std::vector<const CheckResult*> errors, warnings;
  for (const auto* result : worst_first(record))
    (is_error(*result, record) ? errors : warnings).push_back(result);
  write_all_of(errors, "error", out);
  write_all_of(warnings, "warning", out);
  auto title = "postflight " + safe_line(record.checklist, most_title);
  write_command(
      out, "notice", title,
      fmt::format("{}: {}", verdict_in_words(verdict_of(record)), totals_in_words(record)));
}

}  // namespace postflight
