#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// A piece of a text of a checklist: literal text, or the name between ${ and }.
struct TextPart {
  std::string text;
  bool is_variable = false;
};

// "a ${b} $${c}" is "a ", the variable b, " ${c}". Nothing when a ${ does not begin ${name}.
std::optional<std::vector<TextPart>> parts_of(std::string_view text);

// A letter or '_', then letters, digits, '_', '-' and '.'.
bool is_variable_name(std::string_view name);

}  // namespace postflight
