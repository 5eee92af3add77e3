#include <catch2/catch_test_macros.hpp>

#include <latch>

#include "tests/runner/staged_run.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

TEST_CASE("a check that may become true is asked until it is", "[run][wait]") {
  TimedRun staged;
  std::vector<ManualClock::Moment> fresh;
  staged.add("a", answers({bad(), Outcome{}, good()}, &fresh)).wait = {1min, 5s};
  {
    const auto running = staged.run_beside();
    staged.clock.pass_to(5s);
    staged.clock.pass_to(10s);
  }
  CHECK(staged.of("a").status == Status::passed);
  CHECK(staged.of("a").attempts == 3);
  CHECK(staged.of("a").duration == 10s);
  CHECK(staged.of("a").summary == "all is well");
  const ManualClock::Moment start{};
  CHECK(fresh == std::vector{start, start + 5s, start + 10s});
}

TEST_CASE("a warning is green: nothing is waited for", "[run][wait]") {
  TimedRun staged;
  auto warning = good();
  warning.status = Status::warned;
  staged.add("a", warning).wait = {1min, 5s};
  staged.run();
  CHECK(staged.of("a").status == Status::warned);
  CHECK(staged.of("a").attempts == 1);
}

TEST_CASE("when the patience ends the last outcome decides, and says how long it was waited for",
          "[run][wait]") {
  TimedRun staged;
  staged.add("a", answers({Outcome{}, bad("first"), bad("second"), bad("last")})).wait = {12s, 5s};
  {
    const auto running = staged.run_beside();
    for (const auto moment : {5s, 10s, 12s}) staged.clock.pass_to(moment);
  }
  CHECK(staged.of("a").status == Status::failed);
  CHECK(staged.of("a").attempts == 4);
  CHECK(staged.of("a").summary == "last (waited 12s for it to come true, 4 attempts)");
}

TEST_CASE("what cannot be told is asked again as well", "[run][wait]") {
  TimedRun staged;
  auto tries = std::make_shared<std::atomic<int>>(0);
  staged
      .add("a",
           [tries](const CheckContext&) -> Outcome {
             if ((*tries)++ == 0) throw CannotTell("refused", "nobody listens yet");
             return good();
           })
      .wait = {1min, 5s};
  {
    const auto running = staged.run_beside();
    staged.clock.pass_to(5s);
  }
  CHECK(staged.of("a").status == Status::passed);
}

TEST_CASE("what an earlier attempt found and is gone later is unknown, not skipped",
          "[run][wait]") {
  const auto gone = [] {
    Outcome outcome;
    outcome.reason = not_installed;
    outcome.summary = "nobody serves it";
    return outcome;
  }();
  const std::string found = "an earlier attempt found it, and now it is gone: nobody serves it";
  {
    TimedRun staged;
    auto& entry = staged.add("a", answers({bad(), gone}));
    entry.when_installed = true;
    entry.wait = {5s, 5s};
    {
      const auto running = staged.run_beside();
      staged.clock.pass_to(5s);
    }
    CHECK(staged.of("a").status == Status::errored);
    CHECK(staged.of("a").reason == not_installed);
    CHECK(staged.of("a").summary == found + " (waited 5s for it to come true, 2 attempts)");
  }
  {
    TimedRun staged;
    auto& entry = staged.add("a", answers({bad(), gone, good()}));
    entry.when_installed = true;
    entry.wait = {1min, 5s};
    {
      const auto running = staged.run_beside();
      for (const auto moment : {5s, 10s}) staged.clock.pass_to(moment);
    }
    CHECK(staged.of("a").status == Status::passed);
  }
  {
    TimedRun staged;
    auto& entry = staged.add("a", answers({good(), gone}));
    entry.when_installed = true;
    entry.hold = {1min, 15s};
    {
      const auto running = staged.run_beside();
      staged.clock.pass_to(15s);
    }
    CHECK(staged.of("a").status == Status::errored);
    CHECK(staged.of("a").summary == found + " (it held for 0s, 1 sample, then not at 20:00:15Z)");
  }
}

TEST_CASE("the wait of the run is for checks that have none of their own", "[run][wait]") {
  TimedRun staged;
  staged.settings.wait = Wait{4s, 2s};
  staged.add("a", answers({bad(), good()}));
  staged.add("b", answers({bad(), good()})).wait = {10s, 5s};
  {
    const auto running = staged.run_beside();
    staged.events.await("attempt 1 of a");
    staged.events.await("attempt 1 of b");
    staged.clock.pass_to(2s);
    staged.events.await("finished a");
    staged.clock.pass_to(5s);
  }
  CHECK(staged.of("a").duration == 2s);
  CHECK(staged.of("b").duration == 5s);
}

