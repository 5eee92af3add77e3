#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace postflight {

using Moment = std::chrono::system_clock::time_point;

// RFC 3339 as the Kubernetes API writes it, with or without a fraction: 2026-11-23T20:02:18.74Z,
// also with an offset such as +02:00. Nothing for anything else.
std::optional<Moment> parse_timestamp(std::string_view text);

// UTC, to the second: 2026-11-23T20:02:18Z.
std::string format_timestamp(Moment moment);

}  // namespace postflight
