#include "runner/execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace postflight {
namespace {

constexpr std::chrono::milliseconds grace{1000};  // for a check to notice that its time is over
constexpr std::chrono::milliseconds look_again{50};
// Clients end at the deadline by themselves and say what they were waiting for: better than our
// words.
constexpr std::chrono::milliseconds last_word{250};

bool is_satisfying(Status natural) { return is_green(natural); }

}  // namespace

Execution::Execution(const Plan& plan, const RunSettings& settings)
    : plan_(plan),
      settings_(settings),
      clock_(settings.clock == nullptr ? system_clock() : *settings.clock),
      started_(clock_.now()),
      started_at_(clock_.today()),
      deadline_(started_ + settings.deadline),
      slots_(plan.checks.size()) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    auto& slot = slots_[i];
    slot.planned = &plan.checks[i];
    const auto& entry = *slot.planned->entry;
    slot.result.id = entry.id;
    slot.result.kind = entry.kind == nullptr ? "" : std::string(entry.kind->name);
    slot.result.title = entry.title;
    slot.result.section = entry.section;
    slot.result.severity = entry.severity;
    slot.result.hint = entry.hint;
    slot.result.page = entry.page;
    slot.result.started = started_at_;
  }
}

RunResult Execution::complete(std::stop_token stop) {
  {
    std::unique_lock lock(mutex_);
    settle_all();
    const auto wanted = std::max<std::size_t>(1, std::min(settings_.jobs, slots_.size()));
    for (std::size_t i = 0; i < wanted && !all_settled(); ++i) add_thread();
  }
  const std::stop_callback wake(stop, [this] { changed_.notify_all(); });
  bool over = false;
  for (;;) {
    std::vector<std::stop_source> stopping;
    bool done = false;
    {
      std::unique_lock lock(mutex_);
      if (!all_settled() && to_stop_.empty()) changed_.wait_for(lock, look_again);
      if (!over && stop.stop_requested()) {
        over = true;
        stop_everything("interrupted", "the run was interrupted before this was known");
      } else if (!over && clock_.now() >= deadline_ + last_word) {
        over = true;
        stop_everything("timeout",
                        fmt::format("the run's deadline of {} passed before this was known",
                                    format_duration(settings_.deadline)));
      }
      give_up_overdue();
      stopping.swap(to_stop_);
      done = all_settled();
    }
    // Outside the lock: a client's stop callback may take locks of its own.
    for (auto& source : stopping) source.request_stop();
    if (done && stopping.empty()) break;
  }
  std::unique_lock lock(mutex_);
  closing_ = true;
  changed_.notify_all();
  // Threads of blocked checks are still on their way back; those that do not come are lost.
  const auto give_up_at = std::chrono::steady_clock::now() + grace;
  changed_.wait_until(lock, give_up_at, [this] { return threads_ <= lost_; });
  lost_ = threads_;
  return result();
}

void Execution::add_thread() {
  ++threads_;
  std::thread([self = shared_from_this()] { self->work(); }).detach();
}

void Execution::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Slot* slot = nullptr;
    changed_.wait(lock, [&] { return closing_ || (slot = next_job()) != nullptr; });
    if (closing_) break;
    try_out(*slot, lock);
  }
  --threads_;
  changed_.notify_all();
}

Execution::Slot* Execution::next_job() {
  Slot* speculative = nullptr;
  for (auto& slot : slots_) {
    if (slot.phase != Phase::waiting) continue;
    if (needs_are_met(slot)) return &slot;
    if (speculative == nullptr) speculative = &slot;
  }
  return speculative;
}

