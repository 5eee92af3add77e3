#include "runner/variable_declaration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runner/suggest.hpp"
#include "runner/variable_text.hpp"

namespace postflight {
namespace {

constexpr std::array<std::string_view, 6> declaration_keys{"default", "required", "about",
                                                           "env",     "secret",   "file"};

std::vector<std::string_view> known_keys() {
  return {declaration_keys.begin(), declaration_keys.end()};
}

bool is_declaration_key(std::string_view key) {
  return std::ranges::find(declaration_keys, key) != declaration_keys.end();
}

// A map is a declaration when all its keys are a declaration's, and also when the others are
// slips of one: {requird: true, about: ...} is not a map of two names.
bool is_declaration(const Value& value) {
  if (value.type != Value::Type::map || value.members.empty()) return false;
  bool any = false;
  for (const auto& member : value.members) {
    any = any || is_declaration_key(member.key);
    if (!is_declaration_key(member.key) && nearest(member.key, known_keys()).empty()) return false;
  }
  return any;
}

void read_fields(const Value& fields, VariableDeclaration& variable,
                 std::vector<Mistake>& mistakes) {
  const auto mistake = [&](const Position& where, std::string what) {
    mistakes.push_back({where, std::move(what)});
  };
  const auto flag = [&](const Member& member) {
    const auto& text = member.value.text;
    if (text != "true" && text != "false")
      mistake(member.value.where, fmt::format("'{}' must be true or false", member.key));
    return text == "true";
  };
  for (const auto& member : fields.members) {
    const auto& value = member.value;
    if (member.key == "default") {
      variable.fallback = &value;
      if (value.type == Value::Type::null)
        mistake(member.where, "'default' is blank: write \"\" for an empty text");
    } else if (!is_declaration_key(member.key)) {
      mistake(member.where, fmt::format("unknown key '{}' of a variable{}", member.key,
                                        did_you_mean(member.key, known_keys())));
    } else if (value.type != Value::Type::scalar || value.text.empty()) {
      mistake(member.where, fmt::format("'{}' of a variable must be one value", member.key));
    } else if (member.key == "required") {
      variable.required = flag(member);
    } else if (member.key == "secret") {
      variable.secret = flag(member);
    } else if (member.key == "file") {
      variable.file = &value;
    } else {
      (member.key == "env" ? variable.environment : variable.about) = value.text;
    }
  }
  if (variable.required && variable.fallback != nullptr)
    mistake(variable.where, fmt::format("the variable '{}' is required and has a default: one of "
                                        "the two is not meant",
                                        variable.name));
}

}  // namespace

std::vector<VariableDeclaration> read_declarations(const Value* vars,
                                                   std::vector<Mistake>& mistakes) {
  std::vector<VariableDeclaration> variables;
  if (vars == nullptr || vars->type == Value::Type::null) return variables;
  if (vars->type != Value::Type::map) {
    mistakes.push_back({vars->where, "'vars' must be a map of names to values"});
    return variables;
  }
  for (const auto& member : vars->members) {
    if (!is_variable_name(member.key)) {
      mistakes.push_back(
          {member.where,
           fmt::format("'{}' cannot name a variable: a name is a letter or '_', then letters, "
                       "digits, '_', '-' and '.'",
                       member.key)});
      continue;
    }
    VariableDeclaration variable;
    variable.name = member.key;
    variable.where = member.where;
    if (is_declaration(member.value))
      read_fields(member.value, variable, mistakes);
    else if (member.value.type == Value::Type::null)
      mistakes.push_back(
          {member.where, fmt::format("the variable '{}' is blank: write \"\" for an empty text, or "
                                     "{{required: true}} for one that must be set",
                                     member.key)});
    else
      variable.fallback = &member.value;
    variables.push_back(std::move(variable));
  }
  return variables;
}

}  // namespace postflight
