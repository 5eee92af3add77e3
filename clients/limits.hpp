#pragma once

#include <chrono>
#include <stop_token>
#include <string_view>

namespace postflight {

// What bounds one call to the outside world.
struct Limits {
  std::chrono::steady_clock::time_point deadline;  // the call has ended by then
  std::stop_token stop;                            // asked to stop: the call ends at once
  // A shared answer must have been asked for at or after this moment.
  std::chrono::steady_clock::time_point fresh_since{};
  std::string_view asked_by{};  // the id of the check that asks; outlives the call
};

}  // namespace postflight
