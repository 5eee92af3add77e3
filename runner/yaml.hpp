#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runner/value.hpp"

namespace postflight {

// Reads one YAML document of at most 4 MB (read_yaml_document says what else bounds it), with
// ${name} as text wherever it stands. What is wrong with it is added to `mistakes`; the answer is
// then incomplete. `file` names the text in positions.
Value read_yaml(std::string_view text, const std::string& file, std::vector<Mistake>& mistakes);

}  // namespace postflight
