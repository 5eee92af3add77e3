#include "checks/support/jq_syntax.hpp"

#include <fmt/format.h>

#include <cctype>

namespace postflight {
namespace {

bool begins_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_in_word(char c) {
  return begins_word(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

char closing(char opening) { return opening == '(' ? ')' : opening == '[' ? ']' : '}'; }

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
      fail(fmt::format("'{}' is never closed", open_.back()));
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
      path_end_ = at_ += 2;
    } else if (at_ == path_end_ && c == '?') {
      path_end_ = ++at_;
    } else if (c == '(' || c == '[' || c == '{') {
      open_.push_back(c);
      ++at_;
    } else if (c == ')' || c == ']' || c == '}') {
      close(c);
    } else if (begins_word(c)) {
      word();
    } else {
      ++at_;
    }
  }

  void begin_string() {
    in_string_ = true;
    is_plain_ = true;
    string_.clear();
  }

  void close(char c) {
    ++at_;
    if (open_.empty() || open_.back() == '"' || closing(open_.back()) != c) {
      fail(fmt::format("'{}' closes nothing", c));
      return;
    }
    open_.pop_back();
    if (!open_.empty() && open_.back() == '"') {  // back in the string around the interpolation
      open_.pop_back();
      in_string_ = true;
      is_plain_ = false;
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
      path_end_ = at_;
    }
    if (before != '.' && before != '$' && word == "condition" && at_ < text_.size() &&
        text_[at_] == '(')
      read_.paths.push_back({"status", "conditions", "[]", "type"});
    if (before == '$' && (word == "ENV" || word.starts_with("__")))
      fail(fmt::format("${} is not there: an expression sees its input and nothing else", word));
    if (before != '.' && before != '$' && word.starts_with("__"))
      fail(fmt::format("{} is not there: names with __ before them are taken", word));
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
  bool in_string_ = false, is_plain_ = true;
  std::string string_;
  JqText read_;
};

}  // namespace

JqText read_jq_text(std::string_view text) { return Reader(text).read(); }

}  // namespace postflight
