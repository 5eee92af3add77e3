// The pods of deploy/ as processes: with what the rendered objects give them, and nothing else.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <fstream>
#include <pugixml.hpp>

#include "tests/deploy/manifests.hpp"
#include "tests/deploy/pod_as_process.hpp"
#include "tests/end_to_end/shipped_run.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::test {
namespace {

#define NEEDS_PODS()                                          \
  for (const auto& missing : {missing_tools(), why_no_pod()}) \
    if (!missing.empty()) SKIP(missing)

const char account[] = "postflight";

PodToRun pod_of(const Rendered& rendered, const std::string& kind) {
  const auto& object = object_of(rendered.objects, kind);
  return {rendered.objects, pod_spec_of(object), object.at("metadata").at("namespace"), {}, ""};
}

void write_rights(const std::string& file, const Objects& roles) {
  std::ofstream out(file);
  for (const auto& role : roles) out << role.dump() << "\n---\n";
}

// Takes one resource out of every rule.
Objects without(Objects roles, const std::string& resource) {
  int taken = 0;
  for (auto& role : roles)
    for (auto& rule : role["rules"]) {
      auto& resources = rule["resources"];
      const auto found = std::ranges::find(resources, Json(resource));
      if (found == resources.end()) continue;
      resources.erase(found);
      ++taken;
    }
  REQUIRE(taken > 0);
  return roles;
}

// The JSON report on the volume, and what the JUnit report beside it has to agree with.
Json report_in(const std::string& folder) {
  std::ifstream in(folder + "/volumes/reports/report.json");
  REQUIRE(in);
  auto report = Json::parse(in);
  pugi::xml_document junit;
  REQUIRE(junit.load_file((folder + "/volumes/reports/report.xml").c_str()));
  int cases = 0;
  for (const auto& suite : junit.child("testsuites").children("testsuite"))
    for ([[maybe_unused]] const auto& one : suite.children("testcase")) ++cases;
  CHECK(static_cast<std::size_t>(cases) == report.at("checks").size());
  return report;
}

void check_end(const PodEnd& end, const std::string& verdict) {
  CHECK(end.termination_message.size() <= 4096);
  CHECK(Json::parse(end.termination_message).at("verdict") == verdict);
}

Ids ids_with(const Json& report, const std::string& status) {
  Ids ids;
  for (const auto& check : report.at("checks"))
    if (check.at("status") == status) ids.insert(check.at("id").get<std::string>());
  return ids;
}

}  // namespace

TEST_CASE("the CronJob's pod finds a healthy cluster healthy, with the rights that are bound to it",
          "[deploy][end-to-end]") {
  NEEDS_PODS();
  const TemporaryDirectory directory;
  const auto rights_file = directory.path() + "/rights.yaml";
  const auto rendered =
      GENERATE(0, 1) == 0 ? kustomize("base") : helm_template("postflight", "postflight");
  const auto pod = pod_of(rendered, "CronJob");
  const auto rights = rights_of(rendered.objects, pod.name_space, account);
  write_rights(rights_file, rights);
  const WorldProgram world(world_program, {"--cluster", "healthy", "--rights", rights_file});

  SECTION("with all of them") {
    const auto end = run_pod(pod, world, directory.path() + "/pod");
    INFO(end.output << end.errors);
    CHECK(end.exit_code == 0);
    CHECK(end.errors.empty());
    CHECK(end.output.find("\n+ passed: 40 passed") != std::string::npos);
    const auto report = report_in(directory.path() + "/pod");
    CHECK(report.at("verdict") == "passed");
    CHECK(ids_with(report, "passed").size() > 30);
    CHECK(ids_with(report, "errored").empty());
    check_end(end, "passed");
  }
  SECTION("without one of them it could not find out, and says which") {
    write_rights(rights_file, without(rights, "secrets"));
    const auto end = run_pod(pod, world, directory.path() + "/pod");
    INFO(end.output << end.errors);
    CHECK(end.exit_code == 2);
    const auto report = report_in(directory.path() + "/pod");
    CHECK(report.at("verdict") == "errored");
    CHECK(ids_with(report, "failed").empty());
    CHECK(ids_with(report, "errored").contains("tls-secrets-valid"));
    CHECK(end.output.find("resources: [secrets]") != std::string::npos);
    check_end(end, "errored");
  }
}

