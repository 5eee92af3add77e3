#include "text/go_template.hpp"

#include <algorithm>
#include <array>

namespace postflight {
namespace {

constexpr std::string_view blanks = " \t\r\n";

// Reads one action behind its {{.
class ActionReader {
 public:
  ActionReader(std::string_view text, std::size_t at) : text_(text), at_(at) {
    while (at_ < text_.size() && !starts_with("}}")) step();
    at_ = std::min(at_ + 2, text_.size());
    trim();
  }

  std::size_t end() const { return at_; }
  std::string take() { return std::move(action_); }

 private:
  static bool is_blank(char c) { return blanks.find(c) != blanks.npos; }
  bool starts_with(std::string_view part) const { return text_.substr(at_).starts_with(part); }

  void step() {
    const char c = text_[at_];
    if (starts_with("/*")) {
      const auto end = text_.find("*/", at_ + 2);
      at_ = end == text_.npos ? text_.size() : end + 2;
      add_blank();
    } else if (c == '"' || c == '`' || c == '\'') {
      read_text(c);
    } else if (is_blank(c)) {
      add_blank();
      ++at_;
    } else {
      if (c == '(') groups_.push_back(is_start_of_dict());
      if (c == ')' && !groups_.empty()) groups_.pop_back();
      action_ += c;
      ++at_;
    }
  }

  void add_blank() {
    if (!action_.empty() && action_.back() != ' ') action_ += ' ';
  }

  bool is_start_of_dict() const {
    constexpr std::string_view start = "(dict";
    const auto behind = at_ + start.size();
    return starts_with(start) && behind < text_.size() && is_blank(text_[behind]);
  }

  // Takes off the marks that trim what stands around an action, {{- and -}}, which need a blank
  // ({{-3}} is a number), and braces of an end that is none: what stays, between {{ and }}, is one
  // action that reads the same.
  void trim() {
    while (action_.starts_with("- ")) action_.erase(0, 2);
    while (action_.ends_with(' ') || action_.ends_with('}') || action_.ends_with(" -"))
      action_.pop_back();
    if (action_ == "-") action_.clear();
  }

  void read_text(char quote) {
    const auto begin = ++at_;
    while (at_ < text_.size() && text_[at_] != quote)
      at_ += quote != '`' && text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    const auto inside = text_.substr(begin, at_ - begin);
    if (at_ < text_.size()) ++at_;
    action_ += '"';
    if (inside == "Values" || (is_in_dict() && is_key(inside)) ||
        (names_a_template() && inside.find_first_of("\"\\") == inside.npos))
      action_ += inside;
    action_ += '"';
  }

  static bool is_key(std::string_view text) {
    constexpr std::size_t longest = 24;
    return text.size() <= longest && std::ranges::all_of(text, [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
  }

  bool is_in_dict() const { return !groups_.empty() && groups_.back(); }

  // Whether the word before the text, whose first quote was written already, says so.
  bool names_a_template() const {
    const auto before = std::string_view(action_).substr(0, action_.size() - 1);
    const auto last = before.find_last_not_of(' ');
    if (last == before.npos) return false;
    const auto begin = before.find_last_of(" (|", last);
    const auto word = before.substr(begin == before.npos ? 0 : begin + 1,
                                    last - (begin == before.npos ? 0 : begin + 1) + 1);
    constexpr std::array<std::string_view, 4> words{"include", "template", "define", "block"};
    return std::ranges::find(words, word) != words.end();
  }

  std::string_view text_;
  std::size_t at_;
  std::string action_;
  std::vector<bool> groups_;  // of open parentheses: whether a map is made in it
};

}  // namespace

std::vector<std::string> template_actions(std::string_view text) {
  std::vector<std::string> actions;
  for (auto at = text.find("{{"); at != text.npos; at = text.find("{{", at)) {
    ActionReader reader(text, at + 2);
    at = reader.end();
    if (auto action = reader.take(); !action.empty()) actions.push_back(std::move(action));
  }
  return actions;
}

std::string template_of(const std::vector<std::string>& actions) {
  std::string text;
  for (const auto& action : actions) text += "{{" + action + "}}";
  return text;
}

}  // namespace postflight
