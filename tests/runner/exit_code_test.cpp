#include "runner/exit_code.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

CheckResult result(Status status, Severity severity = Severity::blocking,
                   const std::string& reason = "") {
  CheckResult check;
  check.status = status;
  check.severity = severity;
  check.reason = reason;
  return check;
}

const auto passed = result(Status::passed);
const auto warned = result(Status::warned);
const auto failed = result(Status::failed);
const auto errored = result(Status::errored);
const auto blocked = result(Status::skipped, Severity::blocking, "blocked");
const auto waived = result(Status::skipped, Severity::blocking, "waived");
const auto left_out = result(Status::skipped, Severity::blocking, "not-selected");

RunRecord record(std::vector<CheckResult> checks) {
  RunRecord record;
  record.checks = std::move(checks);
  return record;
}

void check_both(const RunRecord& record, int code, Status verdict) {
  CHECK(exit_code_of(record) == code);
  CHECK(verdict_of(record) == verdict);
}

TEST_CASE("a run in which all checks passed is healthy", "[exit-code]") {
  check_both(record({passed, passed}), 0, Status::passed);
  check_both(record({passed, left_out}), 0, Status::passed);
  check_both(record({passed, waived}), 0, Status::passed);
}

TEST_CASE("a warning shows in the verdict and does not gate", "[exit-code]") {
  check_both(record({passed, warned}), 0, Status::warned);
  check_both(record({warned}), 0, Status::warned);
}

TEST_CASE("with fail-on-warn a warning is a failure, of whatever severity", "[exit-code]") {
  auto strict = record({passed, warned});
  strict.fail_on_warn = true;
  check_both(strict, 1, Status::failed);
  strict.checks = {passed, result(Status::warned, Severity::advisory)};
  check_both(strict, 1, Status::failed);
  strict.checks = {passed, errored, warned};
  check_both(strict, 1, Status::failed);
  strict.checks = {passed, waived, left_out};
  check_both(strict, 0, Status::passed);
}

TEST_CASE("with fail-on-warn what could not be found out is not healthy, of whatever severity",
          "[exit-code]") {
  for (const auto& unknown : {result(Status::errored, Severity::advisory),
                              result(Status::skipped, Severity::advisory, "blocked")}) {
    auto strict = record({passed, unknown});
    strict.fail_on_warn = true;
    check_both(strict, 2, Status::errored);
    strict.checks.push_back(warned);
    check_both(strict, 1, Status::failed);
  }
}

TEST_CASE("what a missing shard would have found is not known, of whatever severity",
          "[exit-code]") {
  const auto missing = result(Status::errored, Severity::advisory, "missing-shard");
  check_both(record({passed, missing}), 2, Status::errored);
  check_both(record({failed, missing}), 1, Status::failed);
}

TEST_CASE("a blocking failure outweighs what is unknown", "[exit-code]") {
  check_both(record({passed, failed}), 1, Status::failed);
  check_both(record({errored, failed, blocked}), 1, Status::failed);
}

TEST_CASE("what is blocking and unknown is not healthy", "[exit-code]") {
  check_both(record({passed, errored}), 2, Status::errored);
  check_both(record({passed, blocked}), 2, Status::errored);
}

TEST_CASE("an advisory check never gates", "[exit-code]") {
  for (const auto& advisory :
       {result(Status::failed, Severity::advisory), result(Status::errored, Severity::advisory),
        result(Status::skipped, Severity::advisory, "blocked")}) {
    CHECK(exit_code_of(record({passed, advisory})) == 0);
    CHECK(verdict_of(record({passed, advisory})) == Status::warned);
  }
}

TEST_CASE("a run in which nothing was found out is not healthy", "[exit-code]") {
  check_both(record({waived, waived}), 2, Status::errored);
  check_both(record({waived, left_out}), 2, Status::errored);
  check_both(record({result(Status::errored, Severity::advisory)}), 2, Status::errored);
}

TEST_CASE("a run of nothing is wrong usage, not health", "[exit-code]") {
  check_both(record({}), 3, Status::errored);
  check_both(record({left_out, left_out}), 3, Status::errored);
}

TEST_CASE("an interrupted run says by which signal, and is never green", "[exit-code]") {
  for (const int signal : {2, 15}) {
    for (const auto& checks : {std::vector{passed}, {passed, errored}, {left_out}, {}}) {
      auto stopped = record(checks);
      stopped.interrupted_by = signal;
      check_both(stopped, 128 + signal, Status::errored);
    }
    auto broken = record({failed, errored});
    broken.interrupted_by = signal;
    check_both(broken, 128 + signal, Status::failed);
  }
}

TEST_CASE("each status is counted", "[record]") {
  const auto totals = totals_of(record({passed, passed, warned, failed, errored, blocked, waived}));
  CHECK(totals.passed == 2);
  CHECK(totals.warned == 1);
  CHECK(totals.failed == 1);
  CHECK(totals.errored == 1);
  CHECK(totals.skipped == 2);
}

}  // namespace
}  // namespace postflight::test
