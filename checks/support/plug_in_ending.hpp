#pragma once

#include <string>

#include "clients/command.hpp"

namespace postflight {

// Throws CannotTell unless the plug-in ended by itself with an exit code that is a verdict, 0 to 3,
// and printed something.
void require_end(const std::string& name, const CommandResult& result);

// ": LINE", the last one on standard error; empty when there is none.
std::string last_words(const CommandResult& result);

}  // namespace postflight
