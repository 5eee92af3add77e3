#include "reports/times.hpp"

#include <fmt/format.h>

#include "runner/setting.hpp"

namespace postflight {

std::string utc_seconds(std::chrono::system_clock::time_point moment) {
  using namespace std::chrono;
  const auto day = floor<days>(moment);
  const year_month_day date(day);
  const hh_mm_ss time(floor<seconds>(moment - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string human_duration(std::chrono::milliseconds duration) {
  using namespace std::chrono;
  if (duration < 1s) return fmt::format("{}ms", duration.count());
  if (duration < 59950ms)
    return fmt::format("{:.1f}s", static_cast<double>(duration.count()) / 1000);
  return format_duration(round<seconds>(duration));
}

}  // namespace postflight
