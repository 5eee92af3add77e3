// How the verdicts of checks depend on each other, and the record. When attempts are made is in
// execution.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "runner/execution.hpp"
#include "runner/folding.hpp"
#include "runner/results.hpp"

namespace postflight {

void Execution::settle_if_ready(std::size_t index) {
  const auto& slot = slots_[index];
  if (slot.phase == Phase::settled || slot.open_needs > 0) return;
  if (slot.is_blocked)
    settle_as_blocked(index);
  else if (slot.phase == Phase::found)
    settle(index);
}

void Execution::settle(std::size_t index) {
  auto& slot = slots_[index];
  slot.satisfies = is_green(slot.outcome.status);
  slot.result.attempts = slot.attempts;
  if (slot.attempts > 0)
    slot.result.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(slot.ended - slot.began);
  put_outcome(slot.result, std::move(slot.outcome));
  publish(index);
}

void Execution::settle_skipped(std::size_t index, std::string_view reason, std::string summary) {
  auto& result = slots_[index].result;
  result.status = Status::skipped;
  result.reason = reason;
  result.summary = std::move(summary);
  result.started = {};  // what it may have begun counts for nothing
  publish(index);
}

// The root cause is what to look at, not the checks that it blocked on the way.
void Execution::settle_as_blocked(std::size_t index) {
  auto& slot = slots_[index];
  auto& roots = slot.result.blocked_by;
  std::string summary;
  const auto add = [&](const std::string& root, bool left_out) {
    if (std::ranges::find(roots, root) != roots.end()) return;
    summary += fmt::format("{}{}{}", roots.empty() ? "blocked by " : ", ", root,
                           left_out ? " (not selected)" : "");
    roots.push_back(root);
  };
  for (const auto need : slot.planned->needs) {
    const auto& needed = slots_[need];
    if (needed.satisfies) continue;
    if (needed.result.blocked_by.empty()) add(needed.result.id, !needed.planned->selected);
    for (const auto& root : needed.result.blocked_by) add(root, false);
  }
  settle_skipped(index, runner_reason::blocked, std::move(summary));
}

void Execution::publish(std::size_t index) {
  auto& slot = slots_[index];
  auto& result = slot.result;
  if (!make_fit_to_show(result)) slot.satisfies = false;
  slot.phase = Phase::settled;
  --open_;
  just_settled_.push_back(index);
  notify([&](RunObserver& observer) { observer.on_finished(result); });
}

// False when it cannot be: then nothing of it is left.
bool Execution::make_fit_to_show(CheckResult& result) const {
  try {
    if (settings_.redactor != nullptr) redact(result, *settings_.redactor);
    bound(result);
    return true;
  } catch (const std::exception&) {  // out of memory: rather nothing than a secret
    result.evidence.clear();
    result.status = Status::errored;
    result.summary = result.title = result.hint = result.section = result.page = "";
    result.reason = "internal-error";
    return false;
  }
}

// Tells those that need what was settled; that may settle them in turn.
void Execution::propagate() {
  for (std::size_t next = 0; next < just_settled_.size(); ++next) {
    const auto index = just_settled_[next];
    const auto& slot = slots_[index];
    if (slot.satisfies && slot.came_true) run_dependents_again(index);
    for (const auto dependent : slot.dependents) {
      auto& waiting = slots_[dependent];
      if (waiting.phase == Phase::settled) continue;
      --waiting.open_needs;
      if (!slot.satisfies) block(dependent);
      if (waiting.open_needs == 0 && early_.erase(dependent) > 0) ready_.insert(dependent);
      settle_if_ready(dependent);
    }
  }
  just_settled_.clear();
}

// Stops the check and all that need it, however far: they are settled once all their needs are, so
// that the record names every root and does not depend on who was faster.
void Execution::block(std::size_t index) {
  std::vector<std::size_t> to_block{index};
  while (!to_block.empty()) {
    const auto blocked = to_block.back();
    to_block.pop_back();
    auto& slot = slots_[blocked];
    if (slot.is_blocked || slot.phase == Phase::settled) continue;
    slot.is_blocked = true;
    dequeue(blocked);
    if (slot.attempt != nullptr) stop_attempt(*slot.attempt);
    slot.attempt = nullptr;
    slot.runs_again = false;
    slot.phase = Phase::idle;
    to_block.insert(to_block.end(), slot.dependents.begin(), slot.dependents.end());
  }
}

// It came true only after waiting: what was begun before that, on the strength of it, is thrown
// away and asked afresh. Called when it came true and, if it then holds, once more at its end:
// what was begun since then stays.
void Execution::run_dependents_again(std::size_t index) {
  const auto since = slots_[index].came_true.value();
  std::vector<std::size_t> to_visit{index};
  std::set<std::size_t> seen;
  while (!to_visit.empty()) {
    const auto visited = to_visit.back();
    to_visit.pop_back();
    for (const auto dependent : slots_[visited].dependents) {
      auto& slot = slots_[dependent];
      if (slot.phase == Phase::settled || slot.is_blocked || !seen.insert(dependent).second)
        continue;
      to_visit.push_back(dependent);
      slot.fresh_since = std::max(slot.fresh_since, since);
      if (slot.attempts == 0 || slot.began >= since) continue;
      slot.attempts = 0;
      slot.outcome = {};
      slot.came_true.reset();
      slot.holding.reset();
      slot.result.held = false;
      if (slot.phase == Phase::running) {
        slot.runs_again = true;
        stop_attempt(*slot.attempt);
      } else {
        dequeue(dependent);
        enqueue(dependent);
      }
    }
  }
}

void Execution::note_beginning(Attempt& attempt) {
  auto& times = attempt_times_[std::string(attempt.id)];
  attempt.ordinal = times.size();
  attempt.today = replayed_ ? replayed_->beginning(attempt.id, attempt.ordinal) : clock_.today();
  attempt.clock = &clock_;
  attempt.is_replayed = replayed_.has_value();
  times.push_back({attempt.today, {}});
}

void Execution::note_return(const Attempt& attempt) {
  attempt_times_.find(attempt.id)->second[attempt.ordinal].took =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - attempt.began);
}

