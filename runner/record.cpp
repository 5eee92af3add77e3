#include "runner/record.hpp"

namespace postflight {

bool is_left_out(const CheckResult& check) {
  return check.status == Status::skipped && (check.reason == runner_reason::not_selected ||
                                             check.reason == runner_reason::other_shard);
}

RunRecord record_of(const RunRecord& record, const RunCluster& cluster) {
  RunRecord part;
  part.checklist = record.checklist;
  part.target = cluster.target;
  part.started = record.started;
  part.duration = cluster.duration;
  part.interrupted_by = record.interrupted_by;
  part.fail_on_warn = record.fail_on_warn;
  for (const auto& check : record.checks)
    if (check.cluster == cluster.name) part.checks.push_back(check);
  return part;
}

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

}  // namespace postflight
