#include "runner/execution.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runner/results.hpp"

namespace postflight {
namespace {

constexpr std::chrono::milliseconds grace{1000};     // for a check to notice that its time is over
constexpr std::chrono::hours longest_run{24 * 365};  // keeps the arithmetic of moments in bounds
// Clients end at the deadline by themselves and say what they were waiting for: better than our
// words.
constexpr std::chrono::milliseconds last_word{250};

}  // namespace

Execution::Execution(const Plan& plan, const RunSettings& settings, std::stop_token stop)
    : plan_(plan),
      settings_(settings),
      stop_(std::move(stop)),
      replayed_(settings.past == nullptr ? std::optional<ReplayedTime>()
                                         : std::optional<ReplayedTime>(*settings.past)),
      clock_(replayed_                   ? *replayed_
             : settings.clock == nullptr ? system_clock()
                                         : *settings.clock),
      started_(clock_.now()),
      started_at_(clock_.today()),
      deadline_(started_ + std::min<std::chrono::milliseconds>(settings.deadline, longest_run)),
      crew_(settings.explain),
      slots_(plan.checks.size()),
      open_(plan.checks.size()) {
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    auto& slot = slots_[index];
    slot.planned = &plan.checks[index];
    slot.open_needs = slot.planned->needs.size();
    slot.fresh_since = started_;
    slot.result = result_of(*slot.planned->entry);
    for (const auto need : slot.planned->needs) slots_[need].dependents.push_back(index);
  }
}

RunResult Execution::complete() {
  const std::stop_callback wake(stop_, [this] { crew_.wake(); });
  settle_what_is_not_run();
  for (std::size_t index = 0; index < slots_.size(); ++index)
    if (slots_[index].phase == Phase::idle && !slots_[index].is_blocked) enqueue(index);
  while (open_ > 0) {
    if (stop_.stop_requested()) {
      was_interrupted_ = true;
      cut_short("interrupted", "the run was interrupted before this was known");
      break;
    }
    start_attempts();
    propagate();
    if (open_ == 0) break;
    for (const auto& attempt : attempts_back()) came_back(attempt);
    propagate();
    if (clock_.now() >= deadline_ + last_word && !stop_.stop_requested())
      cut_short("timeout", fmt::format("the run's deadline of {} passed before this was known",
                                       format_duration(settings_.deadline)));
    give_up_overdue();
    resume_paused();
    propagate();
  }
  linger();
  return result();
}

void Execution::settle_what_is_not_run() {
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    const auto& entry = *slots_[index].planned->entry;
    if (slots_[index].planned->elsewhere) {
      settle_skipped(index, runner_reason::other_shard, "another shard runs it");
    } else if (!slots_[index].planned->selected) {
      settle_skipped(index, runner_reason::not_selected, "not selected");
    } else if (entry.waiver && std::chrono::floor<std::chrono::days>(started_at_) <=
                                   std::chrono::sys_days(entry.waiver->until)) {
      const auto& until = entry.waiver->until;
      slots_[index].satisfies = true;  // known, and gone on with
      settle_skipped(
          index, runner_reason::waived,
          fmt::format("waived until {:04}-{:02}-{:02}: {}", int(until.year()),
                      unsigned(until.month()), unsigned(until.day()), entry.waiver->reason));
    }
  }
  propagate();
}

void Execution::enqueue(std::size_t index) {
  auto& slot = slots_[index];
  slot.phase = Phase::queued;
  (slot.open_needs == 0 ? ready_ : early_).insert(index);
}

void Execution::dequeue(std::size_t index) {
  ready_.erase(index);
  early_.erase(index);
  pauses_.erase({slots_[index].next_attempt, index});
}

void Execution::start_attempts() {
  const auto jobs = std::max<std::size_t>(settings_.jobs, 1);
  while (in_flight_.size() < jobs && clock_.now() < deadline_) {
    const bool may_be_early = !settings_.in_order && !replayed_;
    auto& queue = ready_.empty() && may_be_early ? early_ : ready_;
    if (queue.empty()) return;
    const auto index = *queue.begin();
    queue.erase(queue.begin());
    begin(index);
  }
}

