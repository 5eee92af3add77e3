#pragma once

#include <vector>

#include "runner/record.hpp"

namespace postflight {

// Of the errored checks that have the very same cause one stays so; the others are blocked by it,
// and keep what they said in their evidence. One that others name as what blocks them already is
// the first choice and never changes; then the first blocking one in the order of the checklist.
void fold_causes(std::vector<CheckResult>& checks);

}  // namespace postflight
