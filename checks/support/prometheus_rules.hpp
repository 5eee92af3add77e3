#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/support/firing_alert.hpp"
#include "checks/support/selectors.hpp"
#include "checks/support/timestamps.hpp"

namespace postflight {

// A rule that Prometheus has loaded.
struct LoadedRule {
  std::string name, group;
  bool is_alert = false;
  Labels labels;  // that it gives its alerts
  std::string health, last_error;
  std::optional<Moment> evaluated;        // nothing: never yet
  std::chrono::milliseconds interval{0};  // at which it should be evaluated
  std::vector<FiringAlert> alerts;

  std::string title() const;  // "alert Down of group nodes"
};

struct LoadedRules {
  std::vector<std::string> groups;  // their names, also of those without rules
  std::vector<LoadedRule> rules;
};

// Reads the answer of /api/v1/rules. Throws CannotTell as the functions of prometheus_answer.hpp.
LoadedRules read_rules(std::string_view text, const std::string& question);

// How long ago the last evaluation may be: what is wanted, or three intervals of the group and a
// minute.
std::chrono::milliseconds longest_age(const LoadedRule& rule,
                                      std::optional<std::chrono::milliseconds> wanted);

// How a rule is evaluated.
struct RuleHealth {
  enum class State { good, bad, unknown };
  State state = State::good;
  std::string observed;
  std::string expected;  // the same whatever is observed
};
RuleHealth health_of(const LoadedRule& rule, std::optional<std::chrono::milliseconds> max_age,
                     Moment now);

}  // namespace postflight
