#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "clients/posix_commands.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("terraform.plan-clean"); }

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

std::string recorded(const std::string& name) { return fixture("terraform/" + name + ".jsonl"); }

// A world in which terraform ends and prints like this.
struct PlanWorld : RecordedWorld {
  explicit PlanWorld(CommandResult result) {
    commands.respond = [this, result](const CommandRequest& request) {
      asked = request;
      return result;
    };
  }
  PlanWorld(int exit_code, std::string output, std::string errors = {})
      : PlanWorld(CommandResult{exit_code, 0, std::move(output), std::move(errors)}) {}

  Outcome run_with(const std::string& more = "") {
    return run(kind(), "{directory: ., " + more + "}");
  }
  // Why nobody can tell. It never holds a value of the recordings.
  std::string unknown(const std::string& reason, const std::string& more = "") {
    try {
      run_with(more);
    } catch (const CannotTell& error) {
      CHECK(error.reason() == reason);
      CHECK_FALSE(std::string(error.what()).find("s3cret") != std::string::npos);
      return error.what();
    }
    return "it was judged";
  }
  CommandRequest asked;
};

// The observed of each fact with that status, as "subject: observed".
std::vector<std::string> facts(const Outcome& outcome, Status status) {
  std::vector<std::string> list;
  for (const auto& fact : outcome.evidence)
    if (fact.status == status) list.push_back(fact.subject + ": " + fact.observed);
  return list;
}

std::string with_prefix(const std::string& prefix, const std::string& lines) {
  std::string prefixed;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = lines.find('\n', at);
    prefixed += prefix + lines.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return prefixed;
}

std::string summary_message(int add, const std::string& operation = "plan") {
  return fmt::format(
      R"({{"@level":"info","@message":"","type":"change_summary","changes":{{"add":{},"change":0,"remove":0,"operation":"{}"}}}})"
      "\n",
      add, operation);
}

}  // namespace

TEST_CASE("what a clean plan is expected to be is what a change is not", "[terraform.plan-clean]") {
  const auto clean = PlanWorld(0, recorded("no_changes")).run_with();
  REQUIRE(clean.evidence.size() == 1);
  CHECK(clean.evidence[0].expected == "no change");
  const auto changed = PlanWorld(2, recorded("changes")).run_with();
  CHECK(std::ranges::any_of(changed.evidence, [&](const Evidence& fact) {
    return fact.status == Status::failed && fact.expected == clean.evidence[0].expected;
  }));
}

TEST_CASE("a plan without changes passes, saying what it looked at", "[terraform.plan-clean]") {
  PlanWorld world(0, recorded("no_changes"));
  const auto outcome = world.run_with();
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.summary == "Terraform 1.11.4: no changes in .");
  CHECK(outcome.examined == 2);
  CHECK(facts(outcome, Status::passed) ==
        std::vector<std::string>{"plan of .: 0 to add, 0 to change, 0 to destroy; 0 of 1 output "
                                 "changed; 1 object looked at"});
}

TEST_CASE("every planned change is listed by address and action", "[terraform.plan-clean]") {
  PlanWorld world(2, recorded("changes"));
  const auto outcome = world.run_with();
  CHECK(outcome.status == Status::failed);
  CHECK(facts(outcome, Status::failed) ==
        std::vector<std::string>{"terraform_data.policy[\"b\"]: create",
                                 "terraform_data.outpost: update",
                                 "terraform_data.policy[\"a\"]: create", "output.host: update"});
  CHECK(has(outcome.summary,
            "4 changes planned: terraform_data.policy[\"b\"] (create), "
            "terraform_data.outpost (update), "));
}

TEST_CASE("a change of outputs alone fails", "[terraform.plan-clean]") {
  PlanWorld world(2, recorded("outputs_only"));
  const auto outcome = world.run_with();
  CHECK(outcome.status == Status::failed);
  CHECK(facts(outcome, Status::failed) ==
        std::vector<std::string>{"output.host: update", "output.port: create"});
}

