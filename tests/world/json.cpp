#include "tests/world/json.hpp"

namespace postflight::world {

std::string go_json(const Json& value) {
  std::string escaped;
  for (const char letter : value.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (letter == '<')
      escaped += "\\u003c";
    else if (letter == '>')
      escaped += "\\u003e";
    else if (letter == '&')
      escaped += "\\u0026";
    else
      escaped += letter;
  }
  return escaped;
}

std::string text_at(const Json& value, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  return value.contains(at) && value.at(at).is_string() ? value.at(at).get<std::string>() : "";
}

}  // namespace postflight::world
