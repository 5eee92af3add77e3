#include "checks/support/pattern_example.hpp"

#include <algorithm>
#include <cctype>

namespace postflight {
namespace {

// Walks along an expression that RE2 accepts and writes the first text it allows. What stands for
// no character (^, $, \b) is passed over: whether the text is right, RE2 itself is asked.
class ExampleWriter {
 public:
  // `repeats`: how often what may be left out (x*, x?) is written.
  ExampleWriter(const std::string& pattern, int repeats) : rest_(pattern), repeats_(repeats) {}

  std::string write() { return alternatives(); }

 private:
  char take() {
    if (rest_.empty()) return '\0';
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  // The first of them that is not empty.
  std::string alternatives() {
    auto text = sequence();
    while (skip("|")) {
      auto other = sequence();
      if (text.empty()) text = std::move(other);
    }
    return text;
  }

  std::string sequence() {
    std::string text;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') text += repeated(atom());
    return text;
  }

  std::string repeated(const std::string& one) {
    int times = 1;
    if (skip("*") || skip("?")) {
      times = repeats_;
    } else if (skip("+")) {
      times = 1;
    } else if (rest_.size() > 1 && rest_[0] == '{' && is_digit(rest_[1])) {
      take();
      times = 0;
      while (!rest_.empty() && is_digit(rest_.front())) times = times * 10 + (take() - '0');
      while (!rest_.empty() && take() != '}') continue;
    } else {
      return one;
    }
    skip("?");  // as few as possible: the same texts
    std::string text;
    for (int turn = 0; turn < times; ++turn) text += one;
    return text;
  }

  std::string atom() {
    const char c = take();
    switch (c) {
      case '(':
        return group();
      case '[':
        return one_of_class();
      case '\\':
        return escaped();
      case '.':
        return "x";
      case '^':
      case '$':
        return "";
      default:
        return std::string(1, c);
    }
  }

  std::string group() {
    if (skip("?")) {  // ?: or ?P<name> or flags, alone or before a colon
      while (!rest_.empty() && rest_.front() != ':' && rest_.front() != '>' && rest_.front() != ')')
        take();
      if (skip(")")) return "";
      take();
    }
    auto text = alternatives();
    skip(")");
    return text;
  }

  std::string escaped() {
    const char c = take();
    switch (c) {
      case 'd':
        return "7";
      case 'w':
      case 'D':
      case 'S':
        return "w";
      case 's':
      case 'W':
        return " ";
      case 'n':
        return "\n";
      case 't':
        return "\t";
      case 'b':
      case 'B':
      case 'A':
      case 'z':
        return "";
      case 'Q': {
        const auto end = std::min(rest_.find("\\E"), rest_.size());
        const auto text = std::string(rest_.substr(0, end));
        rest_.remove_prefix(std::min(end + 2, rest_.size()));
        return text;
      }
      default:
        return std::string(1, c);
    }
  }

  // A class is a small pattern of its own: the first usual character that it has.
  std::string one_of_class() {
    std::string set = "[";
    if (skip("^")) set += '^';
    bool first = true;
    while (!rest_.empty() && (first || rest_.front() != ']')) {
      first = false;
      if (rest_.starts_with("[:")) {
        const auto end = std::min(rest_.find(":]") + 2, rest_.size());
        set += rest_.substr(0, end);
        rest_.remove_prefix(end);
        continue;
      }
      const char c = take();
      set += c;
      if (c == '\\') set += take();
    }
    take();
    const Pattern pattern("^" + set + "]$");
    for (char c = ' '; c <= '~'; ++c) {
      // Letters and digits are the likeliest to fit what stands around them.
      const char usual = static_cast<char>(c < '@' ? c + 32 : c - 32);
      if (std::isalnum(static_cast<unsigned char>(usual)) != 0 &&
          pattern.found_in(std::string(1, usual)))
        return std::string(1, usual);
    }
    for (char c = ' '; c <= '~'; ++c)
      if (pattern.found_in(std::string(1, c))) return std::string(1, c);
    return "";
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view rest_;
  int repeats_;
};

}  // namespace

std::optional<std::string> example_of(const Pattern& pattern) {
  if (!pattern.error().empty()) return std::nullopt;
  for (const int repeats : {1, 0, 2}) {
    const auto text = ExampleWriter(pattern.text(), repeats).write();
    for (const auto& example : {text, text + " ", " " + text, " " + text + " "})
      if (example.find('\n') == std::string::npos && pattern.found_in(example)) return example;
  }
  return std::nullopt;
}

}  // namespace postflight
