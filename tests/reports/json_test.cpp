#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runner/exit_code.hpp"
#include "tests/reports/external.hpp"
#include "tests/reports/rendered.hpp"
#include "tests/reports/sample_records.hpp"

namespace postflight::test {
namespace {

using nlohmann::json;

json parsed(const RunRecord& record) { return json::parse(rendered("json", record)); }

json schema() {
  std::ifstream file(std::string(SOURCE_ROOT) + "/docs/report.schema.json");
  return json::parse(file);
}

std::vector<std::string> names_in(const json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

std::vector<std::string> sorted(const json& names) {
  auto list = names.get<std::vector<std::string>>();
  std::ranges::sort(list);
  return list;
}

}  // namespace

TEST_CASE("the JSON report is as accepted", "[reports.json]") {
  check_golden("report.json", rendered("json", full_record()));
}

TEST_CASE("the members of the JSON report are those its schema declares", "[reports.json]") {
  const auto contract = schema();
  const auto& definitions = contract["definitions"];
  const auto usual = parsed(full_record());
  CHECK(names_in(usual) == sorted(contract["required"]));
  CHECK(names_in(usual["checks"][1]) == sorted(definitions["check"]["required"]));
  auto record = fleet_record();  // and all that only some runs have
  record.replay_of = "incident";
  record.fail_on_warn = true;
  record.shard = Shard{1, 2};
  record.checks[1].held = true;
  const auto report = parsed(record);
  CHECK(names_in(report) == names_in(contract["properties"]));
  CHECK(names_in(report["totals"]) == names_in(definitions["totals"]["properties"]));
  CHECK(names_in(report["shard"]) == names_in(contract["properties"]["shard"]["properties"]));
  CHECK(names_in(report["clusters"][0]) == names_in(definitions["cluster"]["properties"]));
  const auto check = report["checks"][1];
  CHECK(names_in(check) == names_in(definitions["check"]["properties"]));
  CHECK(names_in(check["evidence"][0]) ==
        names_in(contract["definitions"]["evidence"]["properties"]));
}

TEST_CASE("the schema allows nothing that it does not name", "[reports.json]") {
  const auto contract = schema();
  const auto& definitions = contract["definitions"];
  std::size_t optional = 0;
  for (const auto& object :
       {contract, contract["properties"]["shard"], definitions["totals"], definitions["cluster"],
        definitions["check"], definitions["evidence"]}) {
    CHECK(object["additionalProperties"] == false);
    for (const auto& name : object["required"])
      CHECK(object["properties"].contains(name.get<std::string>()));
    optional += object["properties"].size() - object["required"].size();
  }
  CHECK(optional == 6);  // replay_of, fail_on_warn, shard, clusters; cluster and held of a check
}

TEST_CASE("JSON reports are valid under the schema and a changed one is not", "[reports.json]") {
  if (!runs("/usr/bin/python3 -c 'import jsonschema'"))
    SKIP("python3-jsonschema is not installed (scripts/setup installs it)");
  const auto is_valid = [](const std::string& report) {
    const TemporaryFile file(report);
    return runs(
        "/usr/bin/python3 -W ignore -c 'import json, sys, jsonschema; "
        "jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' " +
        file.path() + " " + std::string(SOURCE_ROOT) + "/docs/report.schema.json");
  };
  auto shard = full_record();
  shard.shard = Shard{1, 2};
  shard.fail_on_warn = true;
  shard.checks[0].held = true;
  for (const auto& record :
       {full_record(), hostile_record(), sample_record(), fleet_record(), shard})
    CHECK(is_valid(rendered("json", record)));
  auto report = parsed(full_record());
  report["surprise"] = 1;
  CHECK_FALSE(is_valid(report.dump()));
  report.erase("surprise");
  CHECK(is_valid(report.dump()));
  report["checks"][0].erase("examined");
  CHECK_FALSE(is_valid(report.dump()));
}

TEST_CASE("the verdict, exit code and totals of the JSON report are the record's",
          "[reports.json]") {
  auto record = full_record();
  const auto report = parsed(record);
  CHECK(report["verdict"] == to_string(verdict_of(record)));
  CHECK(report["exit_code"] == exit_code_of(record));
  CHECK(report["totals"] ==
        json({{"passed", 2}, {"warned", 1}, {"failed", 1}, {"errored", 1}, {"skipped", 3}}));
  record.interrupted_by = 15;
  CHECK(parsed(record)["exit_code"] == 143);
}

TEST_CASE("a check that never began has no start and one that is green has no reason",
          "[reports.json]") {
  const auto checks = parsed(full_record())["checks"];
  CHECK(checks[0]["started"] == "2026-11-23T20:00:00Z");
  CHECK(checks[0]["reason"].is_null());
  CHECK(checks[5]["started"].is_null());
  CHECK(checks[5]["reason"] == "blocked");
  CHECK(checks[5]["blocked_by"] == json({"outpost-endpoints"}));
}

TEST_CASE("JSON keeps all evidence and the exact text of it", "[reports.json]") {
  auto record = sample_record();
  auto result = sample_result("many", Status::failed);
  result.evidence.assign(500, {"pod", "ready", "a\tb\n\x1b[31m\xe2\x80\xae", Status::failed});
  record.checks = {result};
  const auto evidence = parsed(record)["checks"][0]["evidence"];
  REQUIRE(evidence.size() == 500);
  CHECK(evidence[499]["observed"] == "a\tb\n\x1b[31m\xe2\x80\xae");
  CHECK(evidence[499]["status"] == "failed");
}

}  // namespace postflight::test
