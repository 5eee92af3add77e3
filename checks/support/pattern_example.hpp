#pragma once

#include <optional>
#include <string>

#include "checks/support/pattern.hpp"

namespace postflight {

// A short text that the pattern is found in. Nothing when none could be made: mostly because there
// is none.
std::optional<std::string> example_of(const Pattern& pattern);

}  // namespace postflight
