#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postflight {

// ASCII letters only: the names of headers, cookies and hosts have no others.
std::string lower_case(std::string_view text);

// The same text with each byte that is not UTF-8 replaced by U+FFFD.
std::string as_utf8(std::string_view text);

// Text from outside, short and harmless enough to quote: one line, no control characters, valid
// UTF-8, at most `limit` bytes before the "..." that says it was cut.
std::string excerpt(std::string_view text, std::size_t limit = 200);

// An excerpt of the last line that is not blank; empty when there is none. It is where programs say
// why they gave up.
std::string last_line(std::string_view text);

}  // namespace postflight
