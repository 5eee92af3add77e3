#include "checks/support/status_set.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postflight {

bool StatusSet::add(const std::string& text) {
  const auto digit = [](char letter) { return letter >= '0' && letter <= '9'; };
  if (text.size() != 3 || text[0] < '1' || text[0] > '5') return false;
  const auto hundreds = static_cast<std::size_t>(text[0] - '0') * 100;
  if (text.substr(1) == "xx" || text.substr(1) == "XX") {
    std::fill_n(members_.begin() + static_cast<std::ptrdiff_t>(hundreds), 100, true);
  } else if (digit(text[1]) && digit(text[2])) {
    members_[static_cast<std::size_t>(std::stoi(text))] = true;
  } else {
    return false;
  }
  words_.push_back(text);
  return true;
}

bool StatusSet::has(int status) const {
  return status >= 0 && static_cast<std::size_t>(status) < members_.size() &&
         members_[static_cast<std::size_t>(status)];
}

std::string StatusSet::text() const { return fmt::format("{}", fmt::join(words_, " or ")); }

StatusSet read_statuses(const Settings& settings, std::string_view name) {
  StatusSet statuses;
  for (const auto& text : settings.texts(name))
    if (!statuses.add(text))
      settings.mistake(name, fmt::format("'{}' must hold statuses such as 302 or classes such as "
                                         "2xx, not '{}'",
                                         name, text));
  return statuses;
}

}  // namespace postflight
