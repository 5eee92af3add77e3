#include <catch2/catch_test_macros.hpp>

#include "tests/runner/staged_run.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;

Outcome warning(const std::string& summary) {
  auto outcome = good();
  outcome.status = Status::warned;
  outcome.summary = summary;
  return outcome;
}

// Waits until all of that was told, and then lets time pass.
void pass_after(TimedRun& staged, std::initializer_list<const char*> events,
                ManualClock::Milliseconds moment) {
  for (const auto* event : events) staged.events.await(event);
  staged.clock.pass_to(moment);
}

void pass(TimedRun& staged, std::initializer_list<ManualClock::Milliseconds> moments) {
  const auto running = staged.run_beside();
  for (const auto moment : moments) staged.clock.pass_to(moment);
}

TEST_CASE("what must hold is sampled to the end of its window, each time afresh", "[run][hold]") {
  TimedRun staged;
  std::vector<ManualClock::Moment> fresh;
  staged.add("a", answers({good()}, &fresh)).hold = {35s, 15s};
  pass(staged, {15s, 30s, 35s});
  const auto& result = staged.of("a");
  CHECK(result.status == Status::passed);
  CHECK(result.summary == "all is well (held for 35s, 4 samples)");
  CHECK(result.attempts == 4);
  CHECK(result.duration == 35s);
  CHECK(result.held);
  const ManualClock::Moment start{};
  CHECK(fresh == std::vector{start, start + 15s, start + 30s, start + 35s});
  REQUIRE(result.evidence.size() == 2);
  CHECK(result.evidence[0].subject == "hold for 35s");
  CHECK(result.evidence[0].expected == "green in every sample");
  CHECK(result.evidence[0].observed ==
        "4 samples green, 20:00:00Z to 20:00:35Z, at most 15s apart");
  CHECK(result.evidence[0].status == Status::passed);
  CHECK(result.evidence[1].subject == "thing");
}

TEST_CASE("the first sample that fails ends a hold, and says what was before it", "[run][hold]") {
  TimedRun staged;
  staged.add("a", answers({good(), good(), bad()})).hold = {5min, 15s};
  pass(staged, {15s, 30s});
  const auto& result = staged.of("a");
  CHECK(result.status == Status::failed);
  CHECK(result.summary == "it is broken (it held for 15s, 2 samples, then not at 20:00:30Z)");
  CHECK(result.attempts == 3);
  CHECK(!result.held);
  REQUIRE(result.evidence.size() == 3);
  CHECK(result.evidence[0].observed ==
        "2 samples green, 20:00:00Z to 20:00:15Z, at most 15s apart; the next, at 20:00:30Z, "
        "failed");
  CHECK(result.evidence[0].status == Status::failed);
  CHECK(result.evidence[1].subject == "the last green sample, 20:00:15Z");
  CHECK(result.evidence[1].observed == "all is well");
  CHECK(result.evidence[2].status == Status::failed);
}

TEST_CASE("a sample that cannot be told leaves a hold unknown, not red", "[run][hold]") {
  TimedRun staged;
  auto tries = std::make_shared<std::atomic<int>>(0);
  staged
      .add("a",
           [tries](const CheckContext&) -> Outcome {
             if ((*tries)++ == 0) return good();
             throw CannotTell("refused", "nobody listens");
           })
      .hold = {5min, 15s};
  pass(staged, {15s});
  const auto& result = staged.of("a");
  CHECK(result.status == Status::errored);
  CHECK(result.reason == "refused");
  CHECK(result.summary == "nobody listens (it held for 0s, 1 sample, then not at 20:00:15Z)");
  CHECK(result.evidence.at(0).observed ==
        "1 sample green, 20:00:00Z; the next, at 20:00:15Z, could not find out");
}

TEST_CASE("a hold that is not green at first has nothing to hold", "[run][hold]") {
  TimedRun staged;
  staged.add("a", bad()).hold = {5min, 15s};
  staged.run();
  CHECK(staged.of("a").status == Status::failed);
  CHECK(staged.of("a").summary == "it is broken");
  CHECK(staged.of("a").attempts == 1);
}

TEST_CASE("a warning keeps a hold going, and shows in the end", "[run][hold]") {
  TimedRun staged;
  staged.add("a", answers({good(), warning("thin"), warning("thinner"), good()})).hold = {45s, 15s};
  pass(staged, {15s, 30s, 45s});
  const auto& result = staged.of("a");
  CHECK(result.status == Status::warned);
  CHECK(result.summary == "all is well (held for 45s, 4 samples)");
  CHECK(result.evidence.at(0).status == Status::warned);
  CHECK(result.evidence.at(0).observed ==
        "4 samples green, 20:00:00Z to 20:00:45Z, at most 15s apart; 2 of them warned, the first "
        "at 20:00:15Z: thin");
}

