#include "checks/support/http_date.hpp"

#include <algorithm>
#include <iomanip>
#include <locale>
#include <sstream>

namespace postflight {

std::optional<std::time_t> http_date(std::string text) {
  std::ranges::replace(text, '-', ' ');
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  std::tm date{};
  stream >> std::get_time(&date, "%a, %d %b %Y %H:%M:%S");
  if (stream.fail()) return std::nullopt;
  return timegm(&date);
}

}  // namespace postflight
