#pragma once

#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "runner/record.hpp"
#include "runner/redactor.hpp"

namespace postflight {

// What can be known to stand in the way of a report, before anything is asked, is said. True when
// nothing does.
bool reports_can_be_written(const Options& options, const Messages& messages);

// Each report by itself: one that cannot be written takes no other along, and one that waits for
// its reader comes after those that do not. True when all are written; else it is said.
bool write_reports(const Options& options, const RunRecord& record, Redactor& redactor,
                   const Messages& messages);

// What the record calls for; when that is 0 but not all was written: why.
int exit_code_after(const RunRecord& record, bool all_written);

}  // namespace postflight
