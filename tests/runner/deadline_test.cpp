#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <csignal>
#include <latch>

#include "runner/exit_code.hpp"
#include "tests/runner/staged_run.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

// A check that ignores its deadline and its stop token until it is let go. What it captures is
// shared: it may outlive the test case.
class Hanging {
 public:
  FakeCheck::Body body() const {
    return [state = state_](const CheckContext&) {
      state->begun.count_down();
      state->release.wait();
      state->gone.open();
      return good();
    };
  }
  void wait_until_begun() const { state_->begun.wait(); }
  void let_go() const {
    state_->release.open();
    state_->gone.wait();
  }

 private:
  struct State {
    std::latch begun{1};
    Gate release, gone;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// Waits for the stop token, as a client does.
Outcome until_stopped(const CheckContext& context) {
  std::promise<void> asked;
  const std::stop_callback stop(context.stop, [&] { asked.set_value(); });
  asked.get_future().wait();
  throw CannotTell("interrupted", "the answer was not waited for");
}

TEST_CASE("a check that overruns its timeout is errored, and the others go on", "[run][deadline]") {
  StagedRun staged;
  ManualClock clock;
  staged.settings.clock = &clock;
  staged.settings.jobs = 1;
  const Hanging hanging;
  staged.add("hangs", hanging.body()).timeout = 5s;
  staged.add("after", good(), {"hangs"});
  staged.add("other", good());
  {
    const auto running = staged.run_beside();
    hanging.wait_until_begun();
    clock.pass_to(6s);
  }
  CHECK(staged.of("hangs").status == Status::errored);
  CHECK(staged.of("hangs").reason == "timeout");
  CHECK(staged.of("hangs").summary == "no answer within 5s, and the check did not come back");
  CHECK(staged.of("hangs").attempts == 1);
  CHECK(staged.of("after").blocked_by == Words{"hangs"});
  CHECK(staged.of("other").status == Status::passed);
  CHECK(staged.result.abandoned == 1);
  hanging.let_go();
}

TEST_CASE("a check that hangs is not tried again", "[run][deadline]") {
  StagedRun staged;
  ManualClock clock;
  staged.settings.clock = &clock;
  const Hanging hanging;
  auto& entry = staged.add("hangs", hanging.body());
  entry.timeout = 5s;
  entry.wait = {1min, 5s};
  {
    const auto running = staged.run_beside();
    hanging.wait_until_begun();
    clock.pass_to(6s);
  }
  CHECK(staged.of("hangs").attempts == 1);
  CHECK(staged.of("hangs").reason == "timeout");
  hanging.let_go();
}

TEST_CASE("a thread that comes back late disturbs nothing", "[run][deadline]") {
  StagedRun staged;
  ManualClock clock;
  staged.settings.clock = &clock;
  const Hanging hanging;
  Gate gate;
  staged.add("hangs", hanging.body()).timeout = 5s;
  staged.add("longer", [&](const CheckContext&) {
    gate.wait();
    return good();
  });
  {
    const auto running = staged.run_beside();
    hanging.wait_until_begun();
    clock.pass_to(6s);
    staged.events.await("finished hangs");
    hanging.let_go();
    gate.open();
  }
  CHECK(staged.of("hangs").reason == "timeout");
  CHECK(staged.of("longer").status == Status::passed);
}

TEST_CASE("at the run's deadline what has not ended is errored, and the rest stands",
          "[run][deadline]") {
  StagedRun staged;
  ManualClock clock;
  staged.settings.clock = &clock;
  staged.settings.deadline = 10s;
  staged.settings.jobs = 3;
  staged.add("done", good());
  staged.add("slow", until_stopped);
  staged.add("held", good(), {"slow"});
  staged.add("next", until_stopped);
  // Runs on the one thread that is free, after `held` has come back.
  std::latch held_is_back(1);
  staged.add("probe",
             [&](const CheckContext& context) {
               held_is_back.count_down();
               return until_stopped(context);
             },
             {"slow"});
  {
    const auto running = staged.run_beside();
    held_is_back.wait();
    clock.pass_to(10s + 250ms);
  }
  CHECK(staged.of("done").status == Status::passed);
  for (const std::string id : {"slow", "held", "next", "probe"}) {
    INFO(id);
    CHECK(staged.of(id).status == Status::errored);
    CHECK(staged.of(id).reason == "timeout");
  }
  CHECK(staged.of("slow").summary == "the run's deadline of 10s passed before this was known");
  CHECK(staged.of("held").summary ==
        "the run's deadline of 10s passed before this was known; last: all is well");
  CHECK(staged.result.abandoned == 0);
  CHECK(staged.result.record.interrupted_by == 0);
  CHECK(exit_code_of(staged.result.record) == 2);
}

TEST_CASE("nothing is begun once the run's deadline has come", "[run][deadline]") {
  StagedRun staged;
  ManualClock clock;
  staged.settings.clock = &clock;
  staged.settings.deadline = 10s;
  staged.settings.jobs = 1;
  staged.add("first", [&](const CheckContext&) {
    clock.jump_to(10s);
    return good();
  });
  staged.add("second", good());
  {
    const auto running = staged.run_beside();
    staged.events.await("finished first");
    clock.pass_to(10s + 250ms);
  }
  CHECK(staged.of("first").status == Status::passed);
  CHECK(staged.of("second").reason == "timeout");
  CHECK(staged.of("second").attempts == 0);
  CHECK(staged.of("second").started == std::chrono::system_clock::time_point{});
}

TEST_CASE("a stop ends the run with every check in the record", "[run][stop]") {
  StagedRun staged;
  staged.settings.interrupted_by = [] { return SIGINT; };
  staged.settings.jobs = 2;
  std::latch begun(1);
  staged.add("done", good());
  staged.add("fails", bad());
  staged.add("slow",
             [&](const CheckContext& context) {
               begun.count_down();
               return until_stopped(context);
             },
             {"done", "fails-not"});
  staged.add("fails-not", good());
  staged.add("waits", bad("not yet")).wait = {5min, 5min};
  staged.add("blocked", good(), {"fails"});
  staged.add("left-out", good());
  staged.selection.skip = {"left-out"};
  {
    const auto running = staged.run_beside();
    begun.wait();
    staged.stop.request_stop();
  }
  CHECK(staged.of("slow").status == Status::errored);
  CHECK(staged.of("slow").reason == "interrupted");
  CHECK(staged.of("slow").summary == "the run was interrupted before this was known");
  CHECK(staged.of("waits").reason == "interrupted");
  CHECK(staged.of("left-out").reason == "not-selected");
  CHECK(staged.result.record.interrupted_by == SIGINT);
  CHECK(exit_code_of(staged.result.record) == 130);
  CHECK(staged.result.abandoned == 0);
}

TEST_CASE("a run that is stopped before it begins examines nothing", "[run][stop]") {
  StagedRun staged;
  staged.add("a", good());
  staged.stop.request_stop();
  staged.run();
  CHECK(staged.of("a").attempts == 0);
  CHECK(staged.of("a").reason == "interrupted");
  CHECK(staged.result.record.interrupted_by == SIGTERM);
  CHECK(exit_code_of(staged.result.record) == 143);
}

TEST_CASE("a stop that comes when all is known changes nothing", "[run][stop]") {
  StagedRun staged;
  staged.settings.interrupted_by = [] { return SIGTERM; };
  staged.add("a", good());
  staged.run();
  staged.stop.request_stop();
  CHECK(staged.result.record.interrupted_by == 0);
  CHECK(staged.of("a").status == Status::passed);
}

TEST_CASE("a check that does not stop is left behind after a second of grace", "[run][stop]") {
  StagedRun staged;
  ManualClock clock;
  staged.settings.clock = &clock;
  const Hanging hanging;
  staged.add("hangs", hanging.body());
  {
    const auto running = staged.run_beside();
    hanging.wait_until_begun();
    staged.stop.request_stop();
    clock.pass_to(1s);
  }
  CHECK(staged.of("hangs").reason == "interrupted");
  CHECK(staged.result.abandoned == 1);
  hanging.let_go();
}

TEST_CASE("a blocked check that does not stop is left behind too", "[run][deadline]") {
  StagedRun staged;
  ManualClock clock;
  staged.settings.clock = &clock;
  const Hanging hanging;
  staged.add("hangs", hanging.body(), {"fails"});
  staged.add("fails", [&](const CheckContext&) {
    hanging.wait_until_begun();
    return bad();
  });
  {
    const auto running = staged.run_beside();
    clock.pass_to(1s);
  }
  CHECK(staged.of("hangs").reason == "blocked");
  CHECK(staged.result.abandoned == 1);
  hanging.let_go();
}

}  // namespace
}  // namespace postflight::test
