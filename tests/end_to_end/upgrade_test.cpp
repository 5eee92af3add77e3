// The program on the stand-in world, as scripts/demo runs it: the healthy world is green, and each
// fault is seen by the checks it is about, and by no other.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <map>

#include "tests/end_to_end/shipped_run.hpp"
#include "tests/support/sanitized.hpp"

namespace postflight::test {
namespace {

// The faults and the checks each is about, as the world lists them: "name  what  [id id]".
std::map<std::string, Ids> faults() {
  const auto result = run_program({world_program, "--list-faults", "--json"});
  std::map<std::string, Ids> list;
  for (const auto& fault : Json::parse(result.output))
    list[fault.at("name").get<std::string>()] = fault.at("checks").get<Ids>();
  return list;
}

}  // namespace

TEST_CASE("the healthy world is green, and every check says what it examined", "[end-to-end]") {
  const WorldProgram world(world_program, {});
  const auto run = run_checklist(world);
  INFO(run.output);
  CHECK(run.exit_code == 0);
  CHECK(run.record.at("verdict") == "passed");
  CHECK(run.ids_with("passed").size() == (has_terraform(world) ? 8u : 7u));
  for (const auto& check : run.record.at("checks")) {
    if (check.at("status") != "passed") continue;
    CHECK(check.at("examined").get<int>() > 0);
    CHECK_FALSE(check.at("evidence").empty());
  }
}

TEST_CASE("there are at least seventeen faults", "[end-to-end]") { CHECK(faults().size() >= 17); }

TEST_CASE("each fault is seen by the checks it is about and by no other", "[end-to-end]") {
  static const auto all = faults();
  std::vector<std::string> names;
  for (const auto& [name, ids] : all) names.push_back(name);
  const auto name = GENERATE_REF(from_range(share_of(names, 6)));
  DYNAMIC_SECTION(name) {
    const WorldProgram world(world_program, {"--fault", name});
    if (name.starts_with("terraform") && !has_terraform(world)) SKIP("terraform is not installed");
    const auto run = run_checklist(world);
    INFO(run.output);
    // A Terraform that cannot plan is not a finding about the infrastructure: errored, exit 2.
    const bool unknown = name == "terraform-error";
    CHECK(run.ids_with(unknown ? "errored" : "failed") == all.at(name));
    CHECK(run.ids_with(unknown ? "failed" : "errored") == Ids{});
    CHECK(run.exit_code == (unknown ? 2 : 1));
    for (const auto& check : run.record.at("checks")) {
      if (check.at("status") != "skipped" || check.at("reason") != "blocked") continue;
      CHECK_FALSE(check.at("blocked_by").empty());
    }
  }
}

}  // namespace postflight::test
