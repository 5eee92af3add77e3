#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// How many single-character edits (insert, delete, replace, swap of neighbours) part two words.
std::size_t edit_distance(std::string_view one, std::string_view other);

// The known word that a slip of the finger explains: a few edits away, few for the word's length.
// Empty when there is none.
std::string nearest(std::string_view word, const std::vector<std::string_view>& known);

// "; did you mean 'x'?", or nothing: to be put behind a message about an unknown word.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace postflight
