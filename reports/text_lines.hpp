#pragma once

#include <cstddef>
#include <iosfwd>
#include <string_view>

namespace postflight {

enum class Colour { none, bold, dim, red, green, yellow, magenta };

// Writes lines of text, coloured and wrapped. The text has been made safe already.
class TextLines {
 public:
  // `width` 0 leaves lines whole.
  TextLines(std::ostream& out, bool colour, std::size_t width)
      : out_(out), colour_(colour), width_(width) {}

  void blank();
  // One line, never wrapped.
  void put_whole(std::string_view text, Colour colour);
  // `prefix`, then the text: its further lines, and where it wraps, begin under its first word.
  void put(std::string_view prefix, std::string_view text, Colour colour);
  // `indent`, the mark in its colour, a space, then the text.
  void put_marked(std::string_view indent, std::string_view mark, Colour mark_colour,
                  std::string_view text);
  bool any() const { return any_; }

 private:
  void write(std::string_view prefix, std::size_t prefix_columns, std::string_view text,
             Colour colour);
  std::ostream& out_;
  bool colour_;
  std::size_t width_;
  bool any_ = false;
};

}  // namespace postflight
