#include "runner/folding.hpp"

#include <catch2/catch_test_macros.hpp>

#include "runner/exit_code.hpp"
#include "tests/runner/staged_run.hpp"

namespace postflight::test {
namespace {

using Words = std::vector<std::string>;

Outcome unknown(const std::string& cause, const std::string& summary = "no answer") {
  Outcome outcome;
  outcome.summary = summary;
  outcome.reason = "refused";
  outcome.cause = cause;
  return outcome;
}

TEST_CASE("one cause is told once, and blocks the others", "[run][causes]") {
  StagedRun staged;
  staged.add("a", good());
  staged.add("b", unknown("the server is down", "b asked"));
  staged.add("c", unknown("the server is down", "c asked"));
  staged.add("d", unknown("the database is down"));
  staged.add("e", unknown("the server is down"));
  staged.run();
  CHECK(staged.of("a").status == Status::passed);
  CHECK(staged.of("b").status == Status::errored);
  CHECK(staged.of("b").summary == "b asked");
  CHECK(staged.of("c").status == Status::skipped);
  CHECK(staged.of("c").reason == "blocked");
  CHECK(staged.of("c").summary == "blocked by b");
  CHECK(staged.of("c").blocked_by == Words{"b"});
  CHECK(staged.of("c").attempts == 1);
  REQUIRE(staged.of("c").evidence.size() == 1);
  CHECK(staged.of("c").evidence[0].observed == "c asked");
  CHECK(staged.of("c").evidence[0].status == Status::errored);
  CHECK(staged.of("d").status == Status::errored);
  CHECK(staged.of("e").blocked_by == Words{"b"});
  CHECK(staged.result.record.checks.size() == 5);
  CHECK(exit_code_of(staged.result.record) == exit_unknown);
}

TEST_CASE("errors without a cause, or of another, stay apart", "[run][causes]") {
  StagedRun staged;
  staged.add("a", unknown(""));
  staged.add("b", unknown(""));
  staged.add("c", unknown("the server is down"));
  staged.add("d", unknown("the server is down."));
  staged.run();
  CHECK(totals_of(staged.result.record).errored == 4);
}

TEST_CASE("what is known to be wrong is never blocked by a cause", "[run][causes]") {
  StagedRun staged;
  auto failed = bad();
  failed.cause = "the server is down";
  staged.add("a", unknown("the server is down"));
  staged.add("b", failed);
  staged.run();
  CHECK(staged.of("b").status == Status::failed);
}

TEST_CASE("what others need stays what blocks them", "[run][causes]") {
  StagedRun staged;
  staged.add("first", unknown("the server is down"));
  staged.add("base", unknown("the server is down"));
  staged.add("after", good(), {"base"});
  staged.run();
  CHECK(staged.of("base").status == Status::errored);
  CHECK(staged.of("after").blocked_by == Words{"base"});
  CHECK(staged.of("first").blocked_by == Words{"base"});
}

TEST_CASE("a blocking check tells the cause rather than an advisory one", "[run][causes]") {
  StagedRun staged;
  staged.add("a", unknown("the server is down")).severity = Severity::advisory;
  staged.add("b", unknown("the server is down"));
  staged.run();
  CHECK(staged.of("a").blocked_by == Words{"b"});
  CHECK(staged.of("b").status == Status::errored);
  CHECK(exit_code_of(staged.result.record) == exit_unknown);
}

TEST_CASE("what was only cut off has no cause", "[run][causes]") {
  TimedRun staged;
  staged.settings.deadline = std::chrono::seconds(8);
  for (const auto* id : {"a", "b"})
    staged.add(id, unknown("the server is down")).wait = {std::chrono::minutes(1),
                                                          std::chrono::minutes(1)};
  staged.run();
  CHECK(totals_of(staged.result.record).errored == 2);
}

}  // namespace
}  // namespace postflight::test
