#include "runner/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runner/replayed_time.hpp"

namespace postflight {
namespace {

Outcome errored(std::string reason, std::string summary) {
  Outcome outcome;
  outcome.summary = std::move(summary);
  outcome.reason = std::move(reason);
  return outcome;
}

Outcome explained(const std::exception& error, const Explain& explain) {
  if (!explain) return errored("internal-error", error.what());
  try {
    auto unknown = explain(error);
    auto outcome = errored(std::move(unknown.reason), std::move(unknown.message));
    outcome.cause = std::move(unknown.cause);
    return outcome;
  } catch (...) {
    return errored("internal-error", error.what());
  }
}

Outcome outcome_of(const Attempt& attempt, const Explain& explain) {
  try {
    JumpingClock jumping(attempt.began, attempt.today);
    Clock& clock = attempt.is_replayed ? static_cast<Clock&>(jumping) : *attempt.clock;
    const CheckContext context{*attempt.clients,
                               attempt.deadline,
                               attempt.stop.get_token(),
                               attempt.fresh_since,
                               attempt.id,
                               attempt.today,
                               clock};
    return attempt.check->run(context);
  } catch (const CannotTell& error) {
    return errored(error.reason(), error.what());
  } catch (const std::exception& error) {
    return explained(error, explain);
  } catch (...) {
    return errored("internal-error", "the check threw something that is no exception");
  }
}

}  // namespace

void carry_out(Attempt& attempt, const Explain& explain) noexcept {
  try {
    attempt.outcome = skipped_unless_installed(
        hold_to_rules(outcome_of(attempt, explain), attempt.allow_empty), attempt.when_installed);
  } catch (...) {  // not even the words for it could be had
    attempt.outcome = Outcome{};
    attempt.outcome.reason = "internal-error";
  }
}

Outcome skipped_unless_installed(Outcome outcome, bool when_installed) {
  if (when_installed && outcome.status == Status::errored && outcome.reason == not_installed) {
    outcome.status = Status::skipped;
    outcome.cause.clear();
  }
  return outcome;
}

Outcome hold_to_rules(Outcome outcome, bool allow_empty) {
  const auto refuse = [&](std::string reason, std::string why) {
    outcome.status = Status::errored;
    outcome.reason = std::move(reason);
    outcome.cause.clear();
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
    else if (outcome.examined == 0 && !allow_empty)
      refuse("nothing-examined", "nothing was there to examine");
  }
  if (outcome.status == Status::errored && outcome.reason.empty()) outcome.reason = "unknown";
  return outcome;
}

}  // namespace postflight
