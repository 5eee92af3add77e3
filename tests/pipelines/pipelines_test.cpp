// The examples in docs/ci: the shell in them is run as their CI systems run it, on the stand-in
// world, with a helm that does nothing.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <set>

#include "tests/pipelines/pipeline.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/world_program.hpp"

namespace postflight::test {
namespace {

using Json = nlohmann::json;

const std::string world_program = std::string(TEST_PROGRAMS) + "/postflight-world";

struct System {
  std::string name;
  std::vector<ShellStep> steps;
};

std::vector<System> systems() {
  return {{"github", github_steps(read_pipeline("github-actions.yaml"))},
          {"gitlab", gitlab_steps(read_pipeline("gitlab-ci.yaml"))},
          {"woodpecker", woodpecker_steps(read_pipeline("woodpecker.yaml"))}};
}

// A checked-out repository with the shipped checklist in it, on a machine whose helm only says with
// what it was called.
class Machine {
 public:
  Machine(const WorldProgram& world, int helm_exit_code = 0) {
    for (const auto* name : {"bin", "home", "temp", "checkout"})
      std::filesystem::create_directory(folder_.path() + "/" + name);
    write_file(bin("helm"), "#!/bin/sh\necho \"helm $*\"\nexit " + std::to_string(helm_exit_code));
    std::filesystem::permissions(bin("helm"), std::filesystem::perms::owner_all);
    std::filesystem::create_symlink(program, bin("postflight"));
    auto checklist = read_file(std::string(SOURCE_ROOT) + "/checklists/authentik-upgrade.yaml");
    const auto facts = Json::parse(world.file("world.json"));
    if (facts.at("terraform_directory").is_null())
      checklist = checklist.substr(0, checklist.find("  - id: terraform-plan"));
    write_file(checkout("upgrade.yaml"), checklist);
    // Where the password belongs: with the secrets.
    auto variables = Json::parse(world.file("vars.yaml"));
    secrets_["DATABASE_PASSWORD"] = variables.at("database_password");
    variables.erase("database_password");
    write_file(checkout("production.yaml"), variables.dump());
    reach(world.file("kubeconfig"));
  }

  void reach(const std::string& kubeconfig) { secrets_["KUBECONFIG"] = kubeconfig; }

  PipelineEnd run(const System& system) const {
    Variables variables{{"PATH", folder_.path() + "/bin:/usr/local/bin:/usr/bin:/bin"},
                        {"HOME", folder_.path() + "/home"},
                        {"LC_ALL", "C.UTF-8"},
                        {"CI", "true"},
                        {"WAIT", "1s"}};
    auto secrets = secrets_;
    if (system.name == "github") {
      variables["GITHUB_ACTIONS"] = "true";
      variables["GITHUB_ENV"] = folder_.path() + "/temp/environment";
      variables["GITHUB_STEP_SUMMARY"] = page();
      variables["RUNNER_TEMP"] = folder_.path() + "/temp";
    } else if (system.name == "gitlab") {
      variables["GITLAB_CI"] = "true";
      variables["CI_PROJECT_DIR"] = checkout("");
      // A variable of type file, and a masked one.
      write_file(folder_.path() + "/temp/kubeconfig", secrets_.at("KUBECONFIG"));
      variables["KUBECONFIG"] = folder_.path() + "/temp/kubeconfig";
      variables["DATABASE_PASSWORD"] = secrets_.at("DATABASE_PASSWORD");
    } else {
      variables["CI"] = "woodpecker";
      secrets = {{"kubeconfig", secrets_.at("KUBECONFIG")},
                 {"database_password", secrets_.at("DATABASE_PASSWORD")}};
    }
    return run_pipeline(system.steps, folder_.path() + "/checkout", secrets, variables);
  }

  std::string checkout(const std::string& name) const {
    return folder_.path() + "/checkout/" + name;
  }
  std::string page() const { return folder_.path() + "/temp/page.md"; }
  std::string password() const { return secrets_.at("DATABASE_PASSWORD"); }

 private:
  std::string bin(const std::string& name) const { return folder_.path() + "/bin/" + name; }

