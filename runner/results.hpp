#pragma once

#include <string_view>

#include "runner/run.hpp"

namespace postflight {

// What is known of a check before it runs.
CheckResult result_of(const ChecklistEntry& entry);

// Puts the outcome in. A failed advisory check shows as warned.
void put_outcome(CheckResult& result, Outcome outcome);

// "; last: SUMMARY" of the attempt that was the last when time was up; empty where there was none.
std::string last_finding(const Outcome& outcome, int attempts);

// Takes secrets out of every text, the ids apart: those name things, and other texts refer to them.
void redact(Outcome& outcome, const Redactor& redactor);
void redact(CheckResult& result, const Redactor& redactor);

// Cuts texts that are too long for any reader, and facts that are too many, and says so: a server
// may answer with megabytes. Facts that are not as expected stay before others. After redaction, so
// that no secret is cut in two.
void bound(CheckResult& result);

}  // namespace postflight
