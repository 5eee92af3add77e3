// When a check is asked again: until it comes true (wait), and then for as long as it has to stay
// so (hold).
#include <fmt/format.h>

#include <algorithm>

#include "runner/execution.hpp"
#include "runner/results.hpp"

namespace postflight {
namespace {

// An earlier attempt found it: what is gone meanwhile is no longer "not installed".
void say_it_is_gone(Outcome& outcome) {
  outcome.status = Status::errored;
  outcome.summary = "an earlier attempt found it, and now it is gone: " + outcome.summary;
}

}  // namespace

// It has an outcome. True when that is not the last word; next_attempt is then set.
bool Execution::is_asked_again(std::size_t index) {
  auto& slot = slots_[index];
  if (slot.outcome.status == Status::skipped) {
    if (slot.attempts == 1) return false;  // it will not be installed meanwhile
    say_it_is_gone(slot.outcome);
  }
  const bool green = is_green(slot.outcome.status);
  if (slot.holding && !green) {
    break_hold(slot);
    return false;
  }
  if (!green) return waits_on(slot);
  if (!slot.came_true && !slot.holding && slot.attempts > 1) {
    slot.came_true = slot.ended;
    run_dependents_again(index);
  }
  return holds_on(slot);
}

// The last attempt is made when the patience ends, so that none of it is lost.
bool Execution::waits_on(Slot& slot) {
  const auto wait = wait_of(slot);
  if (wait.patience.count() == 0) return false;
  auto& outcome = slot.outcome;
  if (slot.ended >= slot.patience_ends) {
    if (slot.attempts > 1)
      outcome.summary += fmt::format(" (waited {} for it to come true, {} attempts)",
                                     format_duration(wait.patience), slot.attempts);
    return false;
  }
  slot.next_attempt = std::min(slot.ended + wait.every, slot.patience_ends);
  if (slot.next_attempt >= deadline_) {
    leave_no_time(slot, "wait for it " + format_duration(wait.patience));
    return false;
  }
  notify([&](RunObserver& observer) {
    auto shown = outcome;
    if (settings_.redactor != nullptr) redact(shown, *settings_.redactor);
    observer.on_attempt(*slot.planned->entry, shown, slot.attempts);
  });
  return true;
}

// Likewise, the last sample begins when the window ends.
bool Execution::holds_on(Slot& slot) {
  const auto hold = hold_of(slot);
  if (hold.window.count() == 0) return false;
  if (!slot.holding) slot.holding.emplace(hold, slot.ended, slot.attempts);
  auto& holding = *slot.holding;
  holding.add(slot.outcome, slot.last_began, clock_.today());
  if (holding.is_over()) {
    slot.outcome = holding.kept(std::move(slot.outcome));
    slot.result.held = true;
    return false;
  }
  if (holding.ends() >= deadline_) {
    leave_no_time(slot, "hold it for " + format_duration(hold.window));
    return false;
  }
  slot.next_attempt = holding.next(slot.ended);
  notify([&](RunObserver& observer) {
    auto shown = slot.outcome;
    if (settings_.redactor != nullptr) redact(shown, *settings_.redactor);
    observer.on_sample(
        *slot.planned->entry, shown, slot.attempts,
        std::max(std::chrono::duration_cast<std::chrono::milliseconds>(holding.ends() - slot.ended),
                 std::chrono::milliseconds(0)));
  });
  return true;
}

void Execution::break_hold(Slot& slot) {
  slot.outcome = slot.holding->broken(std::move(slot.outcome), clock_.today());
}

void Execution::leave_no_time(Slot& slot, const std::string& what) {
  auto& outcome = slot.outcome;
  outcome.summary = fmt::format("the run's deadline of {} leaves no time to {}",
                                format_duration(settings_.deadline), what) +
                    last_finding(outcome, slot.attempts);
  outcome.status = Status::errored;
  outcome.reason = "timeout";
  outcome.cause.clear();
}

void Execution::resume_paused() {
  const auto now = clock_.now();
  while (!pauses_.empty() && pauses_.begin()->first <= now) {
    const auto index = pauses_.begin()->second;
    pauses_.erase(pauses_.begin());
    enqueue(index);
  }
}

Wait Execution::wait_of(const Slot& slot) const {
  const auto& own = slot.planned->entry->wait;
  return own.patience.count() > 0 ? own : settings_.wait.value_or(Wait{});
}

Hold Execution::hold_of(const Slot& slot) const {
  const auto& own = slot.planned->entry->hold;
  return own.window.count() > 0 ? own : settings_.hold.value_or(Hold{});
}

}  // namespace postflight
