#pragma once

#include <string>

#include "runner/record.hpp"

namespace postflight {

// "forbidden: pods is forbidden ...": the summary behind its reason, unless it begins with it.
// Not made safe.
std::string reasoned_summary(const CheckResult& result);

}  // namespace postflight
