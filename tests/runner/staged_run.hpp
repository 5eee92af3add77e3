#pragma once

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "runner/plan.hpp"
#include "runner/run.hpp"
#include "tests/runner/fake_kind.hpp"
#include "tests/runner/manual_clock.hpp"

namespace postflight::test {

inline Outcome bad(const std::string& summary = "it is broken") {
  return {Status::failed, summary, {{"thing", "well", "broken", Status::failed}}, 1, ""};
}

// Hears what happens, and lets the test wait for it.
class Events : public RunObserver {
 public:
  void on_started(const ChecklistEntry& entry) override { note("started " + entry.id); }
  void on_attempt(const ChecklistEntry& entry, const Outcome&, int attempt) override {
    note("attempt " + std::to_string(attempt) + " of " + entry.id);
  }
  void on_sample(const ChecklistEntry& entry, const Outcome&, int attempt,
                 std::chrono::milliseconds left) override {
    note("sample " + std::to_string(attempt) + " of " + entry.id + ", " + format_duration(left) +
         " left");
  }
  void on_finished(const CheckResult& result) override { note("finished " + result.id); }

  void await(const std::string& event) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return std::ranges::find(told_, event) != told_.end(); });
  }

 private:
  void note(std::string event) {
    const std::scoped_lock lock(mutex_);
    told_.push_back(std::move(event));
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> told_;
};

// A run of checks that the test writes itself, and what became of them.
struct StagedRun {
  std::vector<Checklist> checklists{1};
  Selection selection;
  RunSettings settings;
  std::stop_source stop;
  Plan plan;
  RunResult result;
  Events events;

  StagedRun() {
    checklists[0].name = "staged";
    settings.clients = &recorded_clients();
    settings.observer = &events;
  }

  // Valid until the next one is added.
  ChecklistEntry& add(const std::string& id, FakeCheck::Body body,
                      std::vector<std::string> needs = {}) {
    ChecklistEntry entry;
    entry.id = id;
    entry.kind = &echo_kind();
    entry.title = "title of " + id;
    entry.needs = std::move(needs);
    entry.check = std::make_shared<FakeCheck>(std::move(body));
    checklists[0].entries.push_back(std::move(entry));
    return checklists[0].entries.back();
  }
  ChecklistEntry& add(const std::string& id, Outcome outcome, std::vector<std::string> needs = {}) {
    return add(
        id, [outcome = std::move(outcome)](const CheckContext&) { return outcome; },
        std::move(needs));
  }

  void run() {
    plan = make_plan(checklists, selection);
    result = postflight::run(plan, settings, stop.get_token());
  }

  // In a thread of its own, so that the test can open gates and move the clock.
  std::jthread run_beside() {
    return std::jthread([this] { run(); });
  }

  const CheckResult& of(const std::string& id) const {
    const auto found = std::ranges::find(result.record.checks, id, &CheckResult::id);
    if (found == result.record.checks.end()) throw std::logic_error("no result of " + id);
    return *found;
  }
};

// Answers this, attempt by attempt; the last one from then on.
inline FakeCheck::Body answers(std::vector<Outcome> outcomes,
                               std::vector<ManualClock::Moment>* fresh = nullptr) {
  return [outcomes = std::move(outcomes), fresh,
          next = std::make_shared<std::atomic<std::size_t>>(0)](const CheckContext& context) {
    if (fresh != nullptr) fresh->push_back(context.fresh_since);
    const auto index = (*next)++;
    return outcomes.at(std::min(index, outcomes.size() - 1));
  };
}

// A run in which time passes only when the test says so.
struct TimedRun : StagedRun {
  ManualClock clock;
  TimedRun() { settings.clock = &clock; }
};

// Closed until the test opens it; many may wait.
class Gate {
 public:
  void open() { promise_.set_value(); }
  void wait() const { future_.wait(); }

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_{promise_.get_future().share()};
};

}  // namespace postflight::test
