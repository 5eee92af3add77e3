#pragma once

#include <condition_variable>
#include <mutex>

#include "runner/run.hpp"

namespace postflight::test {

// Time that passes only when the test says so.
class ManualClock : public Clock {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  using Milliseconds = std::chrono::milliseconds;

  Moment now() const override {
    const std::scoped_lock lock(mutex_);
    return now_;
  }
  std::chrono::system_clock::time_point today() const override {
    const std::scoped_lock lock(mutex_);
    return today_ + (now_ - Moment{});
  }
  void sleep_until(Moment moment, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    sleeps_until_ = moment;
    changed_.notify_all();
    changed_.wait(lock, stop, [&] { return now_ >= moment; });
    sleeps_until_ = Moment{};
  }

  // Waits until the run sleeps until that time since the start.
  void await_sleep_until(Milliseconds since_start) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return sleeps_until_ == Moment{} + since_start; });
  }

  // The same, and then lets time pass to that moment. What attempts are still under way is for the
  // test to know.
  void pass_to(Milliseconds since_start) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return sleeps_until_ == Moment{} + since_start; });
    now_ = Moment{} + since_start;
    changed_.notify_all();
  }

  // Lets time pass whatever the run does.
  void jump_to(Milliseconds since_start) {
    const std::scoped_lock lock(mutex_);
    now_ = Moment{} + since_start;
    changed_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Moment now_{};
  Moment sleeps_until_{};
  // 2026-11-23, a Monday, at 20:00 UTC
  std::chrono::system_clock::time_point today_{
      std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours(20)};
};

}  // namespace postflight::test
