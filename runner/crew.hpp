#pragma once

#include <memory>
#include <vector>

#include "runner/attempt.hpp"

namespace postflight {

// The threads that carry attempts out. One thread, the leader, uses it: it hands out attempts and
// sleeps until one has ended. A thread that never comes back out of a check is left behind.
class Crew {
 public:
  explicit Crew(Explain explain);
  // Joins the threads that are free, and leaves the others to themselves.
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // A free thread or a new one takes it. False when there is none to be had.
  bool start(std::shared_ptr<Attempt> attempt);

  // Sleeps until an attempt has ended, someone calls wake(), or the moment has come. The attempts
  // that ended since the last time.
  std::vector<std::shared_ptr<Attempt>> wait_until(std::chrono::steady_clock::time_point moment,
                                                   Clock& clock);

  // May be called from any thread.
  void wake();

  // Threads that are in a check.
  std::size_t busy() const;

 private:
  struct Shared;  // outlives the crew while a thread is in a check
  std::shared_ptr<Shared> shared_;
};

}  // namespace postflight
