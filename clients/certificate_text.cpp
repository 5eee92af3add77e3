#include "clients/certificate_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace postflight {

namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes a number off the front of `text`, with the character that ends it.
std::optional<int> take_number(std::string_view& text, char ends_with) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(ends_with)) return std::nullopt;
  text.remove_prefix(1);
  return number;
}

}  // namespace

std::optional<std::chrono::system_clock::time_point> certificate_time(std::string_view text) {
  using namespace std::chrono;
  const auto month_name = std::find(months.begin(), months.end(), text.substr(0, 3));
  if (month_name == months.end()) return std::nullopt;
  text.remove_prefix(3);
  const auto day_number = take_number(text, ' ');
  const auto hour = take_number(text, ':');
  const auto minute = take_number(text, ':');
  // A fraction of a second is allowed in a certificate, and of no interest.
  auto second = text;
  auto seconds_read = take_number(second, ' ');
  if (!seconds_read) {
    seconds_read = take_number(text, '.');
    if (!take_number(text, ' ')) return std::nullopt;
  } else {
    text = second;
  }
  const auto year_number = take_number(text, ' ');
  if (!day_number || !hour || !minute || !seconds_read || !year_number || text != "GMT")
    return std::nullopt;
  const year_month_day date{year(*year_number),
                            month(static_cast<unsigned>(month_name - months.begin()) + 1),
                            day(static_cast<unsigned>(*day_number))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *seconds_read > 60) return std::nullopt;
  // "No well-defined end" is 9999-12-31 (RFC 5280): beyond what the clock's nanoseconds can count.
  const auto moment =
      sys_days(date).time_since_epoch() + hours(*hour) + minutes(*minute) + seconds(*seconds_read);
  constexpr auto last = duration_cast<seconds>(system_clock::duration::max());
  return system_clock::time_point(std::min<seconds>(moment, last));
}

}  // namespace postflight
