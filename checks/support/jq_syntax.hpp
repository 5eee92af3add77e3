#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// What can be told of the text of a jq expression without compiling it.
struct JqText {
  // Why it cannot stand between parentheses and mean the same as by itself; empty when it can.
  std::string error;
  int error_line = 1;                // in the text, from 1
  std::vector<std::string> strings;  // its string literals without escapes and interpolations
  // Runs of names behind dots: {"status", "conditions", "[]", "type"} for
  // .status.conditions[]?.type; condition("Ready") is that same one.
  std::vector<std::vector<std::string>> paths;
};

JqText read_jq_text(std::string_view text);

}  // namespace postflight
