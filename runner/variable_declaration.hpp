#pragma once

#include <string>
#include <vector>

#include "runner/value.hpp"

namespace postflight {

// One entry of `vars`, as it is written.
struct VariableDeclaration {
  std::string name;
  Position where;
  std::string about, environment;
  const Value* file = nullptr;      // the path, in which variables are still to be replaced
  const Value* fallback = nullptr;  // `default`, or what is written behind the name
  bool required = false;
  bool secret = false;
};

// Reads `vars` (nullptr for none), which outlives the answer.
std::vector<VariableDeclaration> read_declarations(const Value* vars,
                                                   std::vector<Mistake>& mistakes);

}  // namespace postflight