void Execution::try_out(Slot& slot, std::unique_lock<std::mutex>& lock) {
  slot.phase = Phase::running;
  const auto generation = ++slot.generation;
  slot.stop = std::stop_source();
  slot.must_end = deadline_;
  if (!slot.has_begun) {
    slot.has_begun = true;
    slot.began = clock_.now();
    slot.result.started = clock_.today();
  }
  AttemptLimits limits;
  limits.fresh_since = slot.rerun ? clock_.now() : started_;
  limits.run_deadline = deadline_;
  limits.stop = slot.stop.get_token();
  limits.on_begin = [this, &slot, generation](Moment must_end) {
    const std::scoped_lock inner(mutex_);
    if (slot.generation == generation) slot.must_end = must_end;
  };
  const auto& entry = *slot.planned->entry;
  limits.on_retry = [this, &entry](const Outcome& outcome, int number) {
    notify([&](RunObserver& observer) { observer.on_attempt(entry, outcome, number); });
  };
  lock.unlock();
  notify([&](RunObserver& observer) { observer.on_started(entry); });
  auto found = attempt(entry, settings_, clock_, limits);
  lock.lock();
  if (slot.generation != generation) return;  // settled without it, or to be run afresh
  slot.found = std::move(found);
  slot.phase = Phase::found;
  settle_all();
  changed_.notify_all();
}

bool Execution::needs_are_met(const Slot& slot) const {
  return std::ranges::all_of(slot.planned->needs, [&](std::size_t need) {
    return slots_[need].phase == Phase::settled && slots_[need].satisfies;
  });
}

// The moment since when all needs are known to hold. Needs that held at their first try held
// since the start of the run, as far as anyone can tell.
Execution::Moment Execution::needs_were_met_at(const Slot& slot) const {
  auto moment = started_;
  for (const auto need : slot.planned->needs) {
    const auto& needed = slots_[need];
    if (needed.found.attempts > 1 || needed.rerun)
      moment = std::max(moment, needed.found.decided_from);
  }
  return moment;
}

// Settling one check may settle those that need it, in any order of the checklist.
void Execution::settle_all() {
  for (bool again = true; again;) {
    again = false;
    for (auto& slot : slots_)
      if (slot.phase != Phase::settled && settle_by_needs(slot)) again = true;
  }
  if (all_settled()) changed_.notify_all();
}

bool Execution::settle_by_needs(Slot& slot) {
  const auto& entry = *slot.planned->entry;
  if (!slot.planned->selected) {
    settle_skipped(slot, "not-selected", "not selected");
    return true;
  }
  if (entry.waiver) {
    const std::chrono::sys_days until(entry.waiver->until);
    if (!entry.waiver->until.ok() || started_at_ < until + std::chrono::days(1)) {
      slot.satisfies = true;  // known, and gone on with
      settle_skipped(slot, "waived", "waived: " + entry.waiver->reason);
      return true;
    }
  }
  for (const auto need : slot.planned->needs) {
    const auto& needed = slots_[need];
    if (needed.phase != Phase::settled || needed.satisfies) continue;
    // The root cause is what to look at: not the checks that it blocked on the way.
    const auto roots =
        needed.result.blocked_by.empty() ? std::vector{needed.result.id} : needed.result.blocked_by;
    for (const auto& root : roots)
      if (std::ranges::find(slot.result.blocked_by, root) == slot.result.blocked_by.end())
        slot.result.blocked_by.push_back(root);
  }
  if (!slot.result.blocked_by.empty()) {
    settle_skipped(slot, "blocked",
                   fmt::format("blocked by {}", fmt::join(slot.result.blocked_by, ", ")));
    return true;
  }
  if (!needs_are_met(slot)) return false;
  const auto met = needs_were_met_at(slot);
  const bool stale = slot.phase == Phase::running
                         ? slot.began < met
                         : slot.phase == Phase::found && slot.found.decided_from < met;
  if (stale) {
    to_stop_.push_back(slot.stop);
    ++slot.generation;
    slot.rerun = true;
    slot.has_begun = false;
    slot.phase = Phase::waiting;
    changed_.notify_all();
    return false;
  }
  if (slot.phase != Phase::found) return false;
  settle(slot, std::move(slot.found));
  return true;
}

