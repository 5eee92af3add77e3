#pragma once

#include <string>
#include <vector>

#include "clients/command.hpp"

namespace postflight {

// "NAME=value" of everything that the command may see: PATH and HOME, then what the request names
// ("TF_*" stands for all that begin so), then what it sets itself, which wins.
std::vector<std::string> environment_of(const CommandRequest& request);

// The file that argv[0] means: itself where it holds a slash (relative to the command's
// directory), else the first in the environment's PATH. Throws ClientError missing-tool, naming
// what was looked for and where.
std::string find_program(const CommandRequest& request,
                         const std::vector<std::string>& environment);

}  // namespace postflight