TEST_CASE("the pod in authentik's namespace sees the seven steps, with a password from a Secret",
          "[deploy][end-to-end]") {
  NEEDS_PODS();
  const TemporaryDirectory directory;
  const auto rights_file = directory.path() + "/rights.yaml";
  const auto rendered = kustomize("examples/authentik");
  auto pod = pod_of(rendered, "CronJob");
  write_rights(rights_file, rights_of(rendered.objects, pod.name_space, account));
  const WorldProgram world(world_program, {"--rights", rights_file});
  // The values of this installation, in the ConfigMap: a CA file of the edge beside vars.yaml.
  auto vars = Json::parse(world.file("vars.yaml"));
  pod.secret = {{"DATABASE_PASSWORD", vars.at("database_password")}};
  vars.erase("database_password");
  vars["edge_ca_file"] = "/etc/postflight/vars/edge-ca.pem";
  for (auto& object : pod.objects)
    if (object.at("metadata").at("name") == "postflight-vars")
      object["data"] = {{"vars.yaml", vars.dump()}, {"edge-ca.pem", world.file("edge-ca.pem")}};

  SECTION("with it") {
    const auto end = run_pod(pod, world, directory.path() + "/pod");
    INFO(end.output << end.errors);
    CHECK(end.exit_code == 0);
    const auto report = report_in(directory.path() + "/pod");
    CHECK(ids_with(report, "passed").size() == 7);
    CHECK(ids_with(report, "skipped") == Ids{"terraform-plan"});
  }
  SECTION("without it the database is not asked, and the rest is known") {
    pod.secret.clear();
    const auto end = run_pod(pod, world, directory.path() + "/pod");
    INFO(end.output << end.errors);
    CHECK(end.exit_code == 2);
    CHECK(ids_with(report_in(directory.path() + "/pod"), "errored") == Ids{"session-growth"});
  }
}

TEST_CASE("a hook of the chart runs as its CronJob does", "[deploy][end-to-end]") {
  NEEDS_PODS();
  const TemporaryDirectory directory;
  const auto rights_file = directory.path() + "/rights.yaml";
  const auto rendered = helm_template(
      "postflight", "operations",
      {"--set", "hooks.postUpgrade.enabled=true,vars.except_namespaces={operations}"});
  const auto pod = pod_of(rendered, GENERATE("Job", "Pod"));
  write_rights(rights_file, rights_of(rendered.objects, pod.name_space, account));
  const WorldProgram world(world_program, {"--cluster", "healthy", "--rights", rights_file});
  const auto end = run_pod(pod, world, directory.path() + "/pod");
  INFO(end.output << end.errors);
  CHECK(end.exit_code == 0);
  CHECK(report_in(directory.path() + "/pod").at("verdict") == "passed");
  check_end(end, "passed");
}

TEST_CASE("the pods of the Indexed Job do the whole checklist together", "[deploy][end-to-end]") {
  NEEDS_PODS();
  const TemporaryDirectory directory;
  const auto rights_file = directory.path() + "/rights.yaml";
  const auto rendered = kustomize("indexed-job");
  auto pod = pod_of(rendered, "Job");
  write_rights(rights_file, rights_of(rendered.objects, pod.name_space, account));
  const WorldProgram world(world_program, {"--cluster", "healthy", "--rights", rights_file});
  std::vector<std::string> merge{std::string(PROGRAMS) + "/postflight", "merge"};
  const auto shards = job_spec_of(object_of(rendered.objects, "Job")).at("completions").get<int>();
  for (int index = 0; index < shards; ++index) {
    pod.index = std::to_string(index);
    const auto end = run_pod(pod, world, directory.path() + "/pod-" + pod.index);
    INFO(end.output << end.errors);
    CHECK(end.exit_code == 0);
    CHECK(end.errors.empty());  // kubectl logs would mix it into the report
    merge.push_back(directory.path() + "/shard-" + pod.index + ".json");
    std::ofstream(merge.back()) << end.output;
  }
  const auto whole = run_program(merge);
  INFO(whole.output << whole.errors);
  CHECK(whole.exit_code == 0);
  merge.pop_back();
  CHECK(run_program(merge).exit_code != 0);
}

TEST_CASE("a pod cannot write to its root, its ConfigMaps or its token", "[deploy][end-to-end]") {
  NEEDS_PODS();
  const TemporaryDirectory directory;
  const auto rendered = kustomize("base");
  auto pod = pod_of(rendered, "CronJob");
  const WorldProgram world(world_program, {"--cluster", "healthy"});
  for (const auto* path : {"/report.json", "/tmp/report.json", "/etc/postflight/vars/report.json",
                           "/usr/bin/postflight"}) {
    INFO(path);
    pod.spec["containers"][0]["args"] = {"run", "/etc/postflight/checklists/cluster.yaml",
                                         std::string("--report=json=") + path};
    const auto end = run_pod(
        pod, world,
        directory.path() + "/" + std::filesystem::path(path).parent_path().filename().string());
    CHECK(end.exit_code == 3);
    CHECK(end.errors.find(path) != std::string::npos);
  }
}

}  // namespace postflight::test
