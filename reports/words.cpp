#include "reports/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "reports/text_safety.hpp"

namespace postflight {
namespace {

constexpr std::size_t most_name = 300;

// " by api-ready", when all that is blocked is so by one check.
std::string by_whom(const RunRecord& record) {
  std::set<std::string> roots;
  for (const auto& result : record.checks)
    roots.insert(result.blocked_by.begin(), result.blocked_by.end());
  return roots.size() == 1 ? " by " + safe_line(*roots.begin(), most_name) : "";
}

std::string skipped_in_words(const std::string& reason, const RunRecord& record) {
  if (reason == runner_reason::not_selected) return "not selected";
  if (reason == runner_reason::other_shard) return "in other shards";
  return reason == runner_reason::blocked ? "blocked" + by_whom(record) : reason;
}

int badness(const CheckResult& result) {
  const int kind = result.status == Status::failed ? 0 : result.status == Status::errored ? 2 : 4;
  return kind + (result.severity == Severity::blocking ? 0 : 1);
}

}  // namespace

std::string reasoned_summary(const CheckResult& result) {
  if (result.reason.empty() || result.summary.starts_with(result.reason)) return result.summary;
  return result.summary.empty() ? result.reason : result.reason + ": " + result.summary;
}

std::string section_of(const CheckResult& result) {
  if (result.cluster.empty()) return result.section;
  return result.section.empty() ? result.cluster : result.cluster + ": " + result.section;
}

std::string totals_in_words(const RunRecord& record) {
  const auto totals = totals_of(record);
  std::vector<std::string> counts;
  const auto count = [&](std::size_t number, std::string_view what) {
    if (number > 0) counts.push_back(fmt::format("{} {}", number, what));
  };
  count(totals.failed, "failed");
  count(totals.errored, "could not be found out");
  count(totals.warned, record.fail_on_warn ? "warned (counts as failed)" : "warned");
  count(totals.passed, "passed");
  std::vector<std::pair<std::string, std::size_t>> skipped;  // by reason, in order
  for (const auto& result : record.checks) {
    if (result.status != Status::skipped) continue;
    const auto reason = result.reason.empty() ? "skipped" : safe_line(result.reason, most_name);
    auto known = std::ranges::find(skipped, reason, &std::pair<std::string, std::size_t>::first);
    if (known == skipped.end()) known = skipped.insert(known, {reason, 0});
    ++known->second;
  }
  for (const auto& [reason, number] : skipped) count(number, skipped_in_words(reason, record));
  if (counts.empty()) counts.emplace_back("no check was run");
  return fmt::format("{}", fmt::join(counts, ", "));
}

std::string_view verdict_in_words(Status verdict) {
  return verdict == Status::errored  ? "not known"
         : verdict == Status::warned ? "passed with warnings"
                                     : to_string(verdict);
}

std::vector<const CheckResult*> worst_first(const RunRecord& record) {
  std::vector<const CheckResult*> worst;
  for (const auto& result : record.checks)
    if (result.status != Status::passed && result.status != Status::skipped)
      worst.push_back(&result);
  std::ranges::stable_sort(worst, {}, [](const CheckResult* result) { return badness(*result); });
  return worst;
}

}  // namespace postflight
