#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postflight {

// Text from servers, programs and files, made fit to show and for XML 1.0. Nothing vanishes:
// control characters, bidirectional controls, invisible characters, ones that XML forbids and bytes
// that are not UTF-8 are spelled out ("\x1b", "\u202e", "\xff"), and so is a character of what CI
// systems carry out ("::error::", "##[error]", "[[ATTACHMENT|"). Only colour codes (ESC [ ... m)
// are dropped. An answer longer than `most` bytes is cut between characters and says how much is
// missing.
std::string safe_line(std::string_view text, std::size_t most);  // line breaks become a space
std::string safe_text(std::string_view text, std::size_t most);  // line breaks stay

// JSON text whose strings hold no raw control, bidirectional or forbidden characters: each becomes
// its \uXXXX escape, so a reader gets back the same text. `json` is valid JSON in UTF-8.
std::string safe_json(std::string_view json);

// Characters in valid UTF-8, as an estimate of the columns it takes.
std::size_t columns_of(std::string_view text);

}  // namespace postflight
