#pragma once

#include <cstddef>
#include <iosfwd>
#include <string_view>

#include "runner/record.hpp"

namespace postflight {

// How text is told where it is shown. The defaults are those of `--report text=PATH`.
struct TextStyle {
  bool colour = false;    // ANSI colours
  bool unicode = true;    // marks as √ ‼ × ?, or as + ! x ?
  bool quiet = false;     // only what is not green, and the last line
  std::size_t width = 0;  // columns to wrap at; 0 leaves lines whole
};

void write_text(const RunRecord& record, std::ostream& out, const TextStyle& style);

// √ ‼ × ? -
std::string_view mark_of(Status status, const TextStyle& style);

}  // namespace postflight
