#include "runner/record.hpp"

#include "runner/exit_code.hpp"

namespace postflight {

Totals totals_of(const RunRecord& record) {
  Totals totals;
  for (const auto& check : record.checks) {
    switch (check.status) {
      case Status::passed:
        ++totals.passed;
        break;
      case Status::warned:
        ++totals.warned;
        break;
      case Status::failed:
        ++totals.failed;
        break;
      case Status::errored:
        ++totals.errored;
        break;
      case Status::skipped:
        ++totals.skipped;
        break;
    }
  }
  return totals;
}

Status verdict_of(const RunRecord& record) {
  const auto totals = totals_of(record);
  switch (exit_code_of(record)) {
    case exit_healthy:
      return totals.warned > 0 || totals.errored > 0 ? Status::warned : Status::passed;
    case exit_failed:
      return Status::failed;
    default:
      return Status::errored;
  }
}

}  // namespace postflight
