#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runner/value.hpp"

namespace postflight {

// Reads one YAML document. What is wrong with it (syntax, a duplicate key, more than one document,
// nesting over 64 levels, over 200,000 values once aliases are expanded) is added to `mistakes`;
// the answer is then incomplete. `file` names the text in positions.
Value read_yaml(std::string_view text, const std::string& file, std::vector<Mistake>& mistakes);

}  // namespace postflight
