#pragma once

#include <ctime>
#include <optional>
#include <string>

namespace postflight {

// "Thu, 01 Jan 1970 00:00:00 GMT", and with dashes as older servers write it. In seconds since
// then: the year 9999, which many write for "never", is beyond what system_clock can count.
std::optional<std::time_t> http_date(std::string text);

}  // namespace postflight
