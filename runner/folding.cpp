#include "runner/folding.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace postflight {
namespace {

void fold(CheckResult& check, const std::string& root) {
  check.evidence.push_back(
      {"this check by itself", "an answer", std::move(check.summary), Status::errored});
  check.status = Status::skipped;
  check.reason = runner_reason::blocked;
  check.summary = "blocked by " + root;
  check.blocked_by = {root};
}

}  // namespace

void fold_causes(std::vector<CheckResult>& checks) {
  std::set<std::string> roots;
  std::map<std::string, std::vector<CheckResult*>> by_cause;
  for (auto& check : checks) {
    roots.insert(check.blocked_by.begin(), check.blocked_by.end());
    if (check.status == Status::errored && !check.cause.empty())
      by_cause[check.cause].push_back(&check);
  }
  const auto is_root = [&](const CheckResult* check) { return roots.contains(check->id); };
  const auto is_blocking = [](const CheckResult* check) {
    return check->severity == Severity::blocking;
  };
  for (const auto& [cause, same] : by_cause) {
    auto chosen = std::ranges::find_if(same, is_root);
    if (chosen == same.end()) chosen = std::ranges::find_if(same, is_blocking);
    if (chosen == same.end()) chosen = same.begin();
    for (auto* check : same)
      if (check != *chosen && !is_root(check)) fold(*check, (*chosen)->id);
  }
}

}  // namespace postflight
