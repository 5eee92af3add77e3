#pragma once

#include <string>
#include <vector>

#include "runner/checklist.hpp"

namespace postflight {

// Reads one item of `checks`, its variables already replaced, and lets its kind build the check.
// What is wrong is added to `mistakes`; the entry is then incomplete.
ChecklistEntry read_entry(const Value& value, const std::string& checklist_name,
                          const ChecklistSources& sources, std::vector<Mistake>& mistakes);

}  // namespace postflight
