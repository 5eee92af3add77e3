#include "runner/run.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <barrier>
#include <latch>
#include <random>

#include "runner/exit_code.hpp"
#include "tests/runner/staged_run.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

TEST_CASE("every check is in the record, in checklist order, with what it found", "[run]") {
  StagedRun staged;
  staged.settings.target = "https://kubernetes.example.com";
  auto& first = staged.add("b", good());
  first.section = "section";
  first.hint = "hint";
  first.page = "page";
  staged.add("a", bad());
  staged.add("c", Outcome{});
  staged.run();
  const auto& record = staged.result.record;
  CHECK(record.checklist == "staged");
  CHECK(record.target == "https://kubernetes.example.com");
  CHECK(record.interrupted_by == 0);
  CHECK(staged.result.abandoned == 0);
  REQUIRE(record.checks.size() == 3);
  const auto& result = record.checks[0];
  CHECK(result.id == "b");
  CHECK(result.kind == "test.echo");
  CHECK(result.title == "title of b");
  CHECK(result.section == "section");
  CHECK(result.hint == "hint");
  CHECK(result.page == "page");
  CHECK(result.status == Status::passed);
  CHECK(result.summary == "all is well");
  CHECK(result.evidence.size() == 1);
  CHECK(result.examined == 1);
  CHECK(result.attempts == 1);
  CHECK(result.reason.empty());
  CHECK(result.started >= record.started);
  CHECK(record.checks[1].status == Status::failed);
  CHECK(record.checks[2].status == Status::errored);
  CHECK(record.checks[2].reason == "unknown");
  CHECK(exit_code_of(record) == 1);
}

TEST_CASE("what is proved not to be installed is skipped for that reason, where that may be",
          "[run]") {
  StagedRun staged;
  Outcome nowhere;
  nowhere.reason = not_installed;
  nowhere.summary = "nobody serves it";
  staged.add("optional", nowhere).when_installed = true;
  staged.add("wanted", nowhere);
  staged.run();
  const auto& checks = staged.result.record.checks;
  CHECK(checks[0].status == Status::skipped);
  CHECK(checks[0].reason == not_installed);
  CHECK(checks[0].summary == "nobody serves it");
  CHECK(checks[1].status == Status::errored);
  CHECK(checks[1].reason == not_installed);
}

TEST_CASE("checks run at the same time, those that need each other too", "[run]") {
  StagedRun staged;
  std::barrier meeting(3);
  const auto meet = [&](const CheckContext&) {
    meeting.arrive_and_wait();
    return good();
  };
  staged.add("c", meet, {"b"});
  staged.add("b", meet, {"a"});
  staged.add("a", meet);
  staged.run();
  CHECK(totals_of(staged.result.record).passed == 3);
}

