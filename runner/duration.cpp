#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "runner/setting.hpp"

namespace postflight {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array units{Unit{"ms", 1},        Unit{"s", 1000},       Unit{"m", 60'000},
                           Unit{"h", 3'600'000}, Unit{"d", 86'400'000}, Unit{"w", 604'800'000}};
constexpr std::int64_t longest = 10LL * 366 * 86'400'000;  // ten years: anything longer is a slip

const Unit* unit_named(std::string_view name) {
  for (const auto& unit : units)
    if (unit.name == name) return &unit;
  return nullptr;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    const auto length = std::min(text.find_first_of("0123456789"), text.size());
    const auto* unit = unit_named(text.substr(0, length));
    if (unit == nullptr || number > (longest - total) / unit->milliseconds) return std::nullopt;
    total += number * unit->milliseconds;
    text.remove_prefix(length);
  }
  return std::chrono::milliseconds(total);
}

std::string format_duration(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text = duration.count() < 0 ? "-" : "";
  auto left = static_cast<std::uint64_t>(duration.count());
  if (duration.count() < 0) left = 0 - left;
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    const auto size = static_cast<std::uint64_t>(unit->milliseconds);
    if (unit->name == "w" && left % size != 0) continue;  // 28d, but 9d: not 1w2d
    if (left < size) continue;
    text += fmt::format("{}{}", left / size, unit->name);
    left %= size;
  }
  return text;
}

}  // namespace postflight
