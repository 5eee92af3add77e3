#include "runner/joining.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runner/exit_code.hpp"

namespace postflight::test {
namespace {

CheckResult result(const std::string& id, Status status, const std::string& reason = "") {
  CheckResult check;
  check.id = id;
  check.title = id + " is right";
  check.hint = "look at " + id;
  check.status = status;
  check.reason = reason;
  check.summary = status == Status::passed ? "seen" : "";
  return check;
}

CheckResult elsewhere(const std::string& id) { return result(id, Status::skipped, "other-shard"); }

const auto started = std::chrono::system_clock::time_point(std::chrono::hours(500'000));

// Of the checks a, b, c and d, of which `which` has its own.
ShardRecord shard(std::size_t index, std::size_t count, std::vector<CheckResult> own) {
  ShardRecord part{"shard-" + std::to_string(index) + ".json", {}};
  part.record.checklist = "try";
  part.record.target = "https://kubernetes.example.com";
  part.record.started = started + std::chrono::seconds(index);
  part.record.duration = std::chrono::seconds(10);
  part.record.shard = Shard{index, count};
  for (const auto* id : {"a", "b", "c", "d"}) {
    const auto found = std::ranges::find(own, id, &CheckResult::id);
    part.record.checks.push_back(found == own.end() ? elsewhere(id) : *found);
  }
  return part;
}

const auto a = result("a", Status::passed), b = result("b", Status::passed),
           c = result("c", Status::passed), d = result("d", Status::passed);

std::string words(const RunRecord& record) {
  std::string text;
  for (const auto& check : record.checks)
    text += check.id + "=" + std::string(to_string(check.status)) +
            (check.reason.empty() ? "" : ":" + check.reason) + " ";
  return text;
}

std::string refusal(const std::vector<ShardRecord>& shards) {
  try {
    join_shards(shards);
  } catch (const NotOneRun& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("of all shards each check is there once, in checklist order", "[joining]") {
  const auto all = join_shards({shard(1, 2, {b, d}), shard(0, 2, {a, c})});
  CHECK(words(all) == "a=passed b=passed c=passed d=passed ");
  CHECK(exit_code_of(all) == exit_healthy);
  CHECK_FALSE(all.shard);
  CHECK(all.checklist == "try");
  CHECK(all.target == "https://kubernetes.example.com");
  CHECK(all.started == started);
  CHECK(all.duration == std::chrono::seconds(11));
}

TEST_CASE("what a missing shard would have said is errored, whatever others saw of it",
          "[joining]") {
  // a was needed by b, so the second shard ran it, too.
  const auto all = join_shards({shard(1, 2, {a, b, d})});
  CHECK(words(all) == "a=errored:missing-shard b=passed c=errored:missing-shard d=passed ");
  CHECK(all.checks[2].summary == "shard 0 of 2 left no report");
  CHECK(all.checks[2].title == "c is right");
  CHECK(all.checks[2].hint == "look at c");
  CHECK(exit_code_of(all) == exit_unknown);
  const auto red = join_shards({shard(1, 2, {result("a", Status::failed), b, d})});
  CHECK(words(red).starts_with("a=failed b=passed c=errored"));
}

TEST_CASE("a check that several shards ran is as the worst of them found it", "[joining]") {
  const auto joined = [](const CheckResult& own, const CheckResult& seen) {
    return words(join_shards({shard(0, 2, {own, c}), shard(1, 2, {seen, b, d})}));
  };
  const auto failed = result("a", Status::failed), warned = result("a", Status::warned);
  const auto errored = result("a", Status::errored, "refused");
  const auto blocked = result("a", Status::skipped, "blocked");
  CHECK(joined(a, failed).starts_with("a=failed"));
  CHECK(joined(failed, errored).starts_with("a=failed"));
  CHECK(joined(errored, a).starts_with("a=errored:refused"));
  CHECK(joined(a, blocked).starts_with("a=skipped:blocked"));
  CHECK(joined(warned, blocked).starts_with("a=skipped:blocked"));
  CHECK(joined(a, warned).starts_with("a=warned"));
}

TEST_CASE("checks that were not selected take no shard's turn", "[joining]") {
  const auto out = result("b", Status::skipped, "not-selected");
  const auto all = join_shards({shard(0, 2, {a, out, d}), shard(1, 2, {out, c})});
  CHECK(words(all) == "a=passed b=skipped:not-selected c=passed d=passed ");
}

TEST_CASE("reports that are not of one run are refused, and it is said which", "[joining]") {
  const auto first = shard(0, 2, {a, c}), second = shard(1, 2, {b, d});
  CHECK(refusal({first, second}) == "");
  CHECK(refusal({}) == "there is no report of a shard");
  CHECK(refusal({first, first}) == "shard-0.json: shard 0 is in shard-0.json already");
  CHECK(refusal({first, shard(1, 3, {b})}) ==
        "shard-1.json: it is one of 3 shards, shard-0.json one of 2");
  auto other = second;
  other.record.shard.reset();
  CHECK(refusal({first, other}) ==
        "shard-1.json: it is not the report of a shard (run --shard I/N)");
  for (auto* text : {&other.record.checklist, &other.record.target, &other.record.replay_of}) {
    other.record = second.record;
    *text = "another";
    CHECK(refusal({first, other}) ==
          "shard-1.json: it is of another checklist, cluster or --fail-on than shard-0.json");
  }
  other.record = second.record;
  other.record.fail_on_warn = true;
  CHECK(refusal({first, other}) != "");
  other.record = second.record;
  other.record.checks[0].id = "z";
  CHECK(refusal({first, other}) == "shard-1.json: it has other checks than shard-0.json");
  other.record = second.record;
  other.record.checks.pop_back();
  CHECK(refusal({first, other}) == "shard-1.json: it has other checks than shard-0.json");
  other.record = second.record;
  other.record.checks[0] = result("a", Status::skipped, "not-selected");
  CHECK(refusal({first, other}) == "shard-1.json: other checks were selected than in shard-0.json");
  CHECK(refusal({shard(0, 5, {a})}) ==
        "shard-0.json: it is one of 5 shards, but only 4 checks were selected");
  CHECK(refusal({first, shard(1, 2, {b})}) ==
        "shard-1.json: it says nothing of d, which is its own");
}

TEST_CASE("shards of another run, or run otherwise, are refused", "[joining]") {
  const auto first = shard(0, 2, {a, c});
  auto other = shard(1, 2, {b, d});
  other.record.shard->inputs = "another";
  CHECK(refusal({first, other}) ==
        "shard-1.json: it was run with another version, checklist, variables or selection than "
        "shard-0.json");
  other.record.shard->inputs = first.record.shard->inputs;
  other.record.shard->run = "yesterday";
  CHECK(refusal({first, other}) ==
        "shard-1.json: it is of another run (--run-id) than shard-0.json");
  // Where the run has no name, those that are left over from another begin much earlier.
  other.record.shard->run = "";
  for (const int hours : {2, -2}) {
    other.record.started = started + std::chrono::hours(hours);
    CHECK(
        refusal({first, other})
            .starts_with("shard-1.json: it began more than an hour before or after shard-0.json"));
  }
  auto named = first;
  for (auto* record : {&named.record, &other.record}) record->shard->run = "one";
  CHECK(refusal({named, other}) == "");
  other.record.checks[1].severity = Severity::advisory;
  CHECK(refusal({named, other}) == "shard-1.json: it has other checks than shard-0.json");
}

TEST_CASE("an interrupted shard, and a replay, stay what they are", "[joining]") {
  auto first = shard(0, 2, {a, c}), second = shard(1, 2, {b, d});
  for (auto* part : {&first, &second}) part->record.replay_of = "incident";
  CHECK(join_shards({first, second}).replay_of == "incident");
  second.record.interrupted_by = 15;
  second.record.checks[1] = result("b", Status::errored, "interrupted");
  second.record.checks[1].severity = first.record.checks[1].severity = Severity::advisory;
  const auto all = join_shards({first, second});
  CHECK(exit_code_of(all) == 143);
  CHECK(verdict_of(all) == Status::errored);
}

TEST_CASE("results of several clusters are kept apart in one record", "[joining]") {
  RunRecord one;
  one.checklist = "try";
  one.target = "https://one.example.com";
  one.started = started;
  one.duration = std::chrono::seconds(4);
  one.checks = {a, b};
  auto two = one;
  two.target = "https://two.example.com";
  two.started = started + std::chrono::seconds(1);
  two.checks = {a, result("b", Status::failed)};
  const auto all = join_clusters({{"one", one}, {"two", two}});
  CHECK(words(all) == "a=passed b=passed a=passed b=failed ");
  CHECK(all.checks[1].cluster == "one");
  CHECK(all.checks[3].cluster == "two");
  CHECK(all.duration == std::chrono::seconds(5));
  REQUIRE(all.clusters.size() == 2);
  CHECK(all.clusters[1].target == "https://two.example.com");
  CHECK(exit_code_of(all) == exit_failed);
  CHECK(verdict_of(record_of(all, all.clusters[0])) == Status::passed);
  CHECK(verdict_of(record_of(all, all.clusters[1])) == Status::failed);
}

TEST_CASE("a cluster of which nothing is known is not covered by a healthy one", "[joining]") {
  RunRecord one, two;
  one.checks = {a};
  two.checks = {result("a", Status::errored, "refused")};
  two.checks[0].severity = Severity::advisory;
  const auto all = join_clusters({{"one", one}, {"two", two}});
  CHECK(exit_code_of(all) == exit_unknown);
  CHECK(verdict_of(all) == Status::errored);
}

}  // namespace postflight::test
