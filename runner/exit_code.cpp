#include "runner/exit_code.hpp"

namespace postflight {

int exit_code_of(const RunRecord& record) {
  if (record.interrupted_by != 0) return exit_signal + record.interrupted_by;
  bool failed = false, unknown = false, answered = false, selected = false;
  for (const auto& check : record.checks) {
    const bool blocking = check.severity == Severity::blocking;
    const bool not_selected = check.status == Status::skipped && check.reason == "not-selected";
    selected = selected || !not_selected;
    answered = answered || check.status == Status::passed || check.status == Status::warned ||
               check.status == Status::failed;
    if (check.status == Status::failed && blocking) failed = true;
    if (check.status == Status::warned && record.fail_on_warn) failed = true;
    if (check.status == Status::errored && blocking) unknown = true;
    if (check.status == Status::skipped && check.reason == "blocked" && blocking) unknown = true;
  }
  if (!selected) return exit_usage;
  if (failed) return exit_failed;
  // A run in which no check came to an answer (all waived, say) has shown nothing to be healthy.
  if (unknown || !answered) return exit_unknown;
  return exit_healthy;
}

}  // namespace postflight