void Execution::begin(std::size_t index) {
  auto& slot = slots_[index];
  const auto& entry = *slot.planned->entry;
  const auto now = clock_.now();
  if (slot.attempts == 0) {
    slot.began = now;
    slot.patience_ends = now + wait_of(slot).patience;
  }
  auto attempt = std::make_shared<Attempt>();
  attempt->slot = index;
  attempt->id = entry.id;
  note_beginning(*attempt);
  attempt->check = entry.check;
  attempt->clients = settings_.clients;
  attempt->allow_empty = entry.allow_empty;
  attempt->when_installed = entry.when_installed;
  attempt->began = now;
  attempt->deadline = std::min(now + entry.timeout, deadline_);
  attempt->give_up_at = attempt->deadline + grace;
  if (slot.attempts == 0) slot.result.started = attempt->today;
  const bool may_share = slot.attempts == 0 && hold_of(slot).window.count() == 0;
  attempt->fresh_since = may_share ? slot.fresh_since : now;
  ++slot.attempts;
  slot.last_began = now;
  slot.phase = Phase::running;
  if (!slot.was_started) notify([&](RunObserver& observer) { observer.on_started(entry); });
  slot.was_started = true;
  if (crew_.start(attempt)) {
    slot.attempt = attempt;
    in_flight_.push_back(std::move(attempt));
    return;
  }
  Outcome outcome;
  outcome.reason = "no-resources";
  outcome.summary = "the system gives no thread to run this check on";
  take_outcome(index, std::move(outcome));
}

void Execution::came_back(const std::shared_ptr<Attempt>& attempt) {
  std::erase(in_flight_, attempt);
  auto& slot = slots_[attempt->slot];
  if (slot.attempt != attempt) return;  // nobody waits for it any more
  slot.attempt = nullptr;
  note_return(*attempt);
  if (slot.runs_again) {
    slot.runs_again = false;
    enqueue(attempt->slot);
  } else {
    take_outcome(attempt->slot, std::move(attempt->outcome));
  }
}

void Execution::take_outcome(std::size_t index, Outcome outcome) {
  auto& slot = slots_[index];
  slot.outcome = std::move(outcome);
  slot.ended = clock_.now();
  if (is_asked_again(index)) {
    slot.phase = Phase::pausing;
    pauses_.insert({slot.next_attempt, index});
    return;
  }
  slot.phase = Phase::found;
  settle_if_ready(index);
}

// A check that overran its own time although every client call is bounded: it hangs. The others
// go on without it, and a new thread takes the place of the lost one.
void Execution::give_up_overdue() {
  const auto now = clock_.now();
  const auto overdue =
      std::stable_partition(in_flight_.begin(), in_flight_.end(),
                            [&](const auto& attempt) { return now < attempt->give_up_at; });
  const std::vector<std::shared_ptr<Attempt>> lost(overdue, in_flight_.end());
  in_flight_.erase(overdue, in_flight_.end());
  for (const auto& attempt : lost) {
    attempt->stop.request_stop();
    auto& slot = slots_[attempt->slot];
    if (slot.attempt != attempt) continue;
    slot.attempt = nullptr;
    if (slot.runs_again) {
      slot.runs_again = false;
      enqueue(attempt->slot);
      continue;
    }
    slot.phase = Phase::found;
    slot.ended = now;
    slot.outcome = {};
    slot.outcome.reason = "timeout";
    slot.outcome.summary = fmt::format("no answer within {}, and the check did not come back",
                                       format_duration(slot.planned->entry->timeout));
    if (slot.holding) break_hold(slot);
    settle_if_ready(attempt->slot);
  }
}

void Execution::cut_short(const std::string& reason, const std::string& why) {
  for (const auto& attempt : in_flight_) stop_attempt(*attempt);
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    auto& slot = slots_[index];
    if (slot.phase == Phase::settled) continue;
    dequeue(index);
    slot.attempt = nullptr;
    slot.ended = clock_.now();
    auto summary = why + last_finding(slot.outcome, slot.attempts);
    if (slot.holding) summary += fmt::format("; it had held for {}", slot.holding->so_far());
    slot.outcome.summary = std::move(summary);
    slot.outcome.status = Status::errored;
    slot.outcome.reason = reason;
    slot.outcome.cause.clear();
    settle(index);
  }
  just_settled_.clear();  // nobody is left to be told
}

// Attempts that were stopped are on their way back: those that do not come are left behind.
void Execution::linger() {
  while (!in_flight_.empty()) {
    for (const auto& attempt : attempts_back()) std::erase(in_flight_, attempt);
    std::erase_if(in_flight_,
                  [now = clock_.now()](const auto& attempt) { return now >= attempt->give_up_at; });
  }
}

void Execution::stop_attempt(Attempt& attempt) {
  attempt.give_up_at = std::min(attempt.give_up_at, clock_.now() + grace);
  attempt.stop.request_stop();
}

Execution::Moment Execution::next_moment() const {
  auto moment = open_ > 0 ? deadline_ + last_word : Moment::max();
  if (!pauses_.empty()) moment = std::min(moment, pauses_.begin()->first);
  for (const auto& attempt : in_flight_) moment = std::min(moment, attempt->give_up_at);
  return moment;
}

RunResult run(const Plan& plan, const RunSettings& settings, std::stop_token stop) {
  return Execution(plan, settings, std::move(stop)).complete();
}

}  // namespace postflight
