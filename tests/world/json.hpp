#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace postflight::world {

using Json = nlohmann::ordered_json;  // keys in the order of the recordings

// As Go's encoder writes it: <, > and & escaped.
std::string go_json(const Json& value);

// The text at a path of keys, or nothing when any is missing or it is no text.
std::string text_at(const Json& value, const std::string& pointer);

}  // namespace postflight::world
