#include "checks/support/jq_syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace postflight {
namespace {

bool begins_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_in_word(char c) {
  return begins_word(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

constexpr char index = 'i';  // a '[' that is an index, not a list

char closing(char opening) {
  return opening == '(' ? ')' : opening == '[' || opening == index ? ']' : '}';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  JqText read() {
    while (at_ < text_.size() && read_.error.empty()) step();
    end_path();
    if (!read_.error.empty()) return std::move(read_);
    if (in_string_)
      fail("a string has no end");
    else if (!open_.empty())
      fail(fmt::format("'{}' is never closed", open_.back() == index ? '[' : open_.back()));
    return std::move(read_);
  }

 private:
  void fail(std::string why) {
    read_.error = std::move(why);
    read_.error_line = line_;
  }

  void step() {
    const char c = text_[at_];
    if (c == '\n') ++line_;
    if (in_string_)
      step_in_string(c);
    else
      step_outside(c);
  }

  void step_in_string(char c) {
    if (c == '\\' && at_ + 1 < text_.size()) {
      is_plain_ = false;
      if (text_[at_ + 1] == '(') {  // an interpolation: code inside of the string
        open_.push_back('"');
        open_.push_back('(');
        in_string_ = false;
      }
      at_ += 2;
      return;
    }
    ++at_;
    if (c != '"') {
      string_ += c;
      return;
    }
    in_string_ = false;
    if (is_field_) index_end_ = at_;
    if (is_plain_ && !string_.empty()) read_.strings.push_back(string_);
  }

  void step_outside(char c) {
    if (c == '#') {
      while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    } else if (c == '"') {
      begin_string();
      ++at_;
    } else if (at_ == path_end_ && text_.substr(at_).starts_with("[]")) {
      path_.emplace_back("[]");
      path_end_ = index_end_ = at_ += 2;
    } else if (at_ == path_end_ && at_ == index_end_ && c == '?') {
      path_end_ = ++at_;
    } else if (c == '?') {
      question_mark();
    } else if (c == '$' && (at_ + 1 >= text_.size() || !begins_word(text_[at_ + 1]))) {
      fail("a '$' is not followed by a name");
    } else if (c == '(' || c == '[' || c == '{') {
      open_.push_back(c == '[' && is_behind_term() ? index : c);
      ++at_;
    } else if (c == ')' || c == ']' || c == '}') {
      close(c);
    } else if (begins_word(c)) {
      word();
    } else {
      ++at_;
    }
  }

  // Behind a field or an index it is about that alone. Elsewhere, in jq 1.6, it hides also what
  // fails after it: https://github.com/jqlang/jq/issues/1859
  void question_mark() {
    const bool is_of_index = at_ == index_end_;
    ++at_;
    if (is_of_index) return;
    const auto next = text_.find_first_not_of(" \t\r\n", at_);
    const bool ends_list =
        next != text_.npos && text_[next] == ']' && !open_.empty() && open_.back() == '[';
    if (!ends_list) fail(hides("'?'"));
  }
  static std::string hides(std::string_view what) {
    return fmt::format("{} would hide also what fails after it: write [EXPRESSION?][]", what);
  }

  // Whether a '[' here is an index, and not a list.
  bool is_behind_term() const {
    const auto before = text_.substr(0, at_).find_last_not_of(" \t\r\n");
    if (before == text_.npos) return false;
    const char c = text_[before];
    if (is_in_word(c)) return !ends_with_keyword(text_.substr(0, before + 1));
    return c == '.' || c == ')' || c == ']' || c == '}' || c == '"' || c == '?';
  }

  static bool ends_with_keyword(std::string_view text) {
    constexpr std::string_view keywords[] = {"then", "else", "elif", "if", "and", "or"};
    return std::ranges::any_of(keywords, [&](std::string_view word) {
      const auto begin = text.size() - word.size();
      return text.ends_with(word) &&
             (begin == 0 ||
              (!is_in_word(text[begin - 1]) && text[begin - 1] != '.' && text[begin - 1] != '$'));
    });
  }

  void begin_string() {
    in_string_ = true;
    is_field_ = at_ > 0 && text_[at_ - 1] == '.';
    is_plain_ = true;
    string_.clear();
  }

  void close(char c) {
    ++at_;
    if (open_.empty() || open_.back() == '"' || closing(open_.back()) != c) {
      fail(fmt::format("'{}' closes nothing", c));
      return;
    }
    if (open_.back() == index) index_end_ = at_;
    open_.pop_back();
    if (!open_.empty() && open_.back() == '"') {  // back in the string around the interpolation
      open_.pop_back();
      in_string_ = true;
      is_plain_ = is_field_ = false;
    }
  }

  void word() {
    const auto begin = at_;
    while (at_ < text_.size() && is_in_word(text_[at_])) ++at_;
    const auto word = text_.substr(begin, at_ - begin);
    const char before = begin == 0 ? ' ' : text_[begin - 1];
    if (before == '.') {
      if (begin != path_end_ + 1) end_path();
      path_.emplace_back(word);
      path_end_ = index_end_ = at_;
    }
    if (before != '.' && before != '$' && word == "condition" && at_ < text_.size() &&
        text_[at_] == '(')
      read_.paths.push_back({"status", "conditions", "[]", "type"});
    if (before == '$' && (word == "ENV" || word.starts_with("__")))
      fail(fmt::format("${} is not there: an expression sees its input and nothing else", word));
    if (before != '.' && before != '$' && word.starts_with("__"))
      fail(fmt::format("{} is not there: names with __ before them are taken", word));
    if (before != '.' && before != '$' && word == "try") fail(hides("'try'"));
    if (before != '.' && before != '$' && (word == "import" || word == "include"))
      fail(fmt::format("'{}' is not there: an expression sees its input and nothing else", word));
  }

  void end_path() {
    if (!path_.empty()) read_.paths.push_back(std::move(path_));
    path_.clear();
  }

  std::string_view text_;
  std::vector<std::string> path_;  // that is being read, and where it would go on
  std::size_t path_end_ = std::string_view::npos - 1;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<char> open_;  // brackets; '"' for the string around an interpolation
  std::size_t index_end_ = std::string_view::npos;  // of .name, ."name", [...] behind a term
  bool is_field_ = false;                           // the string is that of ."name"
  bool in_string_ = false, is_plain_ = true;
  std::string string_;
  JqText read_;
};

}  // namespace

JqText read_jq_text(std::string_view text) { return Reader(text).read(); }

}  // namespace postflight
