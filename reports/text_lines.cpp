#include "reports/text_lines.hpp"

#include <fmt/format.h>

#include <ostream>
#include <string>
#include <vector>

#include "reports/text_safety.hpp"

namespace postflight {
namespace {

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::bold:
      return "1";
    case Colour::dim:
      return "2";
    case Colour::red:
      return "31";
    case Colour::green:
      return "32";
    case Colour::yellow:
      return "33";
    case Colour::magenta:
      return "35";
  }
  return "";
}

std::string painted(std::string_view text, Colour colour, bool on) {
  if (!on || colour == Colour::none || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

// The bytes of the first `columns` characters.
std::size_t prefix_of(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  while (end < text.size() && columns_of(text.substr(0, end + 1)) <= columns) ++end;
  return end;
}

// A word longer than the room is cut, as a terminal would, but keeps its indent; a URL stays whole:
// it is there to be copied.
void wrap(std::string_view line, std::size_t room, std::vector<std::string>& rows) {
  std::string row;
  while (!line.empty()) {
    const auto gap = std::min(line.find_first_not_of(' '), line.size());
    const auto end = std::min(line.find(' ', gap), line.size());
    auto word = line.substr(0, end);  // with the spaces before it
    line.remove_prefix(end);
    if (!row.empty() && columns_of(row) + columns_of(word) > room) {
      rows.push_back(std::move(row));
      row.clear();
      word.remove_prefix(gap);
    }
    while (columns_of(word) > room && word.find("://") == std::string_view::npos) {
      const auto part = prefix_of(word, room);
      rows.emplace_back(word.substr(0, part));
      word.remove_prefix(part);
    }
    row += word;
  }
  rows.push_back(std::move(row));
}

std::vector<std::string> rows_of(std::string_view text, std::size_t room) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  std::vector<std::string> rows;
  for (;;) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    if (room == 0)
      rows.emplace_back(line);
    else
      wrap(line, room, rows);
    if (end == text.size()) return rows;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

void TextLines::blank() {
  out_ << '\n';
  any_ = true;
}

void TextLines::put_whole(std::string_view text, Colour colour) {
  out_ << painted(text, colour, colour_) << '\n';
  any_ = true;
}

void TextLines::write(std::string_view prefix, std::size_t prefix_columns, std::string_view text,
                      Colour colour) {
  constexpr std::size_t least_room = 20;
  const auto room = width_ == 0                            ? 0
                    : width_ > prefix_columns + least_room ? width_ - prefix_columns
                                                           : least_room;
  bool first = true;
  for (const auto& row : rows_of(text, room)) {
    if (first)
      out_ << prefix;
    else if (!row.empty())
      out_ << std::string(prefix_columns, ' ');
    out_ << painted(row, colour, colour_) << '\n';
    first = false;
  }
  any_ = true;
}

void TextLines::put(std::string_view prefix, std::string_view text, Colour colour) {
  write(prefix, columns_of(prefix), text, colour);
}

void TextLines::put_marked(std::string_view indent, std::string_view mark, Colour mark_colour,
                           std::string_view text) {
  write(fmt::format("{}{} ", indent, painted(mark, mark_colour, colour_)),
        columns_of(indent) + columns_of(mark) + 1, text, Colour::none);
}

}  // namespace postflight