TEST_CASE("checks that wait hold no thread", "[run][wait]") {
  TimedRun staged;
  staged.settings.jobs = 1;
  staged.add("a", answers({bad(), good()})).wait = {1min, 30s};
  staged.add("b", answers({bad(), good()})).wait = {1min, 20s};
  staged.add("c", good());
  {
    const auto running = staged.run_beside();
    staged.events.await("finished c");
    staged.clock.pass_to(20s);
    staged.events.await("finished b");
    staged.clock.pass_to(30s);
  }
  CHECK(totals_of(staged.result.record).passed == 3);
}

TEST_CASE("a need that came true late makes those that need it run afresh", "[run][wait]") {
  TimedRun staged;
  std::vector<ManualClock::Moment> fresh, fresh_after;
  staged.add("base", answers({bad(), good()})).wait = {1min, 5s};
  staged.add("after", answers({bad("too early"), good()}, &fresh), {"base"});
  staged.add("far", answers({bad("too early"), good()}, &fresh_after), {"after"});
  staged.add("beside", bad());
  {
    const auto running = staged.run_beside();
    staged.clock.pass_to(5s);
  }
  CHECK(staged.of("base").status == Status::passed);
  CHECK(staged.of("after").status == Status::passed);
  CHECK(staged.of("after").attempts == 1);
  CHECK(staged.of("far").status == Status::passed);
  const ManualClock::Moment start{};
  CHECK(fresh == std::vector{start, start + 5s});
  CHECK(fresh_after == std::vector{start, start + 5s});
}

TEST_CASE("a green found before the need came true does not count either", "[run][wait]") {
  TimedRun staged;
  staged.add("base", answers({bad(), good()})).wait = {1min, 5s};
  staged.add("after", answers({good(), bad("now it is broken")}), {"base"});
  {
    const auto running = staged.run_beside();
    staged.clock.pass_to(5s);
  }
  CHECK(staged.of("after").status == Status::failed);
  CHECK(staged.of("after").summary == "now it is broken");
}

TEST_CASE("a check that runs while its need comes true late is stopped and runs afresh",
          "[run][wait]") {
  TimedRun staged;
  std::latch begun(1);
  std::atomic<int> runs = 0, together = 0;
  auto tries = std::make_shared<std::atomic<int>>(0);
  staged
      .add("base",
           [&, tries](const CheckContext&) {
             if ((*tries)++ > 0) return good();
             begun.wait();
             return bad();
           })
      .wait = {1min, 5s};
  staged.add("after",
             [&](const CheckContext& context) {
               CHECK(++together == 1);
               if (++runs == 1) {
                 std::promise<void> asked;
                 const std::stop_callback stop(context.stop, [&] { asked.set_value(); });
                 begun.count_down();
                 asked.get_future().wait();
               }
               --together;
               return runs == 1 ? bad("it was stopped") : good();
             },
             {"base"});
  {
    const auto running = staged.run_beside();
    staged.clock.pass_to(5s);
  }
  CHECK(staged.of("after").status == Status::passed);
  CHECK(runs == 2);
}

TEST_CASE("what was found while the need held from the first is kept", "[run][wait]") {
  TimedRun staged;
  Gate gate;
  std::atomic<int> runs = 0;
  staged.add("base", [&](const CheckContext&) {
    gate.wait();
    return good();
  });
  staged.add("after",
             [&](const CheckContext&) {
               ++runs;
               gate.open();
               return bad();
             },
             {"base"});
  staged.run();
  CHECK(runs == 1);
  CHECK(staged.of("after").status == Status::failed);
}

TEST_CASE("a wait that the run's deadline cuts off leaves the answer open", "[run][wait]") {
  TimedRun staged;
  staged.settings.deadline = 8s;
  staged.add("a", bad("not yet")).wait = {1min, 5s};
  {
    const auto running = staged.run_beside();
    staged.clock.pass_to(5s);
  }
  const auto& result = staged.of("a");
  CHECK(result.status == Status::errored);
  CHECK(result.reason == "timeout");
  CHECK(result.summary ==
        "the run's deadline of 8s leaves no time to wait for it 1m; last: not yet");
  CHECK(result.evidence.size() == 1);
  CHECK(result.attempts == 2);
}

}  // namespace
}  // namespace postflight::test
