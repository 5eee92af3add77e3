#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postflight::world {

// `plus_is_space` as in a query. A broken escape stays as it is.
std::string percent_decode(std::string_view text, bool plus_is_space);
std::string percent_encode(std::string_view text);
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);
std::vector<std::string> split(std::string_view text, char separator);  // empty parts are kept

// Base64 with the URL alphabet and without padding.
std::string base64_url(std::string_view bytes);
std::string base64(std::string_view bytes);
// Nothing valid gives an empty string. Takes both alphabets, padded or not.
std::string base64_decode(std::string_view text);

}  // namespace postflight::world
