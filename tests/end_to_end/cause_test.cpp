// One thing is wrong that many checks stand on: it is told once, the rest says what blocks it, and
// every check is in every report.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <pugixml.hpp>

#include "tests/end_to_end/shipped_run.hpp"
#include "tests/support/scripted_server.hpp"

namespace postflight::test {
namespace {

const Ids all_ids{"api-ready",     "outpost-selector", "outpost-endpoints", "session-backend",
                  "session-tmpfs", "edge-login",       "session-growth",    "terraform-plan"};

Ids cases_of(const std::string& junit) {
  pugi::xml_document document;
  REQUIRE(document.load_string(junit.c_str()));
  Ids names;
  for (const auto& found : document.select_nodes("//testcase"))
    names.insert(found.node().attribute("name").value());
  return names;
}

Ids in_report(const Run& run) {
  Ids ids;
  for (const auto& check : run.record.at("checks")) ids.insert(check.at("id"));
  return ids;
}

void check_reports_are_whole(const Run& run) {
  CHECK(in_report(run) == all_ids);
  CHECK(cases_of(run.junit) == all_ids);
  for (const auto& id : all_ids) {
    const bool says_title = run.output.find(run.check(id).at("title")) != std::string::npos;
    CHECK((says_title || run.output.find(id) != std::string::npos));
  }
}

// Checks that this cause blocks.
Ids blocked_by(const Run& run, const std::string& cause) {
  Ids ids;
  for (const auto& check : run.record.at("checks"))
    if (check.at("blocked_by") == Json::array({cause})) ids.insert(check.at("id"));
  return ids;
}

// The world's kubeconfig with another server in it.
std::string kubeconfig_to(const WorldProgram& world, const std::string& server) {
  auto text = world.file("kubeconfig");
  const std::string key = "server: ";
  const auto start = text.find(key) + key.size();
  text.replace(start, text.find('\n', start) - start, server);
  const auto path = world.directory() + "/kubeconfig-elsewhere";
  std::ofstream(path) << text;
  return path;
}

Ids green_without_a_cluster(const WorldProgram& world) {
  return has_terraform(world) ? Ids{"terraform-plan"} : Ids{};
}

const Ids below_the_api{"outpost-selector", "outpost-endpoints", "session-backend",
                        "session-tmpfs",    "edge-login",        "session-growth"};

void check_api_is_the_cause(const WorldProgram& world, const Run& run, const std::string& reason) {
  INFO(run.output);
  CHECK(run.exit_code == 2);
  CHECK(run.ids_with("errored") == Ids{"api-ready"});
  CHECK(run.check("api-ready").at("reason") == reason);
  CHECK(blocked_by(run, "api-ready") == below_the_api);
  CHECK(run.ids_with("passed") == green_without_a_cluster(world));
  CHECK(run.ids_with("failed").empty());
  check_reports_are_whole(run);
}

}  // namespace

TEST_CASE("an API server that is down is one error, and blocks what stands on it",
          "[end-to-end][cause]") {
  const WorldProgram world(world_program, {});
  const auto server = "https://127.0.0.1:" + std::to_string(unused_port());
  const auto run = run_checklist(world, {"--kubeconfig", kubeconfig_to(world, server)});
  check_api_is_the_cause(world, run, "refused");
}

TEST_CASE("an API server without a name in DNS is one error", "[end-to-end][cause]") {
  const WorldProgram world(world_program, {});
  const auto run =
      run_checklist(world, {"--kubeconfig", kubeconfig_to(world, "https://nowhere.invalid:6443")});
  check_api_is_the_cause(world, run, "dns");
}

TEST_CASE("a token that is not known is one error", "[end-to-end][cause]") {
  const WorldProgram world(world_program, {});
  const auto run = run_checklist(world, {"--context", "wrong-token"});
  check_api_is_the_cause(world, run, "unauthorized");
}

TEST_CASE("a right that is missing is told once, with the rule to add", "[end-to-end][cause]") {
  const WorldProgram world(world_program, {});
  const auto run = run_checklist(world, {"--context", "forbidden"});
  INFO(run.output);
  CHECK(run.exit_code == 2);
  // Two rights are missing: to read Services, and to read Deployments.
  CHECK(run.ids_with("errored") == Ids{"outpost-selector", "session-backend"});
  const auto says = [&](const std::string& id, const std::string& rule) {
    CHECK(run.check(id).at("reason") == "forbidden");
    const auto summary = run.check(id).at("summary").get<std::string>();
    CHECK(summary.ends_with("add to a Role in namespace authentik: " + rule));
  };
  says("outpost-selector", "{apiGroups: [\"\"], resources: [services], verbs: [get]}");
  says("session-backend", "{apiGroups: [apps], resources: [deployments], verbs: [get]}");
  CHECK(blocked_by(run, "outpost-selector") ==
        Ids{"outpost-endpoints", "edge-login", "session-growth"});
  CHECK(blocked_by(run, "session-backend") == Ids{"session-tmpfs"});
  CHECK(run.check("api-ready").at("status") == "passed");
  check_reports_are_whole(run);
}

TEST_CASE("a database that is down spoils the check that asks it and no other",
          "[end-to-end][cause]") {
  const WorldProgram world(world_program, {});
  const auto run = run_checklist(
      world, {"--set", "database_url=postgresql://postflight_reader@127.0.0.1:" +
                           std::to_string(unused_port()) + "/authentik?sslmode=disable"});
  INFO(run.output);
  CHECK(run.exit_code == 2);
  CHECK(run.ids_with("errored") == Ids{"session-growth"});
  CHECK(run.check("session-growth").at("reason") == "refused");
  CHECK(run.ids_with("passed").size() == (has_terraform(world) ? 7U : 6U));
  check_reports_are_whole(run);
}

}  // namespace postflight::test
