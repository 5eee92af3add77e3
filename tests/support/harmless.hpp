#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "text/utf8.hpp"

namespace postflight::test {

// What in a text could steer a terminal or break a document: bytes that are not UTF-8, control
// characters but the end of a line (C1 too), bidirectional controls. Empty when nothing can.
inline std::string harm_in(std::string_view text) {
  const auto start = text;
  const auto found = [&](const std::string& what) {
    return what + " at byte " + std::to_string(start.size() - text.size());
  };
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return found("not UTF-8");
    const auto code = static_cast<unsigned char>(text[0]);
    if ((code < 0x20 && code != '\n') || code == 0x7f)
      return found("control character " + std::to_string(code));
    const auto character = text.substr(0, length);
    if (length == 2 && code == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0)
      return found("C1 control character");
    if (character >= "\xE2\x80\xAA" && character <= "\xE2\x80\xAE" && length == 3)
      return found("bidirectional control");
    if (character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9" && length == 3)
      return found("bidirectional isolate");
    text.remove_prefix(length);
  }
  return "";
}

}  // namespace postflight::test
