#include "runner/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postflight {
namespace {

constexpr std::size_t longest_word = 200;  // beyond it nobody mistyped one letter

std::size_t edits_allowed(std::size_t length) { return length <= 3 ? 1 : length <= 7 ? 2 : 3; }

}  // namespace

std::size_t edit_distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> before, last(other.size() + 1), current(other.size() + 1);
  for (std::size_t column = 0; column <= other.size(); ++column) last[column] = column;
  for (std::size_t row = 1; row <= one.size(); ++row) {
    current[0] = row;
    for (std::size_t column = 1; column <= other.size(); ++column) {
      const bool same = one[row - 1] == other[column - 1];
      current[column] = std::min(
          {last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0U : 1U)});
      if (row > 1 && column > 1 && one[row - 1] == other[column - 2] &&
          one[row - 2] == other[column - 1])
        current[column] = std::min(current[column], before[column - 2] + 1);
    }
    before = last;
    last = current;
  }
  return last[other.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.size() > longest_word) return {};
  std::string_view best;
  auto fewest = edits_allowed(word.size()) + 1;
  for (const auto candidate : known) {
    const auto difference = std::max(candidate.size(), word.size()) -  //
                            std::min(candidate.size(), word.size());
    if (difference >= fewest) continue;
    const auto edits = edit_distance(word, candidate);
    if (edits > 0 && edits < fewest && edits < std::max(word.size(), candidate.size())) {
      fewest = edits;
      best = candidate;
    }
  }
  return std::string(best);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  const auto found = nearest(word, known);
  return found.empty() ? "" : fmt::format("; did you mean '{}'?", found);
}

}  // namespace postflight