TEST_CASE("a wait is over at the first green sample, and the hold begins there", "[run][hold]") {
  TimedRun staged;
  auto& entry = staged.add("a", answers({bad(), bad(), good(), good(), bad("fell over")}));
  entry.wait = {1min, 5s};
  entry.hold = {1min, 20s};
  pass(staged, {5s, 10s, 30s, 50s});
  const auto& result = staged.of("a");
  CHECK(result.status == Status::failed);
  CHECK(result.summary == "fell over (it held for 20s, 2 samples, then not at 20:00:50Z)");
  CHECK(result.attempts == 5);
  CHECK(result.evidence.at(0).observed ==
        "2 samples green, 20:00:10Z (attempt 3, the first green one) to 20:00:30Z, at most 20s "
        "apart; the next, at 20:00:50Z, failed");
}

TEST_CASE("a wait that ends without a green leaves nothing to hold", "[run][hold]") {
  TimedRun staged;
  auto& entry = staged.add("a", bad("never"));
  entry.wait = {10s, 5s};
  entry.hold = {1min, 20s};
  pass(staged, {5s, 10s});
  CHECK(staged.of("a").status == Status::failed);
  CHECK(staged.of("a").summary == "never (waited 10s for it to come true, 3 attempts)");
}

TEST_CASE("a sample that takes longer than the pause lets a tick go by", "[run][hold]") {
  TimedRun staged;
  std::vector<ManualClock::Moment> fresh;
  staged
      .add("a",
           [&](const CheckContext& context) {
             fresh.push_back(context.fresh_since);
             if (fresh.size() == 2) staged.clock.jump_to(35s);
             return good();
           })
      .hold = {40s, 10s};
  pass(staged, {10s, 40s});
  const ManualClock::Moment start{};
  CHECK(fresh == std::vector{start, start + 10s, start + 40s});
  CHECK(staged.of("a").evidence.at(0).observed ==
        "3 samples green, 20:00:00Z to 20:00:40Z, at most 30s apart");
}

TEST_CASE("a sample that was begun within the window is not the last", "[run][hold]") {
  TimedRun staged;
  auto tries = std::make_shared<std::atomic<int>>(0);
  staged
      .add("a",
           [&staged, tries](const CheckContext&) {
             if (++*tries == 2) staged.clock.jump_to(25s);
             return *tries == 3 ? bad() : good();
           })
      .hold = {20s, 15s};
  pass(staged, {15s});
  CHECK(staged.of("a").status == Status::failed);
  CHECK(staged.of("a").attempts == 3);
}

TEST_CASE("a deadline that leaves no time for the whole hold is told at the first green sample",
          "[run][hold]") {
  TimedRun staged;
  staged.settings.deadline = 1min;
  staged.add("a", good()).hold = {1min, 15s};
  staged.add("b", bad()).hold = {1min, 15s};
  staged.run();
  CHECK(staged.of("a").status == Status::errored);
  CHECK(staged.of("a").reason == "timeout");
  CHECK(staged.of("a").summary ==
        "the run's deadline of 1m leaves no time to hold it for 1m; last: all is well");
  CHECK(staged.of("a").attempts == 1);
  CHECK(staged.of("b").status == Status::failed);
}

TEST_CASE("a hold that is interrupted is not known, and says how far it came", "[run][hold]") {
  TimedRun staged;
  staged.add("a", good()).hold = {1min, 15s};
  {
    const auto running = staged.run_beside();
    staged.clock.pass_to(15s);
    staged.clock.await_sleep_until(30s);
    staged.stop.request_stop();
  }
  CHECK(staged.of("a").status == Status::errored);
  CHECK(staged.of("a").reason == "interrupted");
  CHECK(staged.of("a").summary ==
        "the run was interrupted before this was known; last: all is well; it had held for 15s, 2 "
        "samples");
}

TEST_CASE("a sample that hangs ends a hold", "[run][hold]") {
  TimedRun staged;
  auto tries = std::make_shared<std::atomic<int>>(0);
  auto& entry = staged.add("a", [tries](const CheckContext& context) {
    if ((*tries)++ == 0) return good();
    std::promise<void> asked;
    const std::stop_callback stop(context.stop, [&] { asked.set_value(); });
    asked.get_future().wait();
    return good();
  });
  entry.hold = {1min, 15s};
  entry.timeout = 3s;
  pass(staged, {15s, 19s});
  CHECK(staged.of("a").status == Status::errored);
  CHECK(staged.of("a").reason == "timeout");
  CHECK(staged.of("a").summary ==
        "no answer within 3s, and the check did not come back (it held for 0s, 1 sample, then not "
        "at 20:00:19Z)");
}