TEST_CASE("no more than `jobs` checks run at once, and every one does", "[run]") {
  for (const std::size_t jobs : {0U, 1U, 3U}) {
    StagedRun staged;
    staged.settings.jobs = jobs;
    std::atomic<int> now = 0, most = 0;
    for (int i = 0; i < 2'000; ++i)
      staged.add(
          "c" + std::to_string(i),
          [&](const CheckContext&) {
            const auto running = ++now;
            auto seen = most.load();
            while (seen < running && !most.compare_exchange_weak(seen, running)) {
            }
            std::this_thread::yield();
            --now;
            return good();
          },
          i % 7 == 3 ? Words{"c" + std::to_string(i - 1)} : Words{});
    staged.run();
    CHECK(totals_of(staged.result.record).passed == 2'000);
    CHECK(most.load() <= static_cast<int>(std::max<std::size_t>(jobs, 1)));
  }
}

TEST_CASE("with one job, checks run in checklist order but what they need first", "[run]") {
  StagedRun staged;
  staged.settings.jobs = 1;
  Words order;
  const auto note = [&](const std::string& id) {
    return [&order, id](const CheckContext&) {
      order.push_back(id);
      return good();
    };
  };
  staged.add("a", note("a"), {"c"});
  staged.add("b", note("b"));
  staged.add("c", note("c"));
  staged.run();
  CHECK(order == Words{"b", "c", "a"});
}

TEST_CASE("a check that needs one that is not green is blocked by the root of it", "[run]") {
  StagedRun staged;
  staged.add("d", good(), {"c", "other"});
  staged.add("c", good(), {"b"});
  staged.add("b", bad(), {"a"});
  staged.add("a", good());
  staged.add("other", Outcome{});
  staged.run();
  CHECK(staged.of("c").status == Status::skipped);
  CHECK(staged.of("c").reason == "blocked");
  CHECK(staged.of("c").summary == "blocked by b");
  CHECK(staged.of("d").blocked_by == Words{"b", "other"});
  CHECK(staged.of("d").summary == "blocked by b, other");
  CHECK(staged.of("d").attempts == 0);
  CHECK(staged.of("d").started == std::chrono::system_clock::time_point{});
  CHECK(staged.of("d").evidence.empty());
  CHECK(staged.of("a").status == Status::passed);
}

TEST_CASE("a root that blocks on two ways is named once", "[run]") {
  StagedRun staged;
  staged.add("root", bad());
  staged.add("left", good(), {"root"});
  staged.add("right", good(), {"root"});
  staged.add("top", good(), {"left", "right", "root"});
  staged.run();
  CHECK(staged.of("top").blocked_by == Words{"root"});
}

TEST_CASE("a warning satisfies a need; a failure does not, advisory or not", "[run]") {
  StagedRun staged;
  auto warning = good();
  warning.status = Status::warned;
  staged.add("warns", warning);
  staged.add("fails", bad()).severity = Severity::advisory;
  staged.add("after-warning", good(), {"warns"});
  staged.add("after-failure", good(), {"fails"});
  staged.run();
  CHECK(staged.of("after-warning").status == Status::passed);
  CHECK(staged.of("fails").status == Status::warned);
  CHECK(staged.of("fails").evidence.at(0).status == Status::failed);
  CHECK(staged.of("after-failure").blocked_by == Words{"fails"});
}

TEST_CASE("an advisory check that could not find out stays errored, and does not gate", "[run]") {
  StagedRun staged;
  staged.add("a", good());
  staged.add("b", Outcome{}).severity = Severity::advisory;
  staged.run();
  CHECK(staged.of("b").status == Status::errored);
  CHECK(exit_code_of(staged.result.record) == 0);
}

TEST_CASE("a check whose need fails is stopped while it runs", "[run]") {
  StagedRun staged;
  std::atomic<bool> was_stopped = false;
  std::latch both(2);
  staged.add("slow",
             [&](const CheckContext& context) {
               std::promise<void> asked;
               const std::stop_callback stop(context.stop, [&] { asked.set_value(); });
               both.arrive_and_wait();
               asked.get_future().wait();
               was_stopped = true;
               return good();
             },
             {"fails"});
  staged.add("fails", [&](const CheckContext&) {
    both.arrive_and_wait();
    return bad();
  });
  staged.run();
  CHECK(was_stopped);
  CHECK(staged.of("slow").reason == "blocked");
  CHECK(staged.result.abandoned == 0);
}

TEST_CASE("what was not selected is skipped, and blocks what needs it", "[run]") {
  StagedRun staged;
  staged.add("a", good());
  staged.add("b", good(), {"a"});
  staged.add("c", good());
  staged.selection.skip = {"a"};
  staged.selection.only = {"b"};
  staged.run();
  CHECK(staged.of("a").reason == "not-selected");
  CHECK(staged.of("b").summary == "blocked by a (not selected)");
  CHECK(staged.of("b").blocked_by == Words{"a"});
  CHECK(staged.of("c").reason == "not-selected");
  CHECK(exit_code_of(staged.result.record) == 2);
}

TEST_CASE("a waiver lets what needs the check go on, to the end of its day", "[run]") {
  ManualClock clock;  // 2026-11-23T20:00Z
  std::atomic<int> ran = 0;
  for (const unsigned day : {22U, 23U}) {
    StagedRun staged;
    staged.settings.clock = &clock;
    auto& waived = staged.add("waived", [&](const CheckContext&) {
      ++ran;
      return bad();
    });
    waived.waiver = Waiver{"known until the release", std::chrono::year(2026) / 11 / day};
    staged.add("after", good(), {"waived"});
    staged.run();
    if (day == 23) {
      CHECK(staged.of("waived").status == Status::skipped);
      CHECK(staged.of("waived").reason == "waived");
      CHECK(staged.of("waived").summary == "waived until 2026-11-23: known until the release");
      CHECK(staged.of("after").status == Status::passed);
    } else {
      CHECK(staged.of("waived").status == Status::failed);
      CHECK(staged.of("after").reason == "blocked");
    }
  }
  CHECK(ran == 1);
}

TEST_CASE("a waiver may be for longer than a clock of nanoseconds goes", "[run]") {
  StagedRun staged;
  staged.add("waived", bad()).waiver = Waiver{"for ever", std::chrono::year(9999) / 12 / 31};
  staged.run();
  CHECK(staged.of("waived").reason == "waived");
}

TEST_CASE("a run of which nothing is selected is a record of skips", "[run]") {
  StagedRun staged;
  staged.add("a", good());
  staged.selection.skip = {"*"};
  staged.run();
  CHECK(staged.of("a").reason == "not-selected");
  CHECK(exit_code_of(staged.result.record) == 3);
}

TEST_CASE("what a check throws does not keep the others from the record", "[run]") {
  StagedRun staged;
  staged.settings.explain = [](const std::exception& e) { return Unknown{"dns", e.what()}; };
  staged.add("a",
             [](const CheckContext&) -> Outcome { throw CannotTell("log-start-gone", "gone"); });
  staged.add("b", [](const CheckContext&) -> Outcome { throw std::runtime_error("no such name"); });
  staged.add("c", [](const CheckContext&) -> Outcome { throw 1; });
  staged.add("d", good());
  staged.run();
  CHECK(staged.of("a").reason == "log-start-gone");
  CHECK(staged.of("b").reason == "dns");
  CHECK(staged.of("b").summary == "no such name");
  CHECK(staged.of("c").reason == "internal-error");
  CHECK(staged.of("d").status == Status::passed);
}

// Keeps every word.
class Watcher : public Events {
 public:
  void on_started(const ChecklistEntry& entry) override {
    told.push_back("started " + entry.id);
    Events::on_started(entry);
  }
  void on_attempt(const ChecklistEntry& entry, const Outcome& outcome, int attempt) override {
    told.push_back("attempt " + std::to_string(attempt) + " of " + entry.id + ": " +
                   outcome.summary);
    Events::on_attempt(entry, outcome, attempt);
  }
  void on_finished(const CheckResult& result) override {
    told.push_back("finished " + result.id + ": " + result.summary);
    Events::on_finished(result);
    if (throws) throw std::runtime_error("no more paper");
  }
  Words told;
  bool throws = false;
};

TEST_CASE("the observer hears of every check, and what it throws costs nothing", "[run]") {
  StagedRun staged;
  Watcher watcher;
  watcher.throws = true;
  staged.settings.observer = &watcher;
  staged.settings.jobs = 1;
  staged.add("a", bad());
  staged.add("b", good(), {"a"});
  staged.add("c", good());
  staged.run();
  CHECK(watcher.told == Words{"started a", "finished a: it is broken", "finished b: blocked by a",
                              "started c", "finished c: all is well"});
  CHECK(totals_of(staged.result.record).passed == 1);
}

TEST_CASE("a secret that is learned late is taken out of what was found before", "[run]") {
  StagedRun staged;
  Redactor redactor;
  staged.settings.redactor = &redactor;
  staged.add("early", [](const CheckContext&) -> Outcome {
    return {Status::failed, "saw hunter22", {{"on", "", "hunter22", Status::failed}}, 1, ""};
  });
  staged.add("late", [&](const CheckContext&) {
    staged.events.await("finished early");
    redactor.add("hunter22");
    return good();
  });
  staged.run();
  CHECK(staged.of("early").summary == "saw [secret]");
  CHECK(staged.of("early").evidence.at(0).observed == "[secret]");
}

TEST_CASE("a secret that is part of the runner's own words takes nothing from the exit code",
          "[run]") {
  StagedRun staged;
  Redactor redactor;
  redactor.add("lock");
  staged.settings.redactor = &redactor;
  staged.add("first", bad());
  staged.add("second", good(), {"first"});
  staged.run();
  CHECK(staged.of("second").reason == "blocked");
  CHECK(staged.of("first").summary == "it is broken");
}

TEST_CASE("a text too long for any reader is cut, says so, and keeps no half of a secret",
          "[run]") {
  StagedRun staged;
  Redactor redactor;
  redactor.add("hunter22");
  staged.settings.redactor = &redactor;
  staged.add("a", [](const CheckContext&) -> Outcome {
    return {Status::failed,
            std::string(7996, 'x') + "hunter22" + std::string(1'000'000, 'y'),
            {{std::string(9000, 's'), "", "short", Status::failed}},
            1,
            ""};
  });
  staged.run();
  const auto& result = staged.of("a");
  CHECK(result.summary.size() < 8100);
  CHECK(!result.summary.ends_with("hunt"));
  CHECK(result.summary.find("hunt") == std::string::npos);
  CHECK(result.summary.ends_with(" more bytes]"));
  CHECK(result.evidence.at(0).subject == std::string(8000, 's') + "... [1000 more bytes]");
}

TEST_CASE("facts too many for any reader are cut, the green ones first, and are counted", "[run]") {
  StagedRun staged;
  const auto facts = [](std::size_t green, std::size_t red, std::size_t size) {
    return [=](const CheckContext&) -> Outcome {
      Outcome outcome{Status::failed, "many", {}, green + red, ""};
      for (std::size_t i = 0; i < green; ++i)
        outcome.evidence.push_back({"g", "", std::string(size, 'x'), Status::passed});
      for (std::size_t i = 0; i < red; ++i)
        outcome.evidence.push_back({"r", "", std::string(size, 'x'), Status::failed});
      return outcome;
    };
  };
  staged.add("just-enough", facts(500, 500, 1));
  staged.add("green", facts(5000, 3, 1));
  staged.add("red", facts(10, 200'000, 1));
  staged.add("large", facts(1000, 0, 8000));
  staged.run();
  CHECK(staged.of("just-enough").evidence.size() == 1000);

  const auto& green = staged.of("green").evidence;
  REQUIRE(green.size() == 1000);
  CHECK(green[995].subject == "g");
  CHECK(green[996].subject == "r");
  CHECK(green[998].subject == "r");
  CHECK(green[999].subject == "and 4004 more facts");
  CHECK(green[999].status == Status::passed);

  const auto& red = staged.of("red").evidence;
  REQUIRE(red.size() == 1000);
  CHECK(red[0].subject == "r");
  CHECK(red[999].subject == "and 199011 more facts");
  CHECK(red[999].observed.ends_with("not as expected are 199001 of those left out"));
  CHECK(red[999].status == Status::failed);

  const auto& large = staged.of("large").evidence;
  REQUIRE(large.size() < 130);
  CHECK(large.back().subject == "and " + std::to_string(1001 - large.size()) + " more facts");
}

TEST_CASE("no secret passes into the record or to the observer", "[run]") {
  StagedRun staged;
  Redactor redactor;
  redactor.add("hunter22");
  Watcher watcher;
  ManualClock clock;
  staged.settings.redactor = &redactor;
  staged.settings.observer = &watcher;
  staged.settings.clock = &clock;
  staged.settings.target = "https://hunter22@example.com";
  staged.checklists[0].name = "list of hunter22";
  auto& entry = staged.add("a", [](const CheckContext&) -> Outcome {
    return {Status::failed,
            "saw hunter22",
            {{"on hunter22", "not hunter22", "aHVudGVyMjI=", Status::failed}},
            1,
            ""};
  });
  entry.title = entry.section = entry.hint = entry.page = "x hunter22 y";
  entry.wait = {1s, 1s};
  staged.add("b",
             [](const CheckContext&) -> Outcome { throw CannotTell("r-hunter22", "hunter22"); });
  {
    const auto running = staged.run_beside();
    watcher.await("finished b");
    clock.pass_to(1s);
  }
  const auto& result = staged.of("a");
  for (const auto& text : {result.title, result.section, result.hint, result.page})
    CHECK(text == "x [secret] y");
  CHECK(result.summary.starts_with("saw [secret]"));
  CHECK(result.evidence.at(0).subject == "on [secret]");
  CHECK(result.evidence.at(0).expected == "not [secret]");
  CHECK(result.evidence.at(0).observed == "[secret]");
  CHECK(staged.of("b").summary == "[secret]");
  CHECK(staged.of("b").reason == "r-[secret]");
  CHECK(staged.result.record.target == "https://[secret]@example.com");
  CHECK(staged.result.record.checklist == "list of [secret]");
  for (const auto& line : watcher.told) CHECK(line.find("hunter") == line.npos);
  CHECK(watcher.told.size() == 5);
}

TEST_CASE("a first attempt may share what was asked since the run began", "[run]") {
  StagedRun staged;
  ManualClock clock;
  staged.settings.clock = &clock;
  staged.settings.deadline = 20s;
  clock.jump_to(7s);
  // Both run at once, and an assertion is for one thread: what they see is looked at afterwards.
  struct Seen {
    ManualClock::Moment fresh_since, deadline;
    bool is_stopped = true;
  } of_a, of_b;
  const auto keeps = [](Seen& seen) {
    return [&seen](const CheckContext& context) {
      seen = {context.fresh_since, context.deadline, context.stop.stop_requested()};
      return good();
    };
  };
  staged.add("a", keeps(of_a));
  staged.add("b", keeps(of_b)).timeout = 5s;
  staged.run();
  CHECK(of_a.fresh_since == ManualClock::Moment{} + 7s);
  CHECK(of_a.deadline == ManualClock::Moment{} + 27s);
  CHECK(!of_a.is_stopped);
  CHECK(of_b.deadline == ManualClock::Moment{} + 12s);
  CHECK(totals_of(staged.result.record).passed == 2);
}

TEST_CASE("ten thousand checks that need each other in a chain come to an end", "[run]") {
  StagedRun staged;
  for (int i = 0; i < 10'000; ++i)
    staged.add("c" + std::to_string(i), i == 9'999 ? bad() : good(),
               i == 9'999 ? Words{} : Words{"c" + std::to_string(i + 1)});
  staged.settings.jobs = 4;
  staged.run();
  CHECK(totals_of(staged.result.record).skipped == 9'999);
  CHECK(staged.of("c0").blocked_by == Words{"c9999"});
}

// Every check that needs, however far, one that did not end well; by the rule, not by the runner.
std::vector<bool> blocked_by_rule(const std::vector<std::vector<std::size_t>>& needs,
                                  const std::vector<bool>& ends_well) {
  std::vector<bool> blocked(needs.size(), false);
  for (std::size_t check = 0; check < needs.size(); ++check)  // needs point backwards
    for (const auto need : needs[check])
      if (blocked[need] || !ends_well[need]) blocked[check] = true;
  return blocked;
}

TEST_CASE("whatever the needs and the order of events, the record follows from the outcomes",
          "[run]") {
  std::mt19937 random(20261123);
  const auto pick = [&](std::size_t below) { return random() % below; };
  for (int round = 0; round < 60; ++round) {
    StagedRun staged;
    staged.settings.jobs = 1 + pick(8);
    const auto count = 1 + pick(60);
    std::vector<std::vector<std::size_t>> needs(count);
    std::vector<bool> ends_well(count);
    for (std::size_t check = 0; check < count; ++check) {
      Words names;
      for (std::size_t wanted = pick(4); wanted > 0 && check > 0; --wanted) {
        needs[check].push_back(pick(check));
        names.push_back("c" + std::to_string(needs[check].back()));
      }
      ends_well[check] = pick(5) != 0;
      const bool yields = pick(2) == 0;
      staged.add(
          "c" + std::to_string(check),
          [yields, well = bool(ends_well[check])](const CheckContext&) {
            if (yields) std::this_thread::yield();
            return well ? good() : bad();
          },
          names);
    }
    staged.run();
    const auto blocked = blocked_by_rule(needs, ends_well);
    for (std::size_t check = 0; check < count; ++check) {
      const auto& result = staged.result.record.checks.at(check);
      const auto expected = blocked[check]     ? Status::skipped
                            : ends_well[check] ? Status::passed
                                               : Status::failed;
      CHECK(result.status == expected);
      CHECK(result.blocked_by.empty() == !blocked[check]);
      for (const auto& root : result.blocked_by) CHECK(staged.of(root).status == Status::failed);
    }
  }
}

}  // namespace
}  // namespace postflight::test
