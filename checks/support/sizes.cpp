#include "checks/support/sizes.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace postflight {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 12> units{{{"", 1},
                                                                     {"k", 1e3},
                                                                     {"M", 1e6},
                                                                     {"G", 1e9},
                                                                     {"T", 1e12},
                                                                     {"P", 1e15},
                                                                     {"K", 1e3},
                                                                     {"Ki", 0x1p10},
                                                                     {"Mi", 0x1p20},
                                                                     {"Gi", 0x1p30},
                                                                     {"Ti", 0x1p40},
                                                                     {"Pi", 0x1p50}}};

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0)) return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  for (const auto& [name, bytes] : units)
    if (name == unit && number * bytes < 0x1p60)
      return static_cast<std::uint64_t>(std::ceil(number * bytes));
  return std::nullopt;
}

std::string format_size(std::uint64_t bytes) {
  auto number = static_cast<double>(bytes);
  std::string_view unit;
  for (const auto next : {"Ki", "Mi", "Gi", "Ti", "Pi"}) {
    if (number < 1024) break;
    number /= 1024;
    unit = next;
  }
  auto text = fmt::format("{:.1f}", number);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return fmt::format("{}{}", text, unit);
}

}  // namespace postflight
