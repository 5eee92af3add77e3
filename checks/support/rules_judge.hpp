#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/support/prometheus_rules.hpp"
#include "runner/check.hpp"

namespace postflight {

// Which rules are to be loaded and healthy; all that are loaded when none are named.
struct RulesWanted {
  std::vector<std::string> alerts, records, groups;
  std::int64_t min = 1;  // how many rules are examined
  std::optional<std::chrono::milliseconds> max_age;

  bool names_any() const { return !alerts.empty() || !records.empty() || !groups.empty(); }
};

Outcome judge_rules(const RulesWanted& wanted, const LoadedRules& loaded, Moment now);

}  // namespace postflight
