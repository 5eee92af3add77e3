#include "text/json_depth.hpp"

#include <cstddef>

namespace postflight {

bool is_nested_at_most(std::string_view json, int depth) {
  int nested = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++nested > depth) return false;
    } else if (c == ']' || c == '}') {
      --nested;
    }
  }
  return true;
}

}  // namespace postflight
