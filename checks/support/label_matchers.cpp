#include "checks/support/label_matchers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "checks/support/text.hpp"

namespace postflight {
namespace {

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

bool is_of_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
}

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

}  // namespace

class LabelMatchers::Reader {
 public:
  Reader(std::string_view text, std::string_view name_label)
      : rest_(text), name_label_(name_label) {}

  Parsed read() {
    parsed_.matchers.text_ = std::string(rest_);
    skip_blanks();
    if (rest_.empty()) return failed("it is empty");
    read_leading_name();
    const bool has_brace = take('{');
    if (parsed_.matchers.matchers_.empty() || has_brace || !rest_.empty()) read_list(has_brace);
    if (!parsed_.error.empty()) return std::move(parsed_);
    if (has_brace && !take('}')) return failed("the closing brace is missing");
    if (!rest_.empty()) return failed(fmt::format("'{}' is too much", excerpt(rest_, 40)));
    if (parsed_.matchers.matchers_.empty()) return failed("it has no condition");
    return std::move(parsed_);
  }

 private:
  Parsed failed(std::string why) {
    if (parsed_.error.empty()) parsed_.error = std::move(why);
    return std::move(parsed_);
  }

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  bool take(std::string_view wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    skip_blanks();
    return true;
  }
  bool take(char wanted) { return take(std::string_view(&wanted, 1)); }

  std::string_view name_ahead() const {
    std::size_t size = 0;
    while (size < rest_.size() && is_of_name(rest_[size])) ++size;
    return rest_.substr(0, size);
  }

  // A name behind which no operation stands.
  void read_leading_name() {
    const auto name = name_ahead();
    auto behind = rest_.substr(name.size());
    while (!behind.empty() && is_blank(behind.front())) behind.remove_prefix(1);
    if (name.empty() || (!behind.empty() && behind.front() != '{')) return;
    rest_ = behind;
    parsed_.matchers.matchers_.push_back(
        {std::string(name_label_), std::string(name), Operation::equals, std::nullopt});
  }

  void read_list(bool has_brace) {
    while (!rest_.empty() && parsed_.error.empty() && rest_.front() != '}') {
      read_matcher();
      if (!parsed_.error.empty() || take(',')) continue;
      if (!has_brace || !rest_.starts_with('}')) break;
    }
  }

  void read_matcher() {
    Matcher matcher;
    if (!rest_.empty() && is_quote(rest_.front())) {
      matcher.label = read_quoted();
    } else {
      matcher.label = name_ahead();
      rest_.remove_prefix(matcher.label.size());
      skip_blanks();
    }
    if (matcher.label.empty())
      return void(failed(fmt::format("a label is wanted before '{}'", excerpt(rest_, 40))));
    if (take("=~"))
      matcher.operation = Operation::matches;
    else if (take("!~"))
      matcher.operation = Operation::does_not_match;
    else if (take("!="))
      matcher.operation = Operation::differs;
    else if (!take("="))
      return void(failed(fmt::format("=, !=, =~ or !~ is wanted behind '{}'", matcher.label)));
    matcher.value = !rest_.empty() && is_quote(rest_.front()) ? read_quoted() : read_bare();
    if (matcher.operation == Operation::matches || matcher.operation == Operation::does_not_match) {
      matcher.pattern.emplace("^(?s:" + matcher.value + ")$");
      if (const auto error = matcher.pattern->error(); !error.empty())
        return void(
            failed(fmt::format("'{}' is no regular expression (RE2): {}", matcher.value, error)));
    }
    parsed_.matchers.matchers_.push_back(std::move(matcher));
  }

  std::string read_bare() {
    const auto size = std::min(rest_.find_first_of(",{}\"'`"), rest_.size());
    auto value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
    return std::string(value);
  }

  // Between quotes; a backslash makes the next character an ordinary one, but not between `.
  std::string read_quoted() {
    const char quote = rest_.front();
    rest_.remove_prefix(1);
    std::string value;
    while (!rest_.empty() && rest_.front() != quote) {
      if (rest_.front() == '\\' && quote != '`' && rest_.size() > 1) {
        rest_.remove_prefix(1);
        if (rest_.front() == 'n') {
          value += '\n';
          rest_.remove_prefix(1);
          continue;
        }
      }
      value += rest_.front();
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) {
      failed("the closing quote is missing");
    } else {
      rest_.remove_prefix(1);
      skip_blanks();
    }
    return value;
  }

  std::string_view rest_, name_label_;
  Parsed parsed_;
};

LabelMatchers::Parsed LabelMatchers::parse(std::string_view text, std::string_view name_label) {
  return Reader(text, name_label).read();
}

bool LabelMatchers::Matcher::holds(std::string_view label_value) const {
  switch (operation) {
    case Operation::equals:
      return label_value == value;
    case Operation::differs:
      return label_value != value;
    case Operation::matches:
      return pattern->found_in(label_value);
    case Operation::does_not_match:
      return !pattern->found_in(label_value);
  }
  return false;
}

bool LabelMatchers::match(const Labels& labels) const {
  return std::ranges::all_of(matchers_, [&](const Matcher& matcher) {
    const auto found = labels.find(matcher.label);
    return matcher.holds(found == labels.end() ? std::string_view() : found->second);
  });
}

bool LabelMatchers::match_whatever_else(const Labels& known) const {
  return std::ranges::all_of(matchers_, [&](const Matcher& matcher) {
    const auto found = known.find(matcher.label);
    return found != known.end() && matcher.holds(found->second);
  });
}

std::vector<LabelMatchers> read_label_matchers(const Settings& settings, std::string_view name,
                                               std::string_view name_label) {
  std::vector<LabelMatchers> list;
  for (const auto& text : settings.texts(name)) {
    auto parsed = LabelMatchers::parse(text, name_label);
    if (!parsed.error.empty())
      settings.mistake(name, fmt::format("'{}' of '{}' must be conditions on labels such as "
                                         "name{{label=\"value\"}}: {}",
                                         text, name, parsed.error));
    list.push_back(std::move(parsed.matchers));
  }
  if (settings.has(name) && list.empty())
    settings.mistake(name, fmt::format("'{}' lists nothing", name));
  return list;
}

std::string labels_text(const Labels& labels, const std::string& name_label) {
  std::string name, others;
  for (const auto& [label, value] : labels) {
    if (label == name_label)
      name = value;
    else
      others += fmt::format("{}{}=\"{}\"", others.empty() ? "" : ",", label, value);
  }
  return excerpt(others.empty() ? name : name + "{" + others + "}", 300);
}

}  // namespace postflight
