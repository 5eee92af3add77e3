#pragma once

#include <chrono>
#include <stop_token>

namespace postflight {

// Time, as the runner sees it; a test supplies its own.
class Clock {
 public:
  virtual ~Clock();
  virtual std::chrono::steady_clock::time_point now() const = 0;
  virtual std::chrono::system_clock::time_point today() const = 0;
  // Returns early when asked to stop.
  virtual void sleep_until(std::chrono::steady_clock::time_point moment, std::stop_token stop) = 0;
};

Clock& system_clock();

}  // namespace postflight