void Execution::settle(Slot& slot, Attempted found) {
  auto& result = slot.result;
  slot.found.attempts = found.attempts;
  slot.found.decided_from = found.decided_from;
  slot.satisfies = is_satisfying(found.outcome.status);
  result.status = found.outcome.status;
  result.summary = std::move(found.outcome.summary);
  result.evidence = std::move(found.outcome.evidence);
  result.examined = found.outcome.examined;
  result.attempts = found.attempts;
  if (result.status == Status::errored) result.reason = std::move(found.outcome.reason);
  if (result.status == Status::failed && result.severity == Severity::advisory)
    result.status = Status::warned;
  publish(slot, clock_.now());
}

void Execution::settle_skipped(Slot& slot, const std::string& reason, const std::string& summary) {
  if (slot.phase == Phase::running) to_stop_.push_back(slot.stop);
  ++slot.generation;
  slot.result.status = Status::skipped;
  slot.result.reason = reason;
  slot.result.summary = summary;
  slot.began = clock_.now();
  publish(slot, slot.began);
}

void Execution::give_up(Slot& slot, const std::string& reason, const std::string& summary) {
  ++slot.generation;
  slot.result.status = Status::errored;
  slot.result.reason = reason;
  slot.result.summary = summary;
  if (!slot.has_begun) slot.began = clock_.now();
  publish(slot, clock_.now());
}

void Execution::publish(Slot& slot, Moment ended) {
  slot.phase = Phase::settled;
  auto& result = slot.result;
  result.duration = std::chrono::duration_cast<std::chrono::milliseconds>(ended - slot.began);
  if (settings_.redactor != nullptr) {
    const auto redact = [&](std::string& text) { text = settings_.redactor->redact(text); };
    for (auto* text : {&result.id, &result.title, &result.section, &result.summary, &result.reason,
                       &result.hint, &result.page})
      redact(*text);
    for (auto& id : result.blocked_by) redact(id);
    for (auto& fact : result.evidence) {
      redact(fact.subject);
      redact(fact.expected);
      redact(fact.observed);
    }
  }
  notify([&](RunObserver& observer) { observer.on_finished(result); });
}

void Execution::notify(const std::function<void(RunObserver&)>& tell) {
  if (settings_.observer == nullptr) return;
  const std::scoped_lock lock(observer_mutex_);
  try {
    tell(*settings_.observer);
  } catch (...) {  // whoever watches must not cost the run its record
  }
}

bool Execution::all_settled() const {
  return std::ranges::all_of(slots_, [](const Slot& slot) { return slot.phase == Phase::settled; });
}

void Execution::stop_everything(const std::string& reason, const std::string& summary) {
  for (auto& slot : slots_) {
    if (slot.phase == Phase::settled) continue;
    if (slot.phase == Phase::running) to_stop_.push_back(slot.stop);
    give_up(slot, reason, summary);
  }
}

// A check that overran its own time although every client call is bounded: it hangs. The others
// go on without it, on a thread that replaces the lost one.
void Execution::give_up_overdue() {
  bool any = false;
  for (auto& slot : slots_) {
    if (slot.phase != Phase::running || clock_.now() < slot.must_end + grace) continue;
    to_stop_.push_back(slot.stop);
    give_up(slot, "timeout",
            fmt::format("no answer within {}", format_duration(slot.planned->entry->timeout)));
    add_thread();
    any = true;
  }
  if (any) settle_all();
}

RunResult Execution::result() {
  RunResult result;
  result.abandoned = lost_;
  auto& record = result.record;
  record.checklist = plan_.name;
  record.target = settings_.target;
  record.started = started_at_;
  record.duration = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - started_);
  record.fail_on_warn = settings_.fail_on_warn;
  if (settings_.interrupted_by) record.interrupted_by = settings_.interrupted_by();
  for (const auto& slot : slots_) record.checks.push_back(slot.result);
  return result;
}

RunResult run(const Plan& plan, const RunSettings& settings, std::stop_token stop) {
  return std::make_shared<Execution>(plan, settings)->complete(std::move(stop));
}

}  // namespace postflight
