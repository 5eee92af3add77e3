#include "runner/exit_code.hpp"

#include <algorithm>

namespace postflight {
namespace {

bool is_blocking(const CheckResult& check) { return check.severity == Severity::blocking; }

bool is_unknown(const CheckResult& check) {
  return check.status == Status::errored ||
         (check.status == Status::skipped && check.reason == runner_reason::blocked);
}

bool is_answered(const CheckResult& check) {
  return check.status != Status::errored && check.status != Status::skipped;
}

// What the checks of one cluster say, whether or not the run was interrupted.
ExitCode finding_of_one(const RunRecord& record) {
  const auto any = [&](auto&& matches) { return std::ranges::any_of(record.checks, matches); };
  const auto is_failure = [&](const CheckResult& check) {
    if (check.status == Status::failed) return is_blocking(check) || record.fail_on_warn;
    return check.status == Status::warned && record.fail_on_warn;
  };
  // What a missing shard would have found is not known, nor is what its advisory checks would have:
  // with --fail-on warn they might have failed the run.
  const auto leaves_open = [&](const CheckResult& check) {
    const bool gates =
        is_blocking(check) || record.fail_on_warn || check.reason == runner_reason::missing_shard;
    return gates && is_unknown(check);
  };
  if (std::ranges::all_of(record.checks, is_left_out)) return exit_usage;
  if (any(is_failure)) return exit_failed;
  // A run in which no check came to an answer (all waived, say) has shown nothing to be healthy.
  if (any(leaves_open) || !any(is_answered)) return exit_unknown;
  return exit_healthy;
}

// The worst of its clusters: one that is healthy does not stand for another.
ExitCode finding_of(const RunRecord& record) {
  if (record.clusters.empty()) return finding_of_one(record);
  const auto badness = [](ExitCode code) {
    return code == exit_failed ? 3 : code == exit_unknown ? 2 : code == exit_usage ? 1 : 0;
  };
  auto worst = exit_healthy;
  for (const auto& cluster : record.clusters) {
    const auto code = finding_of_one(record_of(record, cluster));
    if (badness(code) > badness(worst)) worst = code;
  }
  return worst;
}

}  // namespace

int exit_code_of(const RunRecord& record) {
  return record.interrupted_by != 0 ? exit_signal + record.interrupted_by : finding_of(record);
}

Status verdict_of(const RunRecord& record) {
  const auto finding = finding_of(record);
  if (finding == exit_failed) return Status::failed;
  if (finding != exit_healthy || record.interrupted_by != 0) return Status::errored;
  const auto is_blemish = [](const CheckResult& check) {
    return check.status == Status::warned || check.status == Status::failed || is_unknown(check);
  };
  return std::ranges::any_of(record.checks, is_blemish) ? Status::warned : Status::passed;
}

}  // namespace postflight
