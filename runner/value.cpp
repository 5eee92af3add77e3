#include "runner/value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postflight {

std::string to_string(const Position& position) {
  if (position.line == 0) return position.file;
  if (position.column == 0) return fmt::format("{}:{}", position.file, position.line);
  return fmt::format("{}:{}:{}", position.file, position.line, position.column);
}

namespace {

std::string joined(const std::vector<Mistake>& list) {
  std::string text;
  for (const auto& mistake : list) {
    if (!text.empty()) text += '\n';
    const auto place = to_string(mistake.where);
    text += place.empty() ? mistake.what : place + ": " + mistake.what;
  }
  return text;
}

}  // namespace

Mistakes::Mistakes(std::vector<Mistake> list)
    : std::runtime_error(joined(list)), list_(std::move(list)) {}

const Value* Value::find(std::string_view key) const {
  const auto found = std::ranges::find(members, key, &Member::key);
  return found == members.end() ? nullptr : &found->value;
}

}  // namespace postflight
