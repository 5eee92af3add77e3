#include "runner/value.hpp"

#include <catch2/catch_test_macros.hpp>

#include "runner/check.hpp"

namespace postflight::test {
namespace {

TEST_CASE("a position leaves out what is not known", "[value]") {
  CHECK(to_string(Position{"c.yaml", 3, 7}) == "c.yaml:3:7");
  CHECK(to_string(Position{"c.yaml", 3, 0}) == "c.yaml:3");
  CHECK(to_string(Position{"c.yaml", 0, 0}) == "c.yaml");
  CHECK(to_string(Position{}).empty());
}

TEST_CASE("mistakes are told together, one a line", "[value]") {
  const Mistakes mistakes({{{"c.yaml", 3, 7}, "one"}, {{}, "two"}});
  CHECK(std::string(mistakes.what()) == "c.yaml:3:7: one\ntwo");
  CHECK(mistakes.list().size() == 2);
}

std::vector<Evidence> facts(std::initializer_list<Status> statuses) {
  std::vector<Evidence> evidence;
  for (const auto status : statuses) evidence.push_back({"a", "b", "c", status});
  return evidence;
}

TEST_CASE("a known failure outweighs an unknown, and that a warning", "[check]") {
  using enum Status;
  CHECK(worst_of({}) == errored);
  CHECK(worst_of(facts({passed, passed})) == passed);
  CHECK(worst_of(facts({passed, warned})) == warned);
  CHECK(worst_of(facts({warned, errored, passed})) == errored);
  CHECK(worst_of(facts({skipped, warned})) == errored);
  CHECK(worst_of(facts({errored, failed, warned})) == failed);
}

TEST_CASE("each status and severity has its word", "[check]") {
  CHECK(to_string(Status::passed) == "passed");
  CHECK(to_string(Status::warned) == "warned");
  CHECK(to_string(Status::failed) == "failed");
  CHECK(to_string(Status::errored) == "errored");
  CHECK(to_string(Status::skipped) == "skipped");
  CHECK(to_string(Severity::blocking) == "blocking");
  CHECK(to_string(Severity::advisory) == "advisory");
}

}  // namespace
}  // namespace postflight::test