TEST_CASE("what no count shows fails too: moved and forgotten objects", "[terraform.plan-clean]") {
  CHECK(facts(PlanWorld(2, recorded("moved")).run_with(), Status::failed) ==
        std::vector<std::string>{"terraform_data.to: move"});
  CHECK(facts(PlanWorld(2, recorded("forgotten")).run_with(), Status::failed) ==
        std::vector<std::string>{"terraform_data.from: remove"});
  const auto all = facts(PlanWorld(2, recorded("every_action")).run_with(), Status::failed);
  CHECK(all == std::vector<std::string>{"terraform_data.imported: import",
                                        "terraform_data.forgotten: remove",
                                        "terraform_data.outpost: replace",
                                        "terraform_data.to: move", "terraform_data.gone: delete"});
}

TEST_CASE("no value is shown, sensitive or not", "[terraform.plan-clean]") {
  const auto outcome = PlanWorld(2, recorded("sensitive")).run_with();
  CHECK(facts(outcome, Status::failed) ==
        std::vector<std::string>{"terraform_data.outpost: update", "output.password: update"});
  CHECK(PlanWorld(1, recorded("precondition_failed")).unknown("plan-error") ==
        "terraform cannot plan: Resource precondition failed");
}

TEST_CASE("known drift passes by address, exact or by its beginning", "[terraform.plan-clean]") {
  PlanWorld world(2, recorded("changes"));
  const auto outcome =
      world.run_with("allow: ['terraform_data.policy*', terraform_data.outpost, output.host]");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.summary == "Terraform 1.11.4: no changes but 4 allowed in .");
  CHECK(facts(outcome, Status::passed)[1] == "terraform_data.outpost: update (allowed)");

  const auto partly = world.run_with("allow: ['terraform_data.policy[\"a\"]', output.host]");
  CHECK(partly.status == Status::failed);
  CHECK(facts(partly, Status::failed).size() == 2);
  CHECK(world.run_with("allow: [terraform_data.outpos]").status == Status::failed);
}

TEST_CASE("known drift does not pass when more is counted than listed", "[terraform.plan-clean]") {
  PlanWorld world(2, recorded("moved") + summary_message(1));
  CHECK(has(world.unknown("unreadable", "allow: [terraform_data.to]"),
            "counts more changes than it lists"));
}

TEST_CASE("drift and warnings are told, but are no change", "[terraform.plan-clean]") {
  const std::string drift =
      R"({"@level":"info","@message":"Drift","type":"resource_drift","change":{"resource":{"addr":"random_pet.animal"},"action":"update"}})"
      "\n";
  const auto outcome = PlanWorld(0, drift + recorded("check_warning")).run_with();
  CHECK(outcome.status == Status::passed);
  const auto told = facts(outcome, Status::passed);
  CHECK(told[0] == "random_pet.animal: update made outside of Terraform");
  CHECK(told[1] == "warning: Check block assertion failed");
}

TEST_CASE("an error of the configuration is errored with its diagnostic",
          "[terraform.plan-clean]") {
  CHECK(PlanWorld(1, recorded("invalid")).unknown("plan-error") ==
        "terraform cannot plan: Unsupported argument");
}

TEST_CASE("a directory that is not initialised is errored, saying what to run",
          "[terraform.plan-clean]") {
  for (const auto* name : {"backend_uninitialised", "module_missing", "provider_missing"}) {
    CAPTURE(name);
    PlanWorld world(1, recorded(name));
    CHECK(has(world.unknown("configuration", "argv: tofu"), "run tofu init there"));
  }
}

TEST_CASE("a held lock is errored, saying who holds it", "[terraform.plan-clean]") {
  CHECK(PlanWorld(1, recorded("locked")).unknown("locked") ==
        "the state is locked by Who: ann@workstation, Operation: OperationTypeApply, Created: "
        "2026-11-23 20:00:00.000000001 +0000 UTC, ID: 7f0c1a52-9ad9-4d0c-8f0f-1f7d6e2c9b1a");
}

