#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/checklist.hpp"
#include "runner/variable_declaration.hpp"

namespace postflight {

// The variables of one checklist. Each gets its value when it is first used, so that a default may
// use variables declared anywhere.
class Variables {
 public:
  // Reads `vars` of a checklist (nullptr for none). All that it is given outlives this object.
  Variables(const Value* declarations, const ChecklistSources& sources,
            std::vector<Mistake>& mistakes);

  std::vector<std::string_view> names() const;

  // Gives every variable its value; reports required ones that have none.
  void resolve_all();

  // The value with each ${name} replaced, at the place of the text it is written in. A text that
  // is one ${name} alone becomes what the variable holds, also a list or a map.
  Value substitute(const Value& value);

  // Whether a variable used at that place has no value: what else is wrong there means nothing.
  bool lacks_value(const Position& where) const;

  // Every text held by a variable marked secret.
  std::vector<std::string> secrets() const;

  // Those whose value did not come from the checklist.
  std::vector<GivenVariable> given() const;

 private:
  enum class State { unresolved, resolving, resolved, broken };
  struct Variable : VariableDeclaration {
    State state = State::unresolved;
    Value value;
    std::size_t texts = 0, bytes = 0;  // how large `value` is
    std::optional<std::string> given;  // from outside
  };

  Variable* find(std::string_view name);
  // nullptr when it has no value, which is then reported; not when it is not `needed`.
  const Variable* resolve(std::string_view name, const Position& where, bool needed);
  bool assign(Variable& variable);  // false when nothing gives it a value
  void assign_text(Variable& variable, const std::string& text);
  bool assign_file(Variable& variable);
  bool assign_recorded(Variable& variable);
  Value substitute_text(const Value& value);
  bool has_room_for(const Variable& variable, const Position& where);
  std::string how_to_set(const Variable& variable);
  const Variable* break_off(Variable& variable, const Position& where, std::string what);
  void mistake(const Position& where, std::string what);

  const ChecklistSources& sources_;
  std::vector<Mistake>& mistakes_;
  std::vector<Variable> variables_;
  std::vector<std::string> resolving_;     // the chain being followed, outermost first
  std::set<std::pair<int, int>> lacking_;  // lines and columns
  std::size_t failures_ = 0;
  std::size_t texts_copied_ = 0, bytes_copied_ = 0;
};

}  // namespace postflight
