#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "checks/support/findings.hpp"
#include "checks/support/performance_data.hpp"
#include "checks/support/plug_in.hpp"
#include "checks/support/plug_in_ending.hpp"
#include "checks/support/text.hpp"
#include "text/counted.hpp"

namespace postflight {
namespace {

constexpr std::size_t most_metrics = 50;  // that are told

struct PrintedText {
  std::string first_line;        // without its performance data
  std::string performance_data;  // of all lines
};

// The first line up to a '|' is its text. What follows it, and what follows the next '|' in the
// lines below, is performance data; the rest is more text for people.
PrintedText read_output(std::string_view output) {
  const auto line_end = std::min(output.find('\n'), output.size());
  const auto first = output.substr(0, line_end), more = output.substr(line_end);
  const auto bar = std::min(first.find('|'), first.size());
  PrintedText text{excerpt(first.substr(0, bar)), std::string(first.substr(bar))};
  if (const auto second = more.find('|'); second != more.npos)
    text.performance_data += more.substr(second);
  std::ranges::replace(text.performance_data, '|', ' ');
  return text;
}

// The state that the beginning of the line names, as plug-ins do: "DISK OK - ...", "CRITICAL: ...".
std::string state_in(const std::string& line) {
  static const RE2 state(
      R"(^(?:[A-Za-z0-9_./-]+ ){0,3}(OK|WARNING|CRITICAL|UNKNOWN)(?:$|[^A-Za-z0-9_,]))");
  std::string word;
  RE2::PartialMatch(line, state, &word);
  return word;
}

std::string limits_in(const Metric& metric) {
  std::string text;
  const std::pair<const char*, const std::string*> limits[] = {{"warning", &metric.warning},
                                                               {"critical", &metric.critical},
                                                               {"minimum", &metric.minimum},
                                                               {"maximum", &metric.maximum}};
  for (const auto& [name, value] : limits)
    if (!value->empty())
      text += fmt::format("{}{} {}", text.empty() ? "; " : ", ", name, excerpt(*value, 40));
  return text;
}

// What a plug-in measured tells more of its verdict; it is none of its own.
void add_metrics(const std::string& performance_data, Findings& findings) {
  const auto data = read_performance_data(performance_data);
  const std::string expected = "told for information";
  const auto told = std::min(data.metrics.size(), most_metrics);
  for (std::size_t index = 0; index < told; ++index) {
    const auto& metric = data.metrics[index];
    const auto value = metric.value == "U" ? "not known" : metric.value + metric.unit;
    findings.add(Status::passed, "performance data " + excerpt(metric.label, 80), expected,
                 excerpt(value, 80) + limits_in(metric));
  }
  if (told < data.metrics.size())
    findings.add(Status::passed, "performance data", expected,
                 counted(data.metrics.size() - told, "more metric"));
  if (!data.unread.empty())
    findings.add(Status::passed, "performance data that is none", expected,
                 excerpt(fmt::format("{}", fmt::join(data.unread, " "))));
}

}  // namespace

Outcome judge_monitoring_plugin(const std::string& name, const CommandResult& result) {
  require_end(name, result);
  const auto printed = read_output(result.output);
  const auto& line = printed.first_line;
  if (line.find_first_not_of(' ') == std::string::npos)
    throw CannotTell("unreadable", fmt::format("{} ended with exit code {} and its first line says "
                                               "nothing{}",
                                               name, result.exit_code, last_words(result)));
  if (result.exit_code == 3)
    throw CannotTell("plug-in-unknown", fmt::format("{} could not find out: {}", name, line));
  const auto state = state_in(line);
  if (!state.empty() && (state == "OK") != (result.exit_code == 0))
    throw CannotTell("unreadable", fmt::format("{} ended with exit code {}, which is {}, and says "
                                               "the opposite: {}",
                                               name, result.exit_code,
                                               result.exit_code == 0 ? "OK" : "not OK", line));
  constexpr Status statuses[] = {Status::passed, Status::warned, Status::failed};
  Findings findings;
  findings.add(statuses[result.exit_code], name, "OK", line);
  add_metrics(printed.performance_data, findings);
  return findings.outcome(line, 1);
}

}  // namespace postflight
