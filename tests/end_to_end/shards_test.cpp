// checklists/cluster.yaml in eight shards, as an Indexed Job runs them: joined they say what one
// run says.
#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "tests/end_to_end/shipped_run.hpp"

namespace postflight::test {
namespace {

// What was found of each check, not when: times, attempts and what is waited for differ.
Json findings(const Json& report) {
  auto list = Json::array();
  for (const auto& check : report.at("checks")) {
    auto evidence = Json::array();
    for (const auto& fact : check.at("evidence"))
      evidence.push_back({fact.at("subject"), fact.at("status")});
    list.push_back(
        {check.at("id"), check.at("status"), check.at("reason"), check.at("blocked_by"), evidence});
  }
  return list;
}

}  // namespace

TEST_CASE("eight shards of a broken cluster join to what one run finds, and one missing is seen",
          "[end-to-end][cluster]") {
  const WorldProgram world(world_program, {"--cluster", "healthy", "--fault", "rollout-stuck"});
  const auto whole = run_shipped(world, "cluster.yaml", {});
  REQUIRE(whole.exit_code == 1);
  std::vector<std::string> merge{std::string(PROGRAMS) + "/postflight", "merge", "-o", "json"};
  for (int index = 0; index < 8; ++index) {
    const auto file = world.directory() + "/shard-" + std::to_string(index) + ".json";
    const auto shard =
        run_shipped(world, "cluster.yaml", {"--shard", std::to_string(index) + "/8"});
    std::ofstream(file) << shard.record;
    CHECK(shard.record.at("checks").size() == whole.record.at("checks").size());
    merge.push_back(file);
  }
  const auto all = run_program(merge);
  CHECK(all.exit_code == whole.exit_code);
  CHECK(findings(Json::parse(all.output)) == findings(whole.record));

  merge.pop_back();
  const auto part = run_program(merge);
  CHECK(part.exit_code != 0);
  std::size_t missing = 0;
  const auto report = Json::parse(part.output);
  for (const auto& check : report.at("checks"))
    if (check.at("reason") == "missing-shard") ++missing;
  CHECK(missing == whole.record.at("checks").size() / 8);
}

}  // namespace postflight::test
