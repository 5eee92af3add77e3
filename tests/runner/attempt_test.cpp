#include "runner/attempt.hpp"

#include <catch2/catch_test_macros.hpp>

#include <new>

#include "tests/runner/staged_run.hpp"

namespace postflight::test {
namespace {

Outcome with(Status status, std::vector<Evidence> evidence, std::size_t examined) {
  return {status, "what was found", std::move(evidence), examined, ""};
}

const Evidence right{"a", "b", "b", Status::passed};

TEST_CASE("a pass that names what was examined stands", "[attempt]") {
  for (const auto status : {Status::passed, Status::warned}) {
    const auto outcome = hold_to_rules(with(status, {right}, 1), false);
    CHECK(outcome.status == status);
    CHECK(outcome.summary == "what was found");
    CHECK(outcome.reason.empty());
  }
}

TEST_CASE("no evidence, no pass", "[attempt]") {
  for (const auto status : {Status::passed, Status::warned})
    for (const bool allow_empty : {false, true}) {
      const auto outcome = hold_to_rules(with(status, {}, 3), allow_empty);
      CHECK(outcome.status == Status::errored);
      CHECK(outcome.reason == "no-evidence");
      CHECK(outcome.summary == "the check passed without any evidence (what was found)");
    }
}

TEST_CASE("nothing examined, no pass, unless the checklist allows it", "[attempt]") {
  for (const auto status : {Status::passed, Status::warned}) {
    const auto outcome = hold_to_rules(with(status, {right}, 0), false);
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "nothing-examined");
    CHECK(hold_to_rules(with(status, {right}, 0), true).status == status);
  }
}

TEST_CASE("no pass over a fact that is not green", "[attempt]") {
  for (const auto status : {Status::passed, Status::warned})
    for (const auto fact : {Status::failed, Status::errored, Status::skipped}) {
      const auto outcome = hold_to_rules(with(status, {right, {"x", "y", "z", fact}}, 2), true);
      CHECK(outcome.status == Status::errored);
      CHECK(outcome.reason == "contradiction");
      CHECK(outcome.evidence.size() == 2);
    }
  CHECK(hold_to_rules(with(Status::warned, {{"x", "y", "z", Status::warned}}, 1), false).status ==
        Status::warned);
}

TEST_CASE("a check cannot skip itself", "[attempt]") {
  const auto outcome = hold_to_rules(with(Status::skipped, {right}, 1), true);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "contradiction");
}

TEST_CASE("a failure needs no evidence, and what is errored has a reason", "[attempt]") {
  CHECK(hold_to_rules(with(Status::failed, {}, 0), false).status == Status::failed);
  CHECK(hold_to_rules({}, false).status == Status::errored);
  CHECK(hold_to_rules({}, false).reason == "unknown");
  auto outcome = with(Status::errored, {}, 0);
  outcome.reason = "log-start-gone";
  CHECK(hold_to_rules(outcome, false).reason == "log-start-gone");
}

Outcome outcome_of(FakeCheck::Body body, const Explain& explain = {}) {
  Attempt attempt;
  attempt.check = std::make_shared<FakeCheck>(std::move(body));
  attempt.clients = &recorded_clients();
  carry_out(attempt, explain);
  return attempt.outcome;
}

template <typename Thrown>
FakeCheck::Body throws(Thrown thrown) {
  return [thrown = std::move(thrown)](const CheckContext&) -> Outcome { throw thrown; };
}

TEST_CASE("whatever a check throws is errored, with the true reason", "[attempt]") {
  const Explain explain = [](const std::exception& error) {
    return Unknown{"refused", std::string("explained: ") + error.what()};
  };
  const auto cannot_tell =
      outcome_of(throws(CannotTell("log-start-gone", "the log is too short")), explain);
  CHECK(cannot_tell.status == Status::errored);
  CHECK(cannot_tell.reason == "log-start-gone");
  CHECK(cannot_tell.summary == "the log is too short");

  const auto explained = outcome_of(throws(std::runtime_error("nobody listens")), explain);
  CHECK(explained.status == Status::errored);
  CHECK(explained.reason == "refused");
  CHECK(explained.summary == "explained: nobody listens");

  const auto plain = outcome_of(throws(std::runtime_error("a slip")));
  CHECK(plain.reason == "internal-error");
  CHECK(plain.summary == "a slip");

  CHECK(outcome_of(throws(std::bad_alloc())).reason == "internal-error");
  CHECK(outcome_of(throws(42), explain).reason == "internal-error");
  CHECK(outcome_of(throws(42), explain).status == Status::errored);
}

TEST_CASE("an explanation that fails leaves the error itself", "[attempt]") {
  const auto outcome = outcome_of(throws(std::runtime_error("a slip")),
                                  [](const std::exception&) -> Unknown { throw 42; });
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "internal-error");
  CHECK(outcome.summary == "a slip");
}

}  // namespace
}  // namespace postflight::test
