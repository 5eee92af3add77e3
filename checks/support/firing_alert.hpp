#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/support/json_reader.hpp"

namespace postflight {

// An alert that is at least pending, as Prometheus or Alertmanager tells of it.
struct FiringAlert {
  enum class State { firing, pending, silenced, inhibited };
  Labels labels;
  State state = State::firing;
  std::optional<Moment> since;
  std::optional<Moment> told;  // Alertmanager: when it was last told of it
  std::string note;            // its summary, in the words of whoever wrote the rule

  std::string title() const;     // alert Down{instance="a"}
  std::string observed() const;  // firing since 2026-11-23T20:00:00Z, severity critical: ...
};

// Of an answer of Prometheus, and of Alertmanager's /api/v2/alerts. Throw CannotTell("unreadable").
FiringAlert read_prometheus_alert(const JsonReader& alert);
std::vector<FiringAlert> read_alertmanager_alerts(std::string_view text,
                                                  const std::string& question);

}  // namespace postflight
