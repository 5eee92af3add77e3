#include "checks/support/timestamps.hpp"

#include <fmt/format.h>

namespace postflight {
namespace {

// Takes exactly `digits` decimal digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char digit : text.substr(0, digits)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// The digits behind the decimal point; what is finer than a nanosecond is dropped.
std::optional<std::chrono::nanoseconds> take_fraction(std::string_view& text) {
  std::int64_t nanoseconds = 0;
  std::int64_t unit = 100'000'000;
  bool any = false;
  while (const auto digit = take_number(text, 1)) {
    nanoseconds += *digit * unit;
    unit /= 10;
    any = true;
  }
  if (!any) return std::nullopt;
  return std::chrono::nanoseconds(nanoseconds);
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take(text, 'Z')) return std::chrono::minutes(0);
  const bool behind = !text.empty() && text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return std::chrono::minutes((*hours * 60 + *minutes) * (behind ? -1 : 1));
}

}  // namespace

std::optional<Moment> parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  const auto year_number = take_number(text, 4);
  if (!year_number || !take(text, '-')) return std::nullopt;
  const auto month_number = take_number(text, 2);
  if (!month_number || !take(text, '-')) return std::nullopt;
  const auto day_number = take_number(text, 2);
  if (!day_number || !take(text, 'T')) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::optional<nanoseconds> fraction = nanoseconds(0);
  if (take(text, '.')) fraction = take_fraction(text);
  const auto offset = take_offset(text);
  const year_month_day date{year(*year_number), month(static_cast<unsigned>(*month_number)),
                            day(static_cast<unsigned>(*day_number))};
  // Nanoseconds since 1970 end in 2262: what lies beyond would wrap around.
  if (!fraction || !offset || !text.empty() || !date.ok() || *year_number < 1700 ||
      *year_number > 2200)
    return std::nullopt;
  return time_point_cast<Moment::duration>(sys_days(date) + hours(*hour) + minutes(*minute) +
                                           seconds(*second) + *fraction - *offset);
}

std::string format_timestamp(Moment moment) {
  using namespace std::chrono;
  const auto day_start = floor<days>(moment);
  const year_month_day date(day_start);
  const hh_mm_ss time(floor<seconds>(moment) - day_start);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace postflight
