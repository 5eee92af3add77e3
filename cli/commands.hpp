#pragma once

#include <string>

#include "cli/messages.hpp"
#include "cli/options.hpp"

namespace postflight {

// One function a command. Each answers the exit code; all but `run`, `selftest` and `merge` do
// nothing but print.
int run_command(const Options& options, Redactor& redactor, const Messages& messages);
int selftest_command(const Options& options, Redactor& redactor, const Messages& messages);
int merge_command(const Options& options, Redactor& redactor, const Messages& messages);
int lint_command(const Options& options, const Messages& messages);
int list_command(const Options& options, const Messages& messages);
int rbac_command(const Options& options, const Messages& messages);
int explain_command(const Options& options, const Messages& messages);
int schema_command(const Messages& messages);
int completion_command(const Options& options, const Messages& messages);

// Writes to standard output. Answers `exit_code`, or, said on standard error, exit_unknown for it
// when that was exit_healthy and not all could be written.
int print(const std::string& text, const Messages& messages, int exit_code = 0);

}  // namespace postflight
