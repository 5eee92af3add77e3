#include "runner/variables.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runner/suggest.hpp"
#include "runner/variable_text.hpp"
#include "runner/yaml.hpp"

namespace postflight {
namespace {

constexpr std::size_t longest_chain = 32;
constexpr std::size_t most_texts = 200'000;      // copied in by one checklist
constexpr std::size_t most_bytes = 16'000'000;   // copied in by one checklist
constexpr std::size_t longest_text = 1'000'000;  // of one text
std::string_view word_for(Value::Type type) {
  switch (type) {
    case Value::Type::list:
      return "a list";
    case Value::Type::map:
      return "a map";
    case Value::Type::scalar:
      return "one value";
    case Value::Type::null:
      break;
  }
  return "blank";
}

void measure(const Value& value, std::size_t& texts, std::size_t& bytes) {
  ++texts;
  bytes += value.text.size();
  for (const auto& item : value.items) measure(item, texts, bytes);
  for (const auto& member : value.members) {
    bytes += member.key.size();
    measure(member.value, texts, bytes);
  }
}

void move_to(Value& value, const Position& where) {
  value.where = where;
  for (auto& item : value.items) move_to(item, where);
  for (auto& member : value.members) {
    member.where = where;
    move_to(member.value, where);
  }
}

void gather_texts(const Value& value, std::vector<std::string>& texts) {
  if (value.type == Value::Type::scalar) texts.push_back(value.text);
  for (const auto& item : value.items) gather_texts(item, texts);
  for (const auto& member : value.members) gather_texts(member.value, texts);
}

Value scalar(std::string text, const Position& where) {
  Value value;
  value.type = Value::Type::scalar;
  value.text = std::move(text);
  value.where = where;
  return value;
}

}  // namespace

Variables::Variables(const Value* declarations, const ChecklistSources& sources,
                     std::vector<Mistake>& mistakes)
    : sources_(sources), mistakes_(mistakes) {
  for (auto& declaration : read_declarations(declarations, mistakes)) {
    Variable variable;
    static_cast<VariableDeclaration&>(variable) = std::move(declaration);
    variables_.push_back(std::move(variable));
  }
  std::ranges::stable_sort(variables_, {}, &Variable::name);
}

std::vector<std::string_view> Variables::names() const {
  std::vector<std::string_view> names;
  for (const auto& variable : variables_) names.emplace_back(variable.name);
  return names;
}

Variables::Variable* Variables::find(std::string_view name) {
  const auto found = std::ranges::lower_bound(variables_, name, {}, &Variable::name);
  return found == variables_.end() || found->name != name ? nullptr : &*found;
}

void Variables::mistake(const Position& where, std::string what) {
  mistakes_.push_back({where, std::move(what)});
}

const Variables::Variable* Variables::break_off(Variable& variable, const Position& where,
                                                std::string what) {
  variable.state = State::broken;
  mistake(where, std::move(what));
  return nullptr;
}

std::string Variables::how_to_set(const Variable& variable) {
  auto words = fmt::format("the variable '{}' has no value", variable.name);
  if (!variable.about.empty()) words += " (" + variable.about + ")";
  words += fmt::format(": set it with --set {}=...", variable.name);
  if (!variable.environment.empty())
    words += ", or the environment variable " + variable.environment;
  if (variable.file != nullptr)
    words += fmt::format(", or in the file '{}', which cannot be read now",
                         substitute(*variable.file).text);
  return variable.required ? words : words + ", or give it a default";
}

void Variables::resolve_all() {
  for (const auto& variable : variables_) resolve(variable.name, variable.where, variable.required);
}

const Variables::Variable* Variables::resolve(std::string_view name, const Position& where,
                                              bool needed) {
  auto* const variable = find(name);
  if (variable == nullptr) {
    mistake(where, fmt::format("the variable '{}' is not declared in 'vars'{}", name,
                               did_you_mean(name, names())));
    return nullptr;
  }
  if (variable->state == State::resolved) return variable;
  if (variable->state == State::broken) return nullptr;
  if (variable->state == State::resolving) {
    const auto from = std::ranges::find(resolving_, name);
    const std::vector<std::string> chain(from, resolving_.end());
    return break_off(*variable, where,
                     fmt::format("variables use each other in a circle: {} -> {}",
                                 fmt::join(chain, " -> "), name));
  }
  if (resolving_.size() == longest_chain)
    return break_off(
        *variable, where,
        fmt::format("variables use each other over more than {} steps", longest_chain));
  variable->state = State::resolving;
  resolving_.emplace_back(name);
  const auto failures = failures_;
  const bool assigned = assign(*variable);
  resolving_.pop_back();
  if (variable->state == State::broken) return nullptr;
  if (failures_ != failures) {
    variable->state = State::broken;
    return nullptr;
  }
  if (!assigned && !needed) {
    variable->state = State::unresolved;
    return nullptr;
  }
  if (!assigned) return break_off(*variable, where, how_to_set(*variable));
  variable->state = State::resolved;
  measure(variable->value, variable->texts, variable->bytes);
  return variable;
}

// --set, then the environment, then the file, then the default; a replay knows what was given
// then. An empty environment variable is
// one that is not there: CI systems write a missing secret so.
bool Variables::assign(Variable& variable) {
  for (auto pair = sources_.set.rbegin(); pair != sources_.set.rend(); ++pair) {
    if (pair->first != variable.name) continue;
    if (variable.required && pair->second.empty())
      mistake(variable.where,
              fmt::format("the variable '{}' is required, and was set to nothing", variable.name));
    assign_text(variable, pair->second);
    return true;
  }
  if (!variable.secret && assign_recorded(variable)) return true;
  const bool is_looked_for = !sources_.recorded || variable.secret;
  if (is_looked_for && !variable.environment.empty() && sources_.environment) {
    const auto text = sources_.environment(variable.environment);
    if (text && !text->empty()) {
      assign_text(variable, *text);
      return true;
    }
  }
  if (is_looked_for && variable.file != nullptr && assign_file(variable)) return true;
  if (variable.secret && assign_recorded(variable)) return true;
  if (variable.fallback == nullptr) return false;
  if (variable.fallback->type != Value::Type::null) variable.value = substitute(*variable.fallback);
  return true;
}

// Where the default is a list or a map, a text from outside is read as one.
void Variables::assign_text(Variable& variable, const std::string& text) {
  variable.given = text;
  const auto wanted = variable.fallback == nullptr ? Value::Type::scalar : variable.fallback->type;
  if (wanted != Value::Type::list && wanted != Value::Type::map) {
    variable.value = scalar(text, variable.where);
    return;
  }
  std::vector<Mistake> unreadable;
  variable.value = read_yaml(text, variable.where.file, unreadable);
  if (!unreadable.empty() || variable.value.type != wanted)
    break_off(variable, variable.where,
              fmt::format("the variable '{0}' must be {1}, as in --set '{0}={2}'", variable.name,
                          word_for(wanted),
                          wanted == Value::Type::list ? "[one, two]" : "{name: value}"));
}

bool Variables::assign_recorded(Variable& variable) {
  const auto text = sources_.recorded ? sources_.recorded(variable.name) : std::nullopt;
  if (text) assign_text(variable, *text);
  return text.has_value();
}

bool Variables::assign_file(Variable& variable) {
  const auto path = substitute(*variable.file).text;
  auto text = sources_.read_file ? sources_.read_file(path) : std::nullopt;
  if (!text) return false;
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  if (variable.required && text->empty())
    mistake(variable.where, fmt::format("the variable '{}' is required, and its file {} is empty",
                                        variable.name, path));
  assign_text(variable, *text);
  return true;
}

Value Variables::substitute(const Value& value) {
  if (value.type == Value::Type::scalar) return substitute_text(value);
  Value replaced;
  replaced.type = value.type;
  replaced.where = value.where;
  for (const auto& item : value.items) replaced.items.push_back(substitute(item));
  for (const auto& member : value.members) {
    if (member.key.find("${") != std::string::npos)
      mistake(member.where, "a key stays as it is written: ${...} has no meaning in it");
    replaced.members.push_back({member.key, member.where, substitute(member.value)});
  }
  return replaced;
}

Value Variables::substitute_text(const Value& value) {
  if (value.text.find("${") == std::string::npos) return value;
  auto replaced = scalar("", value.where);
  const auto fail = [&] {
    lacking_.emplace(value.where.line, value.where.column);
    ++failures_;
    return scalar("", value.where);
  };
  const auto parts = parts_of(value.text);
  if (!parts) {
    mistake(value.where, "'${' begins a variable, ${name}; a literal '${' is written '$${'");
    return fail();
  }
  bool failed = false;
  for (const auto& part : *parts) {
    if (!part.is_variable) {
      replaced.text += part.text;
      continue;
    }
    const auto* variable = resolve(part.text, value.where, true);
    if (variable == nullptr || !has_room_for(*variable, value.where)) {
      failed = true;
    } else if (parts->size() == 1) {
      replaced = variable->value;
      move_to(replaced, value.where);
    } else if (variable->value.type != Value::Type::scalar) {
      mistake(value.where, fmt::format("the variable '{}' is {}: it cannot be part of a text",
                                       part.text, word_for(variable->value.type)));
      failed = true;
    } else {
      replaced.text += variable->value.text;
    }
    if (replaced.text.size() > longest_text) {
      mistake(value.where, "with its variables, this text is longer than 1 MB");
      return fail();
    }
  }
  return failed ? fail() : replaced;
}

bool Variables::has_room_for(const Variable& variable, const Position& where) {
  const bool had_room = texts_copied_ <= most_texts && bytes_copied_ <= most_bytes;
  texts_copied_ += variable.texts;
  bytes_copied_ += variable.bytes;
  if (texts_copied_ <= most_texts && bytes_copied_ <= most_bytes) return true;
  if (had_room)
    mistake(where, "with their variables, the texts of this checklist are over 200,000 or 16 MB");
  return false;
}

bool Variables::lacks_value(const Position& where) const {
  return lacking_.contains({where.line, where.column});
}

std::vector<GivenVariable> Variables::given() const {
  std::vector<GivenVariable> list;
  for (const auto& variable : variables_)
    if (variable.given) list.push_back({variable.name, *variable.given, variable.secret});
  return list;
}

std::vector<std::string> Variables::secrets() const {
  std::vector<std::string> texts;
  for (const auto& variable : variables_)
    if (variable.secret && variable.state == State::resolved) gather_texts(variable.value, texts);
  return texts;
}

}  // namespace postflight
