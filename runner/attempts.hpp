#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include "runner/run.hpp"

namespace postflight {

// What came of running one check, with its retries.
struct Attempted {
  Outcome outcome;
  int attempts = 0;
  std::chrono::steady_clock::time_point decided_from{};  // when the last attempt began
};

inline bool is_green(Status status) { return status == Status::passed || status == Status::warned; }

// Bounds of one check's attempts.
struct AttemptLimits {
  std::chrono::steady_clock::time_point fresh_since;   // for the first attempt
  std::chrono::steady_clock::time_point run_deadline;  // nothing goes on past it
  std::stop_token stop;
  // Told when each attempt begins, with the moment it must have ended by.
  std::function<void(std::chrono::steady_clock::time_point must_end)> on_begin;
  std::function<void(const Outcome& outcome, int attempt)> on_retry;
};

// Runs the check, again and again while its `wait` lasts and it is not green. Never throws for
// what the check does: what it throws is errored.
Attempted attempt(const ChecklistEntry& entry, const RunSettings& settings, Clock& clock,
                  const AttemptLimits& limits);

// The rules that every kind is held to: no evidence, no pass; nothing examined, no pass unless the
// checklist allows it; no pass over a fact that is not green.
Outcome hold_to_rules(const ChecklistEntry& entry, Outcome outcome);

}  // namespace postflight
