#pragma once

#include <cstddef>
#include <string_view>

namespace postflight {

// The length of the well-formed sequence that `text`, which is not empty, begins with, or 0
// (RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF).
std::size_t utf8_length(std::string_view text);

// True when every byte belongs to a well-formed UTF-8 sequence.
bool is_utf8(std::string_view text);

}  // namespace postflight
