#include "reports/text_safety.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "text/utf8.hpp"

namespace postflight {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t length = 1;  // bytes
  bool valid = false;      // else `code` is the byte that is not UTF-8
};

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto length = utf8_length(text);
  if (length == 0) return {byte(0), 1, false};
  if (length == 1) return {byte(0), 1, true};
  char32_t code = byte(0) & (0xFFU >> (length + 1));
  for (std::size_t at = 1; at < length; ++at) code = code << 6 | (byte(at) & 0x3FU);
  return {code, length, true};
}

// What would steer a terminal, reorder what is read, be invisible, or break XML 1.0.
bool is_unsafe(char32_t code) {
  constexpr std::pair<char32_t, char32_t> ranges[] = {
      {0x00, 0x1F},       {0x7F, 0x9F},     {0xAD, 0xAD},      // controls, soft hyphen
      {0x61C, 0x61C},     {0x115F, 0x1160}, {0x17B4, 0x17B5},  // bidirectional, blank fillers
      {0x180E, 0x180E},   {0x200B, 0x200F}, {0x2028, 0x202E},  // zero width, bidirectional
      {0x2060, 0x206F},   {0x3164, 0x3164}, {0xFDD0, 0xFDEF},  // the same; no characters
      {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},  // byte order, fillers
      {0xE0000, 0xE0FFF},                                      // tags that nobody sees
  };
  return (code & 0xFFFE) == 0xFFFE || std::ranges::any_of(ranges, [&](const auto& range) {
           return code >= range.first && code <= range.second;
         });
}

// What the readers of a build's log or of JUnit would carry out: commands of GitHub, Azure and
// TeamCity, attachments of GitLab and Jenkins. How many characters go before the one to spell out,
// or nothing.
std::optional<std::size_t> command_in(std::string_view text) {
  if (text.starts_with("##[") || text.starts_with("##vso[") || text.starts_with("##teamcity["))
    return 1;
  if (text.starts_with("[[ATTACHMENT|")) return 1;
  if (!text.starts_with("::")) return std::nullopt;
  constexpr std::string_view names[] = {"error",       "warning",        "notice",   "debug",
                                        "group",       "endgroup",       "add-mask", "add-path",
                                        "add-matcher", "remove-matcher", "set-env",  "set-output",
                                        "save-state",  "stop-commands",  "echo"};
  for (const auto name : names)
    if (text.substr(2, name.size()) == name && text.size() > 2 + name.size() &&
        (text[2 + name.size()] == ':' || text[2 + name.size()] == ' '))
      return 0;
  return std::nullopt;
}

// The length of a colour code (ESC [ digits and ; m) at the start of the text, or 0.
std::size_t colour_code_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find_first_not_of("0123456789;:", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

std::string spelled_out(const Character& character) {
  if (!character.valid || character.code < 0x80)
    return fmt::format("\\x{:02x}", static_cast<unsigned>(character.code));
  return fmt::format("\\u{:04x}", static_cast<unsigned>(character.code));
}

std::string safe(std::string_view text, std::size_t most, bool keep_lines) {
  std::string answer;
  answer.reserve(std::min(text.size(), most));
  while (!text.empty()) {
    if (const auto code = colour_code_length(text); code > 0) {
      text.remove_prefix(code);
      continue;
    }
    const auto character = first_character(text);
    auto length = character.length;
    std::string shown(text.substr(0, length));
    if (text.starts_with("\r\n")) {
      length = 2;
      shown = keep_lines ? "\n" : " ";
    } else if (text[0] == '\n') {
      shown = keep_lines ? "\n" : " ";
    } else if (text[0] == '\t') {
      shown = keep_lines ? "    " : " ";
    } else if (!character.valid || is_unsafe(character.code)) {
      shown = spelled_out(character);
    } else if (const auto before = command_in(text)) {
      length = *before + 1;
      shown = std::string(text.substr(0, *before)) +
              fmt::format("\\x{:02x}", static_cast<unsigned>(text[*before]));
    }
    if (answer.size() + shown.size() > most)
      return answer + fmt::format("... [{} more bytes]", text.size());
    answer += shown;
    text.remove_prefix(length);
  }
  return answer;
}

}  // namespace

std::string safe_line(std::string_view text, std::size_t most) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return safe(text, most, false);
}

std::string safe_text(std::string_view text, std::size_t most) { return safe(text, most, true); }

std::string safe_json(std::string_view json) {
  std::string answer;
  answer.reserve(json.size());
  while (!json.empty()) {
    const auto character = first_character(json);
    if (json.starts_with("##") && command_in(json)) {  // never outside of a text
      answer += "#\\u0023";
      json.remove_prefix(2);
      continue;
    }
    if (character.valid && character.code >= 0x7F && is_unsafe(character.code)) {
      const auto code = static_cast<unsigned>(character.code);
      if (code > 0xFFFF)
        fmt::format_to(std::back_inserter(answer), "\\u{:04x}\\u{:04x}", 0xD7C0 + (code >> 10),
                       0xDC00 + (code & 0x3FF));
      else
        fmt::format_to(std::back_inserter(answer), "\\u{:04x}", code);
    } else {
      answer += json.substr(0, character.length);
    }
    json.remove_prefix(character.length);
  }
  return answer;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

}  // namespace postflight
