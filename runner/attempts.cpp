#include "runner/attempts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postflight {
namespace {

Outcome errored(std::string reason, std::string summary) {
  Outcome outcome;
  outcome.summary = std::move(summary);
  outcome.reason = std::move(reason);
  return outcome;
}

Outcome run_once(const ChecklistEntry& entry, const RunSettings& settings,
                 const CheckContext& context) {
  try {
    return hold_to_rules(entry, entry.check->run(context));
  } catch (const CannotTell& e) {
    return errored(e.reason(), e.what());
  } catch (const std::exception& e) {
    try {
      if (settings.explain) {
        auto unknown = settings.explain(e);
        return errored(std::move(unknown.reason), std::move(unknown.message));
      }
    } catch (...) {
      return errored("internal-error", "the error of this check could not be read");
    }
    return errored("internal-error", e.what());
  } catch (...) {
    return errored("internal-error", "this check threw something that is no exception");
  }
}

}  // namespace

Outcome hold_to_rules(const ChecklistEntry& entry, Outcome outcome) {
  const auto refuse = [&](std::string reason, std::string why) {
    outcome.status = Status::errored;
    outcome.reason = std::move(reason);
    outcome.summary = outcome.summary.empty() ? why : fmt::format("{} ({})", why, outcome.summary);
  };
  if (outcome.status == Status::skipped) {
    refuse("contradiction", "the check skipped itself, which no check may");
  } else if (is_green(outcome.status)) {
    const auto unsettled = std::ranges::any_of(
        outcome.evidence, [](const Evidence& fact) { return !is_green(fact.status); });
    if (unsettled)
      refuse("contradiction", "the check passed over a fact that is not green");
    else if (outcome.evidence.empty())
      refuse("no-evidence", "the check passed without any evidence");
    else if (outcome.examined == 0 && !entry.allow_empty)
      refuse("nothing-examined", "nothing was there to examine");
  }
  if (outcome.status == Status::errored && outcome.reason.empty()) outcome.reason = "unknown";
  return outcome;
}

Attempted attempt(const ChecklistEntry& entry, const RunSettings& settings, Clock& clock,
                  const AttemptLimits& limits) {
  const auto wait = entry.wait.patience.count() > 0 ? entry.wait : settings.wait.value_or(Wait{});
  const auto patience_ends = clock.now() + wait.patience;
  Attempted result;
  for (;;) {
    result.decided_from = clock.now();
    const auto must_end = std::min(result.decided_from + entry.timeout, limits.run_deadline);
    if (limits.on_begin) limits.on_begin(must_end);
    ++result.attempts;
    const CheckContext context{*settings.clients, must_end, limits.stop,
                               result.attempts == 1 ? limits.fresh_since : result.decided_from};
    result.outcome = run_once(entry, settings, context);

    const auto next = clock.now() + wait.every;
    const bool over =
        wait.every.count() == 0 || next > patience_ends || next >= limits.run_deadline;
    if (is_green(result.outcome.status) || over || limits.stop.stop_requested()) break;
    if (limits.on_retry) limits.on_retry(result.outcome, result.attempts);
    clock.sleep_until(next, limits.stop);
    if (limits.stop.stop_requested()) break;
  }
  if (result.attempts > 1 && !is_green(result.outcome.status))
    result.outcome.summary += fmt::format(" (waited {} for it to come true, {} attempts)",
                                          format_duration(wait.patience), result.attempts);
  return result;
}

}  // namespace postflight
