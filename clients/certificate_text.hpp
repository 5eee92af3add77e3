#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace postflight {

// A certificate's date as OpenSSL prints it: "Nov  3 20:04:01 2026 GMT". Nothing for other text.
std::optional<std::chrono::system_clock::time_point> certificate_time(std::string_view text);

}  // namespace postflight
