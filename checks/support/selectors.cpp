#include "checks/support/selectors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace postflight {
namespace {

using Operation = Requirement::Operation;

bool is_label_character(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '-' || character == '_' ||
         character == '.' || character == '/';
}

// Reads a selector from left to right.
class SelectorText {
 public:
  explicit SelectorText(std::string_view text) : rest_(text) {}

  ParsedSelector read() {
    ParsedSelector parsed;
    do {
      auto requirement = read_requirement();
      if (!requirement) {
        parsed.error = error_;
        return parsed;
      }
      parsed.selector.requirements.push_back(std::move(*requirement));
    } while (take(","));
    skip_spaces();
    if (!rest_.empty()) parsed.error = fmt::format("cannot read '{}'", rest_);
    return parsed;
  }

 private:
  std::optional<Requirement> read_requirement() {
    Requirement requirement;
    const bool negated = take("!");
    requirement.key = word();
    if (requirement.key.empty())
      return fail(fmt::format("a label key is missing before '{}'", rest_));
    requirement.operation = negated ? Operation::absent : Operation::exists;
    if (negated) return requirement;
    if (take("!=")) return with_value(requirement, Operation::differs);
    if (take("==") || take("=")) return with_value(requirement, Operation::equals);
    const auto before = rest_;
    const auto operation = word();
    if (operation == "in") return with_values(requirement, Operation::in);
    if (operation == "notin") return with_values(requirement, Operation::not_in);
    rest_ = before;
    return requirement;
  }

  std::optional<Requirement> with_value(Requirement requirement, Operation operation) {
    requirement.operation = operation;
    requirement.values = {word()};
    return requirement;
  }

  std::optional<Requirement> with_values(Requirement requirement, Operation operation) {
    requirement.operation = operation;
    if (!take("(")) return fail(fmt::format("'{}' needs values in parentheses", requirement.key));
    do {
      requirement.values.push_back(word());
    } while (take(","));
    if (!take(")"))
      return fail(fmt::format("the values of '{}' do not end in ')'", requirement.key));
    return requirement;
  }

  std::optional<Requirement> fail(std::string error) {
    error_ = std::move(error);
    return std::nullopt;
  }

  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  bool take(std::string_view wanted) {
    skip_spaces();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }

  std::string word() {
    skip_spaces();
    const auto end = std::ranges::find_if_not(rest_, is_label_character);
    std::string text(rest_.begin(), end);
    rest_.remove_prefix(text.size());
    return text;
  }

  std::string_view rest_;
  std::string error_;
};

}  // namespace

bool holds(const Requirement& requirement, const Labels& labels) {
  const auto label = labels.find(requirement.key);
  const bool present = label != labels.end();
  const bool listed =
      present && std::ranges::find(requirement.values, label->second) != requirement.values.end();
  switch (requirement.operation) {
    case Operation::equals:
    case Operation::in:
      return listed;
    case Operation::differs:
    case Operation::not_in:
      return !listed;
    case Operation::exists:
      return present;
    case Operation::absent:
      return !present;
  }
  return false;
}

std::string to_text(const Requirement& requirement) {
  const auto& key = requirement.key;
  const auto values = fmt::format("{}", fmt::join(requirement.values, ","));
  switch (requirement.operation) {
    case Operation::equals:
      return fmt::format("{}={}", key, values);
    case Operation::differs:
      return fmt::format("{}!={}", key, values);
    case Operation::in:
      return fmt::format("{} in ({})", key, values);
    case Operation::not_in:
      return fmt::format("{} notin ({})", key, values);
    case Operation::exists:
      return key;
    case Operation::absent:
      return "!" + key;
  }
  return key;
}

bool Selector::matches(const Labels& labels) const {
  return std::ranges::all_of(
      requirements, [&](const Requirement& requirement) { return holds(requirement, labels); });
}

std::string Selector::text() const {
  std::string text;
  for (const auto& requirement : requirements)
    text += (text.empty() ? "" : ",") + to_text(requirement);
  return text;
}

Selector selector_of(const Labels& labels) {
  Selector selector;
  for (const auto& [key, value] : labels)
    selector.requirements.push_back({key, Operation::equals, {value}});
  return selector;
}

ParsedSelector parse_selector(std::string_view text) {
  if (text.find_first_not_of(' ') == std::string_view::npos)
    return {{}, "an empty selector selects every pod"};
  return SelectorText(text).read();
}

}  // namespace postflight