TEST_CASE("checks that hold and need each other hold at the same time", "[run][hold]") {
  TimedRun staged;
  staged.add("base", good()).hold = {30s, 15s};
  staged.add("after", good(), {"base"}).hold = {30s, 15s};
  {
    const auto running = staged.run_beside();
    pass_after(staged, {"sample 1 of base, 30s left", "sample 1 of after, 30s left"}, 15s);
    pass_after(staged, {"sample 2 of base, 15s left", "sample 2 of after, 15s left"}, 30s);
  }
  CHECK(staged.of("base").duration == 30s);
  CHECK(staged.of("after").status == Status::passed);
  CHECK(staged.of("after").attempts == 3);
  CHECK(staged.of("after").duration == 30s);
}

TEST_CASE("what needs a check that holds waits for its verdict", "[run][hold]") {
  TimedRun staged;
  staged.add("base", answers({good(), bad()})).hold = {30s, 15s};
  staged.add("after", good(), {"base"});
  staged.add("holds", good(), {"base"}).hold = {1min, 10s};
  {
    const auto running = staged.run_beside();
    pass_after(staged, {"sample 1 of base, 30s left", "sample 1 of holds, 1m left"}, 10s);
    pass_after(staged, {"sample 2 of holds, 50s left"}, 15s);
  }
  CHECK(staged.of("base").status == Status::failed);
  CHECK(staged.of("after").reason == "blocked");
  CHECK(staged.of("holds").reason == "blocked");
  CHECK(staged.of("holds").blocked_by == std::vector<std::string>{"base"});
}

TEST_CASE("what came true late and then holds lets those that need it begin when it came true",
          "[run][hold]") {
  TimedRun staged;
  std::vector<ManualClock::Moment> fresh;
  auto& base = staged.add("base", answers({bad(), good()}));
  base.wait = {1min, 5s};
  base.hold = {20s, 10s};
  staged.add("after", answers({bad("too early"), good()}, &fresh), {"base"}).hold = {20s, 10s};
  {
    const auto running = staged.run_beside();
    pass_after(staged, {"attempt 1 of base"}, 5s);
    pass_after(staged, {"sample 2 of base, 20s left", "sample 1 of after, 20s left"}, 15s);
    pass_after(staged, {"sample 3 of base, 10s left", "sample 2 of after, 10s left"}, 25s);
  }
  CHECK(staged.of("base").status == Status::passed);
  CHECK(staged.of("after").status == Status::passed);
  const ManualClock::Moment start{};
  CHECK(fresh == std::vector{start, start + 5s, start + 15s, start + 25s});
}

TEST_CASE("the hold of the run is for checks that have none of their own", "[run][hold]") {
  TimedRun staged;
  staged.settings.hold = Hold{20s, 10s};
  staged.add("a", good());
  staged.add("b", good()).hold = {5s, 5s};
  {
    const auto running = staged.run_beside();
    pass_after(staged, {"sample 1 of a, 20s left", "sample 1 of b, 5s left"}, 5s);
    pass_after(staged, {"finished b"}, 10s);
    pass_after(staged, {"sample 2 of a, 10s left"}, 20s);
  }
  CHECK(staged.of("a").duration == 20s);
  CHECK(staged.of("b").duration == 5s);
}

TEST_CASE("whoever watches is told of each sample and what is left", "[run][hold]") {
  TimedRun staged;
  staged.add("a", good()).hold = {25s, 10s};
  pass(staged, {10s, 20s, 25s});
  for (const auto* event : {"sample 1 of a, 25s left", "sample 2 of a, 15s left",
                            "sample 3 of a, 5s left", "finished a"})
    staged.events.await(event);
}

TEST_CASE("the evidence of a hold stays small however many samples there are", "[run][hold]") {
  TimedRun staged;
  staged.settings.deadline = 1h;
  staged.add("a", good()).hold = {10min, 1s};
  {
    const auto running = staged.run_beside();
    for (auto second = 1s; second <= 10min; ++second) staged.clock.pass_to(second);
  }
  CHECK(staged.of("a").attempts == 601);
  CHECK(staged.of("a").summary == "all is well (held for 10m, 601 samples)");
  CHECK(staged.of("a").evidence.size() == 2);
}

}  // namespace
}  // namespace postflight::test
