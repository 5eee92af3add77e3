#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "runner/clock.hpp"
#include "runner/past_run.hpp"
#include "runner/plan.hpp"
#include "runner/record.hpp"
#include "runner/redactor.hpp"

namespace postflight {

// Told what happens, as it happens, on the thread that called run(). Secrets are taken out of
// outcomes and results. What an observer throws is ignored.
class RunObserver {
 public:
  virtual ~RunObserver();
  virtual void on_started(const ChecklistEntry& entry);
  // An attempt was not green and another follows.
  virtual void on_attempt(const ChecklistEntry& entry, const Outcome& outcome, int attempt);
  // An attempt was green, and another follows because the check has to hold: `left` is what is to
  // come of its window.
  virtual void on_sample(const ChecklistEntry& entry, const Outcome& outcome, int attempt,
                         std::chrono::milliseconds left);
  // In the record it may be blocked where it was errored here: causes are known at the end.
  virtual void on_finished(const CheckResult& result);
};

// Why something could not be found out, for an exception that is not CannotTell.
struct Unknown {
  std::string reason;
  std::string message;
  std::string cause = {};  // as of Outcome
};

struct RunSettings {
  std::chrono::milliseconds deadline{std::chrono::minutes(10)};  // of the whole run
  std::size_t jobs = 32;                                         // checks at once
  std::optional<Wait> wait;  // --wait: for entries that have none
  std::optional<Hold> hold;  // --hold: the same
  std::string target;
  bool fail_on_warn = false;
  std::function<Unknown(const std::exception&)> explain;  // may be empty: then "internal-error"
  // Handed to every check.
  const Clients* clients = nullptr;
  Redactor* redactor = nullptr;  // what passes into the record goes through it
  RunObserver* observer = nullptr;
  Clock* clock = nullptr;               // nullptr: system_clock()
  std::function<int()> interrupted_by;  // after a stop: the signal number for the record
  // No check starts before all it needs have ended well: all that is asked counts, as a recording
  // wants it.
  bool in_order = false;
  // A replay of it: in order too, without waiting, with the times of then instead of `clock`.
  const PastRun* past = nullptr;
};

struct RunResult {
  RunRecord record;
  // Checks that did not come back by the deadline plus a grace second: their threads still use the
  // clients and the plan, so the process must end without destroying them (std::_Exit).
  std::size_t abandoned = 0;
  AttemptTimes attempts;  // that counted, when the run was in order
};

// Runs every selected check, at most `jobs` at once, and returns when all have ended, the deadline
// has passed or `stop` was asked for. What a check finds counts only when all it needs have ended
// well. Never throws for what a check does; every check of the plan is in the record, in plan
// order.
RunResult run(const Plan& plan, const RunSettings& settings, std::stop_token stop);

}  // namespace postflight
