#include "tests/world/selector.hpp"

#include <algorithm>
#include <cctype>

#include "tests/world/refusal.hpp"
#include "tests/world/selectable_fields.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

namespace {

[[noreturn]] void unreadable(const std::string& found, const std::string& expected) {
  throw bad_request("unable to parse requirement: found '" + found + "', expected: " + expected);
}

// Words, and the signs ! = == != ( ) , one by one. The end is an empty token.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) { advance(); }
  const std::string& current() const { return current_; }
  std::string take() {
    std::string taken = current_;
    advance();
    return taken;
  }
  bool take(std::string_view wanted) {
    if (current_ != wanted) return false;
    advance();
    return true;
  }
  bool at_word() const { return !current_.empty() && is_letter(current_.front()); }

 private:
  static bool is_letter(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) || letter == '-' || letter == '_' ||
           letter == '.' || letter == '/';
  }
  void advance() {
    while (!text_.empty() && std::isspace(static_cast<unsigned char>(text_.front())))
      text_.remove_prefix(1);
    std::size_t size = 0;
    while (size < text_.size() && is_letter(text_[size])) ++size;
    if (size == 0 && !text_.empty())
      size = text_.size() > 1 && text_[1] == '=' && (text_[0] == '=' || text_[0] == '!') ? 2 : 1;
    current_ = text_.substr(0, size);
    text_.remove_prefix(size);
  }

  std::string_view text_;
  std::string current_;
};

std::vector<std::string> values_in_parentheses(Tokens& tokens) {
  if (!tokens.take("(")) unreadable(tokens.current(), "'('");
  std::vector<std::string> values;
  for (;;) {
    if (!tokens.at_word()) unreadable(tokens.current(), "',', ')' or identifier");
    values.push_back(tokens.take());
    if (tokens.take(")")) return values;
    if (!tokens.take(",")) unreadable(tokens.current(), "',' or ')'");
  }
}

}  // namespace

LabelSelector::LabelSelector(const std::string& text) {
  Tokens tokens(text);
  while (!tokens.current().empty()) {
    const bool negated = tokens.take("!");
    if (!tokens.at_word()) unreadable(tokens.current(), "!, identifier, or 'end of string'");
    Requirement requirement{
        tokens.take(), negated ? Operator::does_not_exist : Operator::exists, {}};
    if (!negated && (tokens.current() == "in" || tokens.current() == "notin")) {
      requirement.operation = tokens.take() == "in" ? Operator::in : Operator::not_in;
      requirement.values = values_in_parentheses(tokens);
    } else if (!negated && !tokens.current().empty() && tokens.current() != ",") {
      const std::string sign = tokens.take();
      if (sign != "=" && sign != "==" && sign != "!=")
        unreadable(sign, "in, notin, =, ==, !=, gt, lt");
      requirement.operation = sign == "!=" ? Operator::not_in : Operator::in;
      requirement.values = {tokens.at_word() ? tokens.take() : ""};
    }
    requirements_.push_back(std::move(requirement));
    if (!tokens.current().empty() && !tokens.take(","))
      unreadable(tokens.current(), "',' or 'end of string'");
  }
}

bool LabelSelector::matches(const Labels& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement& wanted) {
    const auto label = labels.find(wanted.key);
    const bool exists = label != labels.end();
    if (wanted.operation == Operator::exists) return exists;
    if (wanted.operation == Operator::does_not_exist) return !exists;
    const bool listed = exists && std::find(wanted.values.begin(), wanted.values.end(),
                                            label->second) != wanted.values.end();
    return wanted.operation == Operator::in ? listed : !listed;  // without the label: not listed
  });
}

FieldSelector::FieldSelector(const std::string& resource, const std::string& text) {
  if (text.empty()) return;
  const auto& known = selectable_fields(resource);
  for (const auto& part : split(text, ',')) {
    const auto sign = part.find('=');
    if (sign == std::string::npos)
      throw bad_request("invalid selector: '" + part + "'; can't understand '" + part + "'");
    const bool equal = sign == 0 || part[sign - 1] != '!';
    const std::string label = part.substr(0, equal ? sign : sign - 1);
    const bool doubled = equal && sign + 1 < part.size() && part[sign + 1] == '=';
    const auto field =
        std::find_if(known.begin(), known.end(),
                     [&](const SelectableField& candidate) { return candidate.label == label; });
    if (field == known.end()) throw bad_request(unknown_field(resource, label));
    requirements_.push_back({static_cast<std::size_t>(field - known.begin()),
                             part.substr(doubled ? sign + 2 : sign + 1), equal});
  }
}

bool FieldSelector::matches(const std::vector<std::string>& values) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement& wanted) {
    return (values.at(wanted.field) == wanted.value) == wanted.equal;
  });
}

}  // namespace postflight::world
