#include "checks/support/quantity.hpp"

#include <charconv>
#include <cmath>
#include <map>

namespace postflight {

std::optional<double> parse_quantity(std::string_view text) {
  static const std::map<std::string_view, double> units{
      {"", 1},        {"n", 1e-9},    {"u", 1e-6},    {"m", 1e-3},   {"k", 1e3},     {"M", 1e6},
      {"G", 1e9},     {"T", 1e12},    {"P", 1e15},    {"E", 1e18},   {"Ki", 0x1p10}, {"Mi", 0x1p20},
      {"Gi", 0x1p30}, {"Ti", 0x1p40}, {"Pi", 0x1p50}, {"Ei", 0x1p60}};
  if (text.starts_with('+')) text.remove_prefix(1);
  // An E behind digits is the unit exa unless digits follow it: from_chars would not tell.
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [fixed, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view rest(fixed, static_cast<std::size_t>(end - fixed));
  if (const auto unit = units.find(rest); unit != units.end()) {
    number *= unit->second;
  } else {
    const auto [exponent, wrong] =
        std::from_chars(text.data(), end, number, std::chars_format::scientific);
    if (wrong != std::errc{} || exponent != end) return std::nullopt;
  }
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace postflight
