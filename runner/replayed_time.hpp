#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <vector>

#include "runner/attempt.hpp"
#include "runner/clock.hpp"
#include "runner/crew.hpp"
#include "runner/past_run.hpp"

namespace postflight {

// The time of a past run. It passes only where something happened then: an attempt that came back,
// a pause that ended. Nobody waits for it.
class ReplayedTime : public Clock {
 public:
  explicit ReplayedTime(const PastRun& past) : past_(past) {}

  std::chrono::steady_clock::time_point now() const override { return now_; }
  std::chrono::system_clock::time_point today() const override;
  // Time jumps there.
  void sleep_until(std::chrono::steady_clock::time_point moment, std::stop_token stop) override;

  // When the n-th attempt (from 0) of the check began then; today() when there was none.
  std::chrono::system_clock::time_point beginning(std::string_view id, std::size_t n) const;

  // The next of those attempts to come back as it came back then, when that is before `moment`;
  // else nothing, and it is that moment. Waits for all of them to be done, which no attempt of a
  // replay takes long for.
  std::vector<std::shared_ptr<Attempt>> wait_until(
      std::chrono::steady_clock::time_point moment, Crew& crew,
      const std::vector<std::shared_ptr<Attempt>>& in_flight, const std::stop_token& stop);

 private:
  std::chrono::steady_clock::time_point return_of(const Attempt& attempt) const;

  const PastRun& past_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point now_ = began_;
  std::vector<std::shared_ptr<Attempt>> done_;  // that are not back yet by the time of then
};

// For the pauses that a check itself makes during a replay: they take no time, but count.
class JumpingClock : public Clock {
 public:
  JumpingClock(std::chrono::steady_clock::time_point now,
               std::chrono::system_clock::time_point today)
      : ahead_(now - std::chrono::steady_clock::now()), today_(today) {}

  std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::now() + ahead_;
  }
  std::chrono::system_clock::time_point today() const override { return today_; }
  void sleep_until(std::chrono::steady_clock::time_point moment, std::stop_token) override {
    if (moment > now()) ahead_ += moment - now();
  }

 private:
  std::chrono::steady_clock::duration ahead_;
  std::chrono::system_clock::time_point today_;
};

}  // namespace postflight
