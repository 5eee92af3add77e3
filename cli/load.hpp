#pragma once

#include <vector>

#include "cli/options.hpp"
#include "runner/checklist.hpp"

namespace postflight {

// Reads the checklists and the variables of the command line. Throws Mistakes with all that is
// wrong in them.
std::vector<Checklist> load_checklists(const Options& options);

}  // namespace postflight
