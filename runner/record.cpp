#include "runner/record.hpp"

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

}  // namespace postflight
