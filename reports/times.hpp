#pragma once

#include <chrono>
#include <string>

namespace postflight {

// 2026-11-23T20:00:00 in UTC, whole seconds, without a zone: what JUnit readers take.
std::string utc_seconds(std::chrono::system_clock::time_point moment);

// For people: 412ms, 1.2s, 2m5s.
std::string human_duration(std::chrono::milliseconds duration);

}  // namespace postflight
