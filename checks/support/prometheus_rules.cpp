#include "checks/support/prometheus_rules.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "checks/support/json_reader.hpp"
#include "checks/support/prometheus_answer.hpp"
#include "checks/support/text.hpp"
#include "runner/check.hpp"
#include "runner/setting.hpp"

namespace postflight {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

CannotTell unreadable(const std::string& question, const std::string& why) {
  return {"unreadable", fmt::format("{}: {}", question, why)};
}

milliseconds read_interval(const nlohmann::json& group, const std::string& question) {
  constexpr double longest = 1e9;  // seconds
  const auto found = group.find("interval");
  if (found == group.end() || !found->is_number())
    throw unreadable(question, "a group of rules has no interval in seconds");
  const auto seconds = found->get<double>();
  if (!(seconds >= 0 && seconds <= longest))
    throw unreadable(question, fmt::format("a group of rules has the interval {}", seconds));
  return milliseconds(std::llround(seconds * 1000));
}

LoadedRule read_rule(const JsonReader& read, const std::string& group, milliseconds interval,
                     const std::string& question) {
  LoadedRule rule;
  rule.name = read.required_text("name");
  rule.group = group;
  rule.interval = interval;
  const auto type = read.required_text("type");
  if (type != "alerting" && type != "recording")
    throw unreadable(question, fmt::format("rule {}: its type is {}", excerpt(rule.name, 60),
                                           excerpt(type, 60)));
  rule.is_alert = type == "alerting";
  rule.labels = read.labels("labels");
  rule.health = read.required_text("health");
  rule.last_error = read.text("lastError");
  // So Prometheus writes a moment that has not come.
  if (!read.text("lastEvaluation").starts_with("0001-01-01T00:00:00"))
    rule.evaluated = read.timestamp("lastEvaluation");
  for (const auto& alert : read.maps("alerts")) rule.alerts.push_back(read_prometheus_alert(alert));
  const auto state = read.text("state");
  if (rule.is_alert && state != "inactive" && state != "unknown" && rule.alerts.empty())
    throw unreadable(
        question, fmt::format("rule {} is {}, but its alerts are not told", excerpt(rule.name, 60),
                              state.empty() ? "in no state" : state));
  return rule;
}

}  // namespace

std::string LoadedRule::title() const {
  return fmt::format("{} {} of group {}", is_alert ? "alert" : "record", excerpt(name, 100),
                     excerpt(group, 100));
}

LoadedRules read_rules(std::string_view text, const std::string& question) {
  std::vector<std::string> infos;
  const auto data = read_prometheus_data(text, question, infos);
  const JsonReader top(data, question, "data");
  if (!top.has("groups")) throw unreadable(question, "data.groups is missing");
  if (!top.text("groupNextToken").empty())
    throw CannotTell("partial", question + ": the answer is only the first page of the rules");
  LoadedRules loaded;
  const auto groups = top.maps("groups");
  for (std::size_t index = 0; index < groups.size(); ++index) {
    const auto& group = groups[index];
    const auto name = group.required_text("name");
    loaded.groups.push_back(name);
    const auto interval = read_interval(data["groups"][index], question);
    for (const auto& rule : group.maps("rules"))
      loaded.rules.push_back(read_rule(rule, name, interval, question));
  }
  return loaded;
}

milliseconds longest_age(const LoadedRule& rule, std::optional<milliseconds> wanted) {
  return wanted.value_or(3 * rule.interval + 1min);
}

RuleHealth health_of(const LoadedRule& rule, std::optional<milliseconds> max_age, Moment now) {
  using State = RuleHealth::State;
  const auto longest = longest_age(rule, max_age);
  RuleHealth health;
  health.expected = fmt::format("evaluated without error in the last {}", format_duration(longest));
  const auto is = [&](State state, std::string observed) {
    health.state = state;
    health.observed = std::move(observed);
    return health;
  };
  if (rule.health == "unknown" || !rule.evaluated) return is(State::unknown, "not evaluated yet");
  const auto when = format_timestamp(*rule.evaluated);
  if (rule.health != "ok" || !rule.last_error.empty())
    return is(State::bad, fmt::format("health {} at {}: {}", excerpt(rule.health, 60), when,
                                      rule.last_error.empty() ? "no error is told"
                                                              : excerpt(rule.last_error, 300)));
  const auto age = now - *rule.evaluated;
  if (age > longest) return is(State::bad, fmt::format("last evaluated at {}", when));
  if (age < -longest)
    return is(State::unknown,
              fmt::format("last evaluated at {}, which is still to come: the clocks differ", when));
  return is(State::good, fmt::format("evaluated at {}", when));
}

}  // namespace postflight