TEST_CASE("an exit code without a plan proves nothing", "[terraform.plan-clean]") {
  CHECK(has(PlanWorld(0, "").unknown("unreadable"), "printed no summary"));
  CHECK(has(PlanWorld(0, "No changes. Your infrastructure matches the configuration.\n")
                .unknown("unreadable"),
            "printed no summary"));
  // What shells and many programs say of wrong usage.
  CHECK(
      has(PlanWorld(2, "", "usage: tg [-h] ...\ntg: unknown option -json\n").unknown("unreadable"),
          "printed no summary of a plan: tg: unknown option -json"));
  CHECK(has(PlanWorld(1, "", "vault: permission denied\n").unknown("plan-error"),
            "exit code 1: vault: permission denied"));
  CHECK(PlanWorld(127, "").unknown("plan-error") == "terraform ended with exit code 127");
  CHECK(has(PlanWorld(CommandResult{0, 9, recorded("no_changes"), ""}).unknown("plan-error"),
            "ended by signal 9"));
}

TEST_CASE("an exit code that contradicts the plan proves nothing", "[terraform.plan-clean]") {
  CHECK(has(PlanWorld(0, recorded("changes")).unknown("unreadable"), "lists 4 changes"));
  CHECK(has(PlanWorld(0, recorded("outputs_only")).unknown("unreadable"), "lists 2 changes"));
  CHECK(has(PlanWorld(0, summary_message(1)).unknown("unreadable"), "lists 1 change"));
  CHECK(has(PlanWorld(2, recorded("no_changes")).unknown("unreadable"), "lists nothing"));
  CHECK(PlanWorld(0, recorded("invalid")).unknown("plan-error") ==
        "terraform cannot plan: Unsupported argument");
  CHECK(
      has(PlanWorld(0, recorded("no_changes") + summary_message(0, "apply")).unknown("unreadable"),
          "summed up an operation apply"));
}

TEST_CASE("changes that are counted but not listed fail", "[terraform.plan-clean]") {
  const auto outcome = PlanWorld(2, summary_message(3)).run_with();
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "counted but not listed"));
}

TEST_CASE("a plan of nothing examined nothing", "[terraform.plan-clean]") {
  CHECK(PlanWorld(0, summary_message(0)).run_with().examined == 0);
}

TEST_CASE("what wrappers print around the messages does no harm", "[terraform.plan-clean]") {
  const auto noise =
      std::string("Logging in to the vault ...\n{\"not\": \"a message\"}\n{broken\n");
  for (const auto* prefix : {"", "10:22:33.123 STDOUT [live] terraform: ", "[{live}] "}) {
    CAPTURE(prefix);
    CHECK(PlanWorld(0, noise + with_prefix(prefix, recorded("no_changes"))).run_with().status ==
          Status::passed);
    CHECK(facts(PlanWorld(2, noise + with_prefix(prefix, recorded("changes"))).run_with(),
                Status::failed)
              .size() == 4);
  }
  const std::string logged =
      R"({"level":"stdout","msg":"{\"@level\":\"info\",\"type\":\"change_summary\",\"changes\":{\"add\":1,\"change\":0,\"remove\":0,\"operation\":\"plan\"}}"})"
      "\n";
  CHECK(PlanWorld(2, logged).run_with().status == Status::failed);
}

TEST_CASE("one changed configuration of several fails", "[terraform.plan-clean]") {
  PlanWorld world(2, recorded("no_changes") + recorded("changes"));
  CHECK(facts(world.run_with(), Status::failed).size() == 4);
}

TEST_CASE("a message of the wrong shape is unreadable, not passed over", "[terraform.plan-clean]") {
  for (
      const auto* message :
      {R"({"@level":"info","type":"change_summary","changes":{"operation":"plan"}})",
       R"({"@level":"info","type":"change_summary","changes":{"add":"0","change":0,"remove":0,"operation":"plan"}})",
       R"({"@level":"info","type":"planned_change","change":{"action":"update"}})",
       R"({"@level":"info","type":"outputs","outputs":{"host":{}}})",
       R"({"@level":"info","type":"outputs"})"}) {
    CAPTURE(message);
    PlanWorld world(0, recorded("no_changes") + message + "\n");
    CHECK(world.unknown("unreadable") != "it was judged");
  }
}

