#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runner/crew.hpp"
#include "runner/hold_watch.hpp"
#include "runner/replayed_time.hpp"
#include "runner/run.hpp"

namespace postflight {

// One run, from its first attempt to its record. Every check is started as soon as a thread is
// free, those whose needs have ended well first; what a check found before its needs had ended
// counts only once they have ended well (docs/decisions/0005). All of it happens on the thread that
// calls complete(); only the attempts run on others.
class Execution {
 public:
  Execution(const Plan& plan, const RunSettings& settings, std::stop_token stop);

  // Blocks until every check is settled and its thread is back, or given up.
  RunResult complete();

 private:
  using Moment = std::chrono::steady_clock::time_point;
  // idle: nothing to do now; queued: for a thread; pausing: until the next attempt; found: has an
  // outcome, which waits for the needs.
  enum class Phase { idle, queued, running, pausing, found, settled };

  struct Slot {
    const PlannedCheck* planned = nullptr;
    std::vector<std::size_t> dependents;
    std::size_t open_needs = 0;  // that are not settled
    Phase phase = Phase::idle;
    bool satisfies = false;    // what needs it may count on it
    bool is_blocked = false;   // something it needs did not end well: nothing it finds counts
    bool runs_again = false;   // once the attempt that was stopped has come back
    bool was_started = false;  // and the observer told
    int attempts = 0;
    Moment fresh_since{}, began{}, last_began{}, patience_ends{}, next_attempt{}, ended{};
    std::optional<Moment> came_true;   // when, where it did so only after waiting
    std::optional<HoldWatch> holding;  // from its first green sample on
    Outcome outcome;                   // of the last attempt
    std::shared_ptr<Attempt> attempt;  // while one runs
    CheckResult result;
  };

  void settle_what_is_not_run();
  void enqueue(std::size_t index);
  void start_attempts();
  void begin(std::size_t index);
  void came_back(const std::shared_ptr<Attempt>& attempt);
  void take_outcome(std::size_t index, Outcome outcome);
  void give_up_overdue();
  void cut_short(const std::string& reason, const std::string& why);
  void linger();

  // When a check is asked again: repeating.cpp.
  bool is_asked_again(std::size_t index);
  bool waits_on(Slot& slot);
  bool holds_on(Slot& slot);
  void break_hold(Slot& slot);
  void leave_no_time(Slot& slot, const std::string& what);
  void resume_paused();

  // How verdicts depend on each other: settling.cpp.
  void settle_if_ready(std::size_t index);
  void settle(std::size_t index);
  void settle_skipped(std::size_t index, std::string_view reason, std::string summary);
  void propagate();
  void block(std::size_t index);
  void run_dependents_again(std::size_t index);
  void settle_as_blocked(std::size_t index);

  void stop_attempt(Attempt& attempt);
  void dequeue(std::size_t index);
  void publish(std::size_t index);
  bool make_fit_to_show(CheckResult& result) const;
  void notify(const std::function<void(RunObserver&)>& tell);
  Moment next_moment() const;
  std::vector<std::shared_ptr<Attempt>> attempts_back();
  void note_beginning(Attempt& attempt);
  void note_return(const Attempt& attempt);
  Wait wait_of(const Slot& slot) const;
  Hold hold_of(const Slot& slot) const;
  RunResult result();

  const Plan& plan_;
  const RunSettings& settings_;
  const std::stop_token stop_;
  std::optional<ReplayedTime> replayed_;
  Clock& clock_;
  const Moment started_;
  const std::chrono::system_clock::time_point started_at_;
  const Moment deadline_;
  Crew crew_;
  std::vector<Slot> slots_;
  std::set<std::size_t> ready_, early_;  // queued: all needs have ended well, or not yet
  std::set<std::pair<Moment, std::size_t>> pauses_;
  std::vector<std::shared_ptr<Attempt>> in_flight_;  // that are waited for
  std::vector<std::size_t> just_settled_;            // their dependents do not know yet
  AttemptTimes attempt_times_;
  std::size_t open_ = 0;  // not settled
  bool was_interrupted_ = false;
};

}  // namespace postflight
