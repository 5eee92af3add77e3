#include "checks/support/clock_difference.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checks/support/http_date.hpp"
#include "runner/setting.hpp"

namespace postflight {

using std::chrono::milliseconds;
using std::chrono::seconds;

milliseconds ClockDifference::least() const {
  return std::max(milliseconds(0), std::chrono::abs(ahead) - margin);
}

milliseconds ClockDifference::most() const { return std::chrono::abs(ahead) + margin; }

std::string ClockDifference::text() const {
  const auto about = format_duration(std::chrono::ceil<seconds>(margin));
  if (least() == milliseconds(0)) return fmt::format("as ours, give or take {}", about);
  return fmt::format("{} {} ours, give or take {}",
                     format_duration(std::chrono::round<seconds>(std::chrono::abs(ahead))),
                     ahead.count() > 0 ? "ahead of" : "behind", about);
}

std::optional<ClockDifference> clock_difference(const ClockAnswer& answer) {
  // Of another zone than RFC 9110 demands it would be read wrong by that.
  const auto date = answer.date.ends_with(" GMT") ? http_date(answer.date) : std::nullopt;
  if (!date) return std::nullopt;
  const auto ours = [](std::chrono::system_clock::time_point moment) {
    return std::chrono::duration_cast<milliseconds>(moment.time_since_epoch());
  };
  const auto took = std::max(milliseconds(0), ours(answer.answered) - ours(answer.asked));
  // A Date is cut to whole seconds: on average half of one has passed.
  constexpr milliseconds half_a_second(500);
  return ClockDifference{seconds(*date) + half_a_second - (ours(answer.asked) + took / 2),
                         took / 2 + half_a_second};
}

}  // namespace postflight