TEST_CASE("the plan is asked for by argv, with a lock timeout inside the check's time",
          "[terraform.plan-clean]") {
  PlanWorld world(0, recorded("no_changes"));
  const auto outcome = world.run_with(
      "argv: [tg, --quiet], plan-arguments: [-var-file=live.tfvars, -target=a.b], "
      "lock-timeout: 5s, refresh: false, environment: {TF_VAR_x: y}, pass-environment: [CLOUD_*]");
  const auto& asked = world.asked;
  CHECK(asked.argv == std::vector<std::string>{"tg", "--quiet", "plan", "-detailed-exitcode",
                                               "-json", "-input=false", "-no-color",
                                               "-lock-timeout=5s", "-refresh=false",
                                               "-var-file=live.tfvars", "-target=a.b"});
  CHECK(asked.directory == ".");
  CHECK(std::ranges::count(asked.environment_names, "PATH") == 1);
  CHECK(std::ranges::count(asked.environment_names, "CLOUD_*") == 1);
  CHECK(std::ranges::count(asked.environment_names, "AWS_*") == 0);
  CHECK(asked.environment.front() == std::pair<std::string, std::string>("TF_CLI_ARGS", ""));
  CHECK(asked.environment.back() == std::pair<std::string, std::string>("TF_VAR_x", "y"));
  CHECK(has(outcome.evidence.back().observed, "only as far as -refresh=false -target=a.b"));
  CHECK(outcome.examined == 2);
  for (const auto* narrow : {"-target-file=few", "-exclude=a.b", "-exclude-file=few"})
    CHECK(has(
        world.run_with(std::string("plan-arguments: [") + narrow + "]").evidence.back().observed,
        std::string("only as far as ") + narrow));
  // The check has a minute: the plan must have the other half of it.
  world.run_with("lock-timeout: 10m");
  const auto wait = world.asked.argv.back();
  REQUIRE(wait.starts_with("-lock-timeout="));
  CHECK(std::stoi(wait.substr(14)) <= 30);
  CHECK(std::ranges::count(world.asked.environment_names, "AWS_*") == 1);
}

TEST_CASE("a plan that names no object has examined none, without a refresh too",
          "[terraform.plan-clean]") {
  const std::string summary =
      R"({"@level":"info","type":"change_summary","changes":{"add":0,"change":0,"import":0,)"
      R"("remove":0,"operation":"plan"}})";
  PlanWorld world(0, summary + "\n");
  CHECK(world.run_with("refresh: true").examined == 0);
  CHECK(world.run_with("refresh: false").examined == 0);
}

TEST_CASE("a missing directory is errored before anything is run", "[terraform.plan-clean]") {
  RecordedWorld world;
  world.commands.respond = [](const CommandRequest& request) {
    PosixCommands commands;
    return commands.run(request,
                        {std::chrono::steady_clock::now() + std::chrono::minutes(1), {}, {}});
  };
  CHECK_THROWS_AS(world.run(kind(), "{directory: /nowhere/live, argv: [/bin/true]}"), ClientError);
}

TEST_CASE("settings that would make another plan are mistakes", "[terraform.plan-clean]") {
  CHECK(mistakes_in(kind(), "{directory: live, allow: ['a.b[\"*.example.com\"]']}").empty());
  for (const auto* with :
       {"{directory: ''}", "{}", "{directory: live, plan-arguments: [-destroy]}",
        "{directory: live, plan-arguments: [--out=plan]}",
        "{directory: live, plan-arguments: [-refresh-only]}", "{directory: live, allow: ['*']}",
        "{directory: live, allow: ['']}", "{directory: live, argv: ['']}"}) {
    CAPTURE(with);
    CHECK(mistakes_in(kind(), with).size() == 1);
  }
}

}  // namespace postflight::test
