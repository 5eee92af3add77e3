#include "runner/replayed_time.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>

#include "tests/runner/staged_run.hpp"

namespace postflight::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const auto past_start = std::chrono::system_clock::time_point(
                            std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}) +
                        hours(20);

}  // namespace

TEST_CASE("in order, a check starts only when all it needs have ended well", "[replay]") {
  StagedRun staged;
  staged.settings.in_order = true;
  std::atomic<bool> first_ended = false, early = false;
  staged.add("second",
             [&](const CheckContext&) {
               early = !first_ended;
               return good();
             },
             {"first"});
  staged.add("first", [&](const CheckContext&) {
    first_ended = true;
    return good();
  });
  staged.add("never", [&](const CheckContext&) { return good(); }, {"broken"});
  staged.add("broken", bad());
  staged.run();
  CHECK_FALSE(early);
  CHECK(staged.of("second").status == Status::passed);
  CHECK(staged.of("never").reason == "blocked");
  CHECK_FALSE(staged.result.attempts.contains("never"));
}

TEST_CASE("a run tells when its attempts began and how long they took", "[replay]") {
  StagedRun staged;
  ManualClock clock;
  staged.settings.clock = &clock;
  staged.settings.in_order = true;
  int attempts = 0;
  staged
      .add("slow",
           [&](const CheckContext&) {
             clock.jump_to(milliseconds(++attempts == 1 ? 250 : 6000));
             return attempts == 1 ? bad() : good();
           })
      .wait = {milliseconds(10'000), milliseconds(5000)};
  auto running = staged.run_beside();
  clock.pass_to(milliseconds(5250));
  staged.events.await("finished slow");
  running.join();
  const auto& times = staged.result.attempts.at("slow");
  REQUIRE(times.size() == 2);
  CHECK(times[0].took == milliseconds(250));
  CHECK(times[1].began - times[0].began == milliseconds(5250));
  CHECK(times[1].took == milliseconds(750));
}

TEST_CASE("a replay goes through the time of then without waiting", "[replay]") {
  StagedRun staged;
  PastRun past{past_start, {}};
  past.attempts["slow"] = {{past_start, hours(2)},
                           {past_start + hours(7), hours(2)},
                           {past_start + hours(14), hours(2)},
                           {past_start + hours(20), hours(2)}};
  staged.settings.past = &past;
  staged.settings.deadline = hours(100);
  std::vector<std::chrono::system_clock::time_point> days;
  auto& entry = staged.add("slow", [&](const CheckContext& context) {
    days.push_back(context.today);
    return bad();
  });
  entry.wait = {hours(20), hours(5)};
  entry.timeout = hours(3);
  staged.add("quick", good());
  staged.run();
  const auto& slow = staged.of("slow");
  CHECK(slow.attempts == 4);
  CHECK(slow.duration == hours(22));
  CHECK(slow.started == past_start);
  CHECK(days == std::vector{past_start, past_start + hours(7), past_start + hours(14),
                            past_start + hours(20)});
  CHECK(staged.result.record.started == past_start);
  CHECK(staged.result.record.duration == hours(22));
  CHECK(staged.result.attempts ==
        AttemptTimes{{"quick", {{past_start, milliseconds(0)}}}, {"slow", past.attempts["slow"]}});
}

TEST_CASE("the pauses of a replayed check take no time, and count", "[replay]") {
  StagedRun staged;
  const PastRun past{past_start, {}};
  staged.settings.past = &past;
  staged.add("pausing", [](const CheckContext& context) {
    const auto before = context.clock.now();
    context.clock.sleep_until(before + hours(1), context.stop);
    return context.clock.now() - before >= hours(1) ? good() : bad();
  });
  staged.run();
  CHECK(staged.of("pausing").status == Status::passed);
}

TEST_CASE("an attempt that never came back does not come back in a replay", "[replay]") {
  StagedRun staged;
  PastRun past{past_start, {}};
  past.attempts["lost"] = {{past_start, std::nullopt}};
  staged.settings.past = &past;
  staged.add("lost", good());
  staged.run();
  CHECK(staged.of("lost").status == Status::errored);
  CHECK(staged.of("lost").reason == "timeout");
}

TEST_CASE("a replay heeds waivers as on the day of the recording", "[replay]") {
  StagedRun staged;
  const PastRun past{past_start, {}};
  staged.settings.past = &past;
  staged.add("known", bad()).waiver = {"known", std::chrono::year{2026} / 11 / 23};
  staged.add("over", good()).waiver = {"over", std::chrono::year{2026} / 11 / 22};
  staged.run();
  CHECK(staged.of("known").reason == "waived");
  CHECK(staged.of("over").status == Status::passed);
}

}  // namespace postflight::test