  TemporaryDirectory folder_;
  Variables secrets_;
};

// The suites of the JUnit report and how many cases of them are no pass.
struct Junit {
  std::set<std::string> suites;
  int failures = 0, errors = 0;
};

Junit junit_of(const Machine& machine) {
  Junit junit;
  pugi::xml_document document;
  const auto path = machine.checkout("reports/postflight.xml");
  INFO(path);
  REQUIRE(document.load_file(path.c_str()));
  for (const auto& suite : document.child("testsuites").children("testsuite")) {
    junit.suites.insert(suite.attribute("name").value());
    junit.failures += suite.attribute("failures").as_int();
    junit.errors += suite.attribute("errors").as_int();
  }
  return junit;
}

void check_reports(const Machine& machine, const System& system, const PipelineEnd& end,
                   int exit_code, const std::string& verdict) {
  CHECK(Json::parse(read_file(machine.checkout("reports/postflight.json"))).at("exit_code") ==
        exit_code);
  const auto suites = junit_of(machine).suites;
  for (const auto* section : {"Kubernetes", "Outpost", "Edge", "Database"})
    CHECK(suites.contains(section));
  const auto summary = read_file(machine.checkout("reports/summary.md"));
  CHECK(has(summary, "authentik-upgrade: " + verdict));
  CHECK(has(end.log, "helm upgrade --install"));
  CHECK(has(end.log, "--wait"));
  CHECK(has(end.log, "the Kubernetes API server answers and is ready"));  // the text for people
  CHECK_FALSE(has(end.log + summary, machine.password()));
  const bool is_github = system.name == "github";
  CHECK(has(end.log, "::notice title=postflight authentik-upgrade::" + verdict) == is_github);
  if (is_github) CHECK(read_file(machine.page()) == summary);
}

// The same cluster at a port where nothing listens.
std::string unreachable(std::string kubeconfig) {
  const std::string begin = "https://127.0.0.1:";
  const auto port = kubeconfig.find(begin) + begin.size();
  const auto end = kubeconfig.find_first_not_of("0123456789", port);
  return kubeconfig.replace(port, end - port, std::to_string(unused_port()));
}

}  // namespace

TEST_CASE("the pipelines of docs/ci end as postflight does, with all reports", "[pipelines]") {
  const WorldProgram world(world_program, {});
  for (const auto& system : systems()) {
    {
      INFO("a healthy world");
      const Machine machine(world);
      const auto end = machine.run(system);
      INFO(system.name << "\n" << end.log);
      CHECK(end.exit_code == 0);
      check_reports(machine, system, end, 0, "passed");
      CHECK(junit_of(machine).failures + junit_of(machine).errors == 0);
    }
    {
      INFO("a cluster that cannot be reached, in an image without bash");
      Machine machine(world);
      machine.reach(unreachable(world.file("kubeconfig")));
      auto plain = system;
      for (auto& step : plain.steps) step.shell = {"sh", "-e"};
      const auto end = machine.run(plain);
      INFO(system.name << "\n" << end.log);
      CHECK(end.exit_code == 2);
      check_reports(machine, system, end, 2, "not known");
      CHECK(junit_of(machine).errors > 0);
      CHECK(junit_of(machine).failures == 0);
    }
    {
      INFO("a mistake in the checklist");
      const Machine machine(world);
      write_file(machine.checkout("upgrade.yaml"), "checks: []\nwhat: 1\n");
      const auto end = machine.run(system);
      INFO(system.name << "\n" << end.log);
      CHECK(end.exit_code == 3);
    }
    {
      INFO("an upgrade that failed: nothing is checked");
      const Machine machine(world, 7);
      const auto end = machine.run(system);
      INFO(system.name << "\n" << end.log);
      CHECK(end.exit_code == 7);
      CHECK(has(end.log, "helm upgrade"));
      CHECK_FALSE(std::filesystem::exists(machine.checkout("reports")));
    }
  }
}

TEST_CASE("the pipelines of docs/ci end with 1 when something is wrong, and keep the reports",
          "[pipelines]") {
  const WorldProgram world(world_program, {"--fault", "one-pod-filesystem"});
  for (const auto& system : systems()) {
    const Machine machine(world);
    const auto end = machine.run(system);
    INFO(system.name << "\n" << end.log);
    CHECK(end.exit_code == 1);
    check_reports(machine, system, end, 1, "failed");
    CHECK(junit_of(machine).failures > 0);
    if (system.name == "github") CHECK(has(end.log, "::error title="));
  }
}

TEST_CASE("the GitHub workflow shows and keeps the reports whatever became of the run",
          "[pipelines]") {
  const auto workflow = read_pipeline("github-actions.yaml");
  CHECK(at(workflow, {"on", "workflow_dispatch"}).type == YamlNode::Type::null);
  const auto& steps = at(workflow, {"jobs", "upgrade", "steps"}).items;
  std::set<std::string> actions;
  bool is_after = false;  // the run
  for (const auto& step : steps) {
    const auto* action = find(step, "uses");
    if (action != nullptr) actions.insert(action->text.substr(0, action->text.find('@')));
    if (is_after) CHECK(at(step, {"if"}).text == "always()");
    const auto* script = find(step, "run");
    if (script != nullptr && has(script->text, "postflight run")) is_after = true;
  }
  CHECK(is_after);
  CHECK(actions == std::set<std::string>{"actions/checkout", "actions/upload-artifact",
                                         "mikepenz/action-junit-report"});
  CHECK(at(steps.back(), {"with", "path"}).text == "reports/");
}

TEST_CASE("the GitLab pipeline shows the JUnit report and asks again only when it is not known",
          "[pipelines]") {
  const auto pipeline = read_pipeline("gitlab-ci.yaml");
  const auto& job = at(pipeline, {"postflight"});
  CHECK(at(job, {"artifacts", "when"}).text == "always");
  CHECK(at(job, {"artifacts", "reports", "junit"}).text == "reports/postflight.xml");
  CHECK(at(job, {"artifacts", "paths", "0"}).text == "reports/");
  REQUIRE(at(job, {"retry", "exit_codes"}).items.size() == 1);
  CHECK(at(job, {"retry", "exit_codes", "0"}).text == "2");
  CHECK(find(job, "allow_failure") == nullptr);
  // What is tried again is the check, never the upgrade.
  CHECK(find(at(pipeline, {"upgrade"}), "retry") == nullptr);
  CHECK(at(pipeline, {"stages", "1"}).text == at(job, {"stage"}).text);
}

TEST_CASE("the Woodpecker pipeline keeps the reports whatever became of the run", "[pipelines]") {
  const auto pipeline = read_pipeline("woodpecker.yaml");
  const auto& last = at(pipeline, {"steps"}).items.back();
  std::set<std::string> states;
  for (const auto& state : at(last, {"when", "0", "status"}).items) states.insert(state.text);
  CHECK(states == std::set<std::string>{"failure", "success"});
  CHECK(at(last, {"settings", "source"}).text == "reports/*");
  CHECK(find(last, "environment") == nullptr);  // a plug-in is none any more with one
  // ${...} in a command is replaced before a shell sees it.
  for (const auto& step : woodpecker_steps(pipeline)) CHECK_FALSE(has(step.script, "${"));
}

}  // namespace postflight::test
