#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runner/record.hpp"

namespace postflight {

// "forbidden: pods is forbidden ...": the summary behind its reason, unless it begins with it.
// Not made safe.
std::string reasoned_summary(const CheckResult& result);

// "production: the outpost" in a run over several clusters, else the section. Not made safe.
std::string section_of(const CheckResult& result);

// "1 failed, 2 could not be found out, 31 passed, 3 blocked by api-ready": made safe.
std::string totals_in_words(const RunRecord& record);

// "passed", "passed with warnings", "failed", "not known".
std::string_view verdict_in_words(Status verdict);

// What somebody has to look at: failed, errored, then warned; of these the blocking ones first,
// else in checklist order.
std::vector<const CheckResult*> worst_first(const RunRecord& record);

}  // namespace postflight
