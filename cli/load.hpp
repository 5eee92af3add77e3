#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/options.hpp"
#include "runner/checklist.hpp"

namespace postflight {

// What a variable was given in the run that is replayed.
using Recorded = std::function<std::optional<std::string>(const std::string& name)>;

// The variables of a map of names to values, as --set takes them.
std::vector<std::pair<std::string, std::string>> variables_in(const Value& map,
                                                              std::vector<Mistake>& mistakes);

// Reads the checklists and the variables of the command line. Throws Mistakes with all that is
// wrong in them.
std::vector<Checklist> load_checklists(const Options& options, const Recorded& recorded = {});

}  // namespace postflight
