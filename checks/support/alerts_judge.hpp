#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/support/firing_alert.hpp"
#include "checks/support/label_matchers.hpp"
#include "checks/support/prometheus_rules.hpp"
#include "runner/check.hpp"

namespace postflight {

// Which alerts count, and how many may fire.
struct AlertsWanted {
  std::vector<std::string> names;       // of alerting rules; empty: all
  std::vector<std::string> severities;  // empty: all; an alert without one always counts
  std::string severity_label = "severity";
  std::vector<LabelMatchers> ignore;
  bool count_pending = false, count_silenced = false, count_inhibited = false;
  std::int64_t max = 0;
  std::optional<std::int64_t> warn;
  std::string watchdog;  // an alert that always fires; empty: none
  std::optional<std::chrono::milliseconds> max_age;

  std::string text() const;  // "no alert of severity critical, or without one, fires"
};

// The alerts of Prometheus's rules: those whose rule is not evaluated are unknown.
Outcome judge_alerts(const AlertsWanted& wanted, const LoadedRules& loaded, Moment now);

// The alerts of an Alertmanager. One that knows of none proves nothing: nobody may be feeding it.
Outcome judge_alerts(const AlertsWanted& wanted, const std::vector<FiringAlert>& alerts,
                     Moment now);

}  // namespace postflight
