#include "runner/variable_text.hpp"

#include <algorithm>

namespace postflight {
namespace {

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         character == '_';
}

bool is_name_character(char character) {
  return is_letter(character) || (character >= '0' && character <= '9') || character == '-' ||
         character == '.';
}

}  // namespace

bool is_variable_name(std::string_view name) {
  return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, is_name_character);
}

std::optional<std::vector<TextPart>> parts_of(std::string_view text) {
  std::vector<TextPart> parts;
  std::string literal;
  while (!text.empty()) {
    const auto dollar = std::min(text.find('$'), text.size());
    literal += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("$${")) {
      literal += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const auto end = text.find('}');
      if (end == std::string_view::npos || !is_variable_name(text.substr(2, end - 2)))
        return std::nullopt;
      if (!literal.empty()) parts.push_back({literal, false});
      literal.clear();
      parts.push_back({std::string(text.substr(2, end - 2)), true});
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      literal += '$';
      text.remove_prefix(1);
    }
  }
  if (!literal.empty()) parts.push_back({literal, false});
  return parts;
}

}  // namespace postflight
