#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runner/attempts.hpp"
#include "runner/run.hpp"

namespace postflight {

// One run, from its first thread to its record. Every check is started as soon as a thread is free,
// those whose needs have ended well first; what a check found before its needs had ended counts
// only once they have ended well (docs/decisions/0005). Threads that a check never gives back keep
// this object alive.
class Execution : public std::enable_shared_from_this<Execution> {
 public:
  Execution(const Plan& plan, const RunSettings& settings);

  // Blocks until every check is settled, or given up.
  RunResult complete(std::stop_token stop);

 private:
  using Moment = std::chrono::steady_clock::time_point;
  enum class Phase { waiting, running, found, settled };  // found: done, but its needs are not

  struct Slot {
    const PlannedCheck* planned = nullptr;
    Phase phase = Phase::waiting;
    int generation = 0;      // of the current try; a thread with an older one is ignored
    bool rerun = false;      // thrown away once, because a need came true late
    bool satisfies = false;  // what needs it may count on it
    Moment began{}, must_end{};
    bool has_begun = false;
    Attempted found;
    std::stop_source stop;
    CheckResult result;
  };

  void work();
  Slot* next_job();  // nullptr when nothing waits
  void try_out(Slot& slot, std::unique_lock<std::mutex>& lock);
  void settle_all();
  bool settle_by_needs(Slot& slot);
  void settle(Slot& slot, Attempted found);
  void settle_skipped(Slot& slot, const std::string& reason, const std::string& summary);
  void give_up(Slot& slot, const std::string& reason, const std::string& summary);
  void publish(Slot& slot, Moment ended);
  void add_thread();
  bool needs_are_met(const Slot& slot) const;
  Moment needs_were_met_at(const Slot& slot) const;
  bool all_settled() const;
  void give_up_overdue();
  void stop_everything(const std::string& reason, const std::string& summary);
  void notify(const std::function<void(RunObserver&)>& tell);
  RunResult result();

  const Plan& plan_;
  RunSettings settings_;
  Clock& clock_;
  const Moment started_;
  const std::chrono::system_clock::time_point started_at_;
  const Moment deadline_;

  std::mutex mutex_;
  std::mutex observer_mutex_;
  std::condition_variable changed_;
  std::vector<Slot> slots_;
  std::vector<std::stop_source> to_stop_;  // asked to stop once the lock is free
  std::size_t threads_ = 0, lost_ = 0;     // lost: in a check that does not come back
  bool closing_ = false;
};

}  // namespace postflight
