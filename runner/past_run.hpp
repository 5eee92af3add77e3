#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace postflight {

// When one try of a check began, and how long it took; nothing: it never came back.
struct AttemptTime {
  std::chrono::system_clock::time_point began{};
  std::optional<std::chrono::milliseconds> took;

  bool operator==(const AttemptTime&) const = default;
};

// By the id of the check, in the order of beginning.
using AttemptTimes = std::map<std::string, std::vector<AttemptTime>, std::less<>>;

// A run that took place, to be gone through once more: what a replay needs to know of its time.
struct PastRun {
  std::chrono::system_clock::time_point started{};
  AttemptTimes attempts;
};

}  // namespace postflight
