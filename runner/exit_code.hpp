#pragma once

#include "runner/record.hpp"

namespace postflight {

// What the process tells its caller. Kubernetes' podFailurePolicy and CI gate on these.
enum ExitCode : int {
  exit_healthy = 0,   // nothing blocking failed or is unknown
  exit_failed = 1,    // a blocking check failed: do not retry
  exit_unknown = 2,   // a blocking check is errored or blocked: a retry may help. Also an advisory
                      // one with --fail-on warn, and any whose shard is missing
  exit_usage = 3,     // wrong usage or checklist, or nothing selected
  exit_signal = 128,  // plus the signal number: interrupted, with the report written
};

int exit_code_of(const RunRecord& record);

}  // namespace postflight