std::vector<std::shared_ptr<Attempt>> Execution::attempts_back() {
  return replayed_ ? replayed_->wait_until(next_moment(), crew_, in_flight_, stop_)
                   : crew_.wait_until(next_moment(), clock_);
}

void Execution::notify(const std::function<void(RunObserver&)>& tell) {
  if (settings_.observer == nullptr) return;
  try {
    tell(*settings_.observer);
  } catch (...) {  // whoever watches must not cost the run its record
  }
}

RunResult Execution::result() {
  RunResult result;
  result.abandoned = crew_.busy();
  auto& record = result.record;
  record.checklist = plan_.name;
  record.target = settings_.target;
  if (settings_.redactor != nullptr)
    for (auto* text : {&record.checklist, &record.target})
      *text = settings_.redactor->redact(*text);
  record.started = started_at_;
  record.duration = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - started_);
  record.fail_on_warn = settings_.fail_on_warn;
  record.shard = plan_.shard;
  if (was_interrupted_) {
    const auto signal = settings_.interrupted_by ? settings_.interrupted_by() : 0;
    record.interrupted_by = signal == 0 ? SIGTERM : signal;
  }
  for (auto& slot : slots_) {
    make_fit_to_show(slot.result);  // a later check may have learned a secret that this one quotes
    record.checks.push_back(std::move(slot.result));
  }
  fold_causes(record.checks);
  // What was cut off by a signal says nothing about how long it takes.
  if (was_interrupted_)
    for (auto& [id, times] : attempt_times_)
      std::erase_if(times, [](const AttemptTime& time) { return !time.took; });
  result.attempts = std::move(attempt_times_);
  return result;
}

}  // namespace postflight
