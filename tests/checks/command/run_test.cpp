#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "checks/catalogue.hpp"
#include "clients/posix_commands.hpp"
#include "tests/cli/program.hpp"
#include "tests/reports/external.hpp"
#include "tests/support/client_errors.hpp"
#include "tests/support/recorded_clients.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("command.run"); }

// A world in which the plug-in ends and prints like this.
struct PlugInWorld : RecordedWorld {
  explicit PlugInWorld(CommandResult result) {
    commands.respond = [this, result](const CommandRequest& request) {
      asked = request;
      return result;
    };
  }
  PlugInWorld(int exit_code, std::string output, std::string errors = {})
      : PlugInWorld(CommandResult{exit_code, 0, std::move(output), std::move(errors)}) {}

  Outcome monitored() {
    return run(kind(), "{argv: [/opt/check_thing, -w, 5], contract: monitoring-plugin}");
  }
  Outcome told() { return run(kind(), "{argv: [./look.py], contract: outcome}"); }
  CommandRequest asked;
};

// The reason and the words of why nobody can tell.
template <typename Call>
ErrorSeen unknown(Call call) {
  try {
    const auto outcome = call();
    return {"it was judged", std::string(to_string(outcome.status)) + ": " + outcome.summary};
  } catch (const CannotTell& error) {
    return {error.reason(), error.what()};
  }
}

ErrorSeen unknown_of(int exit_code, const std::string& output, const std::string& errors = {}) {
  return unknown([&] { return PlugInWorld(exit_code, output, errors).monitored(); });
}

const std::string a_fact = R"({"subject":"queue mails","expected":"at most 5 waiting",)"
                           R"("observed":"3 waiting","status":"passed"})";

std::string document(const std::string& status, const std::string& evidence,
                     const std::string& more = "") {
  return fmt::format(R"({{"status":"{}","summary":"3 mails wait","examined":2,"evidence":[{}]{}}})",
                     status, evidence, more);
}

// Why the document is no outcome.
std::string refused(int exit_code, const std::string& output) {
  const auto seen = unknown([&] { return PlugInWorld(exit_code, output).told(); });
  CHECK(seen.reason == "unreadable");
  return seen.text;
}

// A file of a shell script that may be executed.
std::string script(const TemporaryDirectory& directory, const std::string& text) {
  const auto path = directory.path() + "/plug-in";
  write_file(path, "#!/bin/sh\n" + text + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

// A real program, run by the check with the real client.
struct RealRun {
  PosixCommands commands;
  RecordedWorld world;
  explicit RealRun() {
    world.commands.respond = [this](const CommandRequest& request) {
      return commands.run(request, a_minute());
    };
  }
  Outcome with(const std::string& settings) { return world.run(kind(), settings); }
};

constexpr auto plug_ins = "/usr/lib/nagios/plugins/";

}  // namespace

TEST_CASE("the exit code of a monitoring plug-in is the verdict and its first line the evidence",
          "[command.run]") {
  const std::pair<int, Status> verdicts[] = {
      {0, Status::passed}, {1, Status::warned}, {2, Status::failed}};
  for (const auto& [exit_code, status] : verdicts) {
    const auto outcome = PlugInWorld(exit_code, "3 things wait\n").monitored();
    CHECK(outcome.status == status);
    CHECK(outcome.summary == "3 things wait");
    CHECK(outcome.examined == 1);
    REQUIRE(outcome.evidence.size() == 1);
    CHECK(outcome.evidence[0].subject == "check_thing -w 5");
    CHECK(outcome.evidence[0].expected == "OK");
    CHECK(outcome.evidence[0].observed == "3 things wait");
  }
}

TEST_CASE("a plug-in that could not find out is unknown, never red", "[command.run]") {
  const auto seen = unknown_of(3, "THING UNKNOWN - no permission\n");
  CHECK(seen.reason == "plug-in-unknown");
  CHECK(has(seen.text, "THING UNKNOWN - no permission"));
}

TEST_CASE("exit codes without meaning and signals are no verdict", "[command.run]") {
  for (const int exit_code : {4, 126, 127, 255}) {
    const auto seen = unknown_of(exit_code, "OK\n", "Traceback\nno such module\n");
    CHECK(seen.reason == "plug-in-error");
    CHECK(has(seen.text, fmt::format("exit code {}", exit_code)));
    CHECK(has(seen.text, ": no such module"));
  }
  const auto killed = unknown([] {
    return PlugInWorld(CommandResult{0, 11, "OK\n", ""}).monitored();
  });
  CHECK(killed.reason == "plug-in-error");
  CHECK(has(killed.text, "signal 11"));
}

TEST_CASE("a plug-in that says nothing proves nothing, whatever its exit code", "[command.run]") {
  for (const int exit_code : {0, 1, 2, 3})
    for (const auto* output : {"", "\n", "  \r\n\n"})
      CHECK(unknown_of(exit_code, output, "usage: check_thing").reason == "unreadable");
  CHECK(has(unknown_of(2, "", "usage: check_thing").text, ": usage: check_thing"));
  CHECK(unknown_of(0, "| time=1\n").reason == "unreadable");
  CHECK(unknown_of(0, "\nOK\n").reason == "unreadable");
}

TEST_CASE("words that contradict the exit code are no verdict", "[command.run]") {
  // A pipe behind the plug-in ends with an exit code of its own.
  for (const auto* line : {"DISK CRITICAL - 0 MB free", "CRITICAL: none left", "WARNING",
                           "HTTP WARNING: 3 s", "UNKNOWN - no answer"})
    CHECK(unknown_of(0, line).reason == "unreadable");
  for (const int exit_code : {1, 2}) CHECK(unknown_of(exit_code, "DISK OK").reason == "unreadable");
  for (const auto* line : {"0 CRITICAL, 0 WARNING", "DISK OK - no CRITICAL: none", "all is well",
                           "OK: WARNING level is 5", "no CRITICALS - fine"})
    CHECK(PlugInWorld(0, line).monitored().status == Status::passed);
  CHECK(PlugInWorld(2, "DISK WARNING - it is worse").monitored().status == Status::failed);
}

TEST_CASE("performance data of every line is told beside the verdict", "[command.run]") {
  const auto outcome =
      PlugInWorld(0,
                  "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n"
                  "/ 15272 MB (77%);\n"
                  "/boot 68 MB (69%); | 'a ''b'' c'=4.5%;@10:20;~:3 time=U\n"
                  "load1=-0.5;; odd\n")
          .monitored();
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.summary == "DISK OK - free space: / 3326 MB (56%);");
  REQUIRE(outcome.evidence.size() == 6);
  CHECK(outcome.evidence[1].subject == "performance data /");
  CHECK(outcome.evidence[1].observed ==
        "2643MB; warning 5948, critical 5958, minimum 0, maximum 5968");
  CHECK(outcome.evidence[2].subject == "performance data a 'b' c");
  CHECK(outcome.evidence[2].observed == "4.5%; warning @10:20, critical ~:3");
  CHECK(outcome.evidence[3].observed == "not known");
  CHECK(outcome.evidence[4].observed == "-0.5");
  CHECK(outcome.evidence[5].observed == "odd");
}

TEST_CASE("performance data changes no verdict and is told up to a limit", "[command.run]") {
  std::string line = "CRITICAL - too many |";
  for (int number = 0; number < 60; ++number) line += fmt::format(" m{}={}", number, number);
  const auto outcome = PlugInWorld(2, line).monitored();
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.evidence.size() == 52);
  CHECK(outcome.evidence.back().observed == "10 more metrics");
}

TEST_CASE("an outcome in JSON is taken as it is", "[command.run]") {
  const auto outcome = PlugInWorld(0, document("passed", a_fact) + "\n").told();
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.summary == "3 mails wait");
  CHECK(outcome.examined == 2);
  REQUIRE(outcome.evidence.size() == 1);
  CHECK(outcome.evidence[0].subject == "queue mails");
  CHECK(outcome.evidence[0].expected == "at most 5 waiting");
  CHECK(outcome.evidence[0].observed == "3 waiting");
  const std::string late = R"({"subject":"s","expected":"e","observed":"o","status":"failed"})";
  CHECK(PlugInWorld(2, document("failed", a_fact + "," + late)).told().status == Status::failed);
}

TEST_CASE("an outcome that could not find out says why in a word of its own", "[command.run]") {
  const auto outcome = PlugInWorld(3, document("errored", "", R"(,"reason":"no-route")")).told();
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "no-route");
}

TEST_CASE("what is not one whole outcome is unreadable", "[command.run]") {
  const auto good = document("passed", a_fact);
  CHECK(has(refused(0, "all is well"), "not one JSON document"));
  CHECK(has(refused(0, good + good), "not one JSON document"));
  CHECK(has(refused(0, good + "\n" + good), "not one JSON document"));
  CHECK(has(refused(0, "starting\n" + good), "not one JSON document"));
  CHECK(has(refused(0, good.substr(0, good.size() - 1)), "not one JSON document"));
  CHECK(has(refused(0, "\xff" + good), "not one JSON document"));
  CHECK(has(refused(0, "666e666"), "not one JSON document"));
  CHECK(has(refused(0, std::string(100'000, '[')), "nested too deeply"));
  CHECK(has(refused(0, "[" + good + "]"), "must be a map, not array"));
  CHECK(has(refused(0, "{}"), "status must be text, but it is missing"));
  CHECK(has(refused(0, document("passed", a_fact, R"(,"status":"passed")")), "there twice"));
  CHECK(
      has(refused(0, document("passed", a_fact, R"(,"colour":"green")")), "unknown key 'colour'"));
  CHECK(has(refused(0, document("passed", a_fact, R"(,"reason":null)")), "must not be null"));
  CHECK(has(refused(0, document("skipped", a_fact)), "not 'skipped'"));
  CHECK(has(refused(0, document("passed", R"({"subject":"s","expected":"e","observed":"o"})")),
            "status must be text, but it is missing"));
  CHECK(has(refused(0, document("passed", a_fact + R"(,{"subject":" ","expected":"e",)"
                                                   R"("observed":"o","status":"passed"})")),
            "evidence[1]: subject says nothing"));
  CHECK(has(refused(0, R"({"status":"passed","summary":1,"examined":1,"evidence":[]})"),
            "summary must be text, not number"));
  CHECK(has(refused(0, R"({"status":"passed","summary":"s","evidence":[]})"), "examined"));
  CHECK(has(refused(0, R"({"status":"passed","summary":"s","examined":-1,"evidence":[]})"),
            "examined must be from 0"));
  CHECK(has(refused(0, R"({"status":"passed","summary":"s","examined":1.5,"evidence":[]})"),
            "examined must be a whole number"));
  CHECK(
      has(refused(0, R"({"status":"passed","summary":"s","examined":1})"), "evidence is missing"));
  CHECK(has(refused(0, R"({"status":"passed","summary":"s","examined":1,"evidence":{}})"),
            "evidence must be a list"));
}

TEST_CASE("an outcome that contradicts itself is unreadable", "[command.run]") {
  const std::string wrong = R"({"subject":"s","expected":"e","observed":"o","status":"failed"})";
  CHECK(has(refused(0, document("passed", "")), "says passed without evidence"));
  CHECK(has(refused(2, document("failed", "")), "says failed without evidence"));
  CHECK(has(refused(0, document("passed", wrong)), "says passed, and its evidence failed"));
  CHECK(has(refused(2, document("failed", a_fact)), "says failed, and its evidence passed"));
  CHECK(
      has(refused(2, document("passed", a_fact)), "says passed, and the exit code 2 says failed"));
  CHECK(has(refused(0, document("failed", wrong)), "says failed, and the exit code 0 says passed"));
  CHECK(has(refused(3, document("errored", a_fact, R"(,"reason":"x")")), "its evidence passed"));
  CHECK(has(refused(3, document("errored", "")), "reason must be text, but it is missing"));
  CHECK(has(refused(3, document("errored", "", R"(,"reason":"No Route")")), "lower case words"));
  CHECK(has(refused(0, document("passed", a_fact, R"(,"reason":"x")")), "errored only"));
}

TEST_CASE("a plug-in that looked at nothing says so, and the runner decides", "[command.run]") {
  const auto outcome =
      PlugInWorld(0,
                  R"({"status":"passed","summary":"s","examined":0,"evidence":[)" + a_fact + "]}")
          .told();
  CHECK(outcome.examined == 0);
}

TEST_CASE("a plug-in gets what the checklist names, in words that are the same everywhere",
          "[command.run]") {
  PlugInWorld world(0, "OK");
  world.run(kind(),
            "{argv: [check, a b], contract: monitoring-plugin, directory: /srv, "
            "pass-environment: [SITE_*], environment: {LC_ALL: C, TOKEN: secret}}");
  CHECK(world.asked.argv == std::vector<std::string>{"check", "a b"});
  CHECK(world.asked.directory == "/srv");
  CHECK(world.asked.environment_names == std::vector<std::string>{"SITE_*"});
  CHECK(world.asked.environment ==
        std::vector<std::pair<std::string, std::string>>{
            {"LC_ALL", "C.UTF-8"}, {"LC_ALL", "C"}, {"TOKEN", "secret"}});
}

TEST_CASE("settings of a plug-in that cannot be run are mistakes", "[command.run]") {
  for (const auto* with :
       {"{argv: [], contract: outcome}", "{argv: [''], contract: outcome}", "{argv: [x]}",
        "{argv: check_disk -w 10%, contract: monitoring-plugin}", "{contract: outcome}",
        "{argv: [x], contract: nagios}", "{argv: [x], contract: outcome, directory: ''}"}) {
    INFO(with);
    CHECK(mistakes_in(kind(), with).size() == 1);
  }
  CHECK(mistakes_in(kind(), "{argv: check_disk, contract: monitoring-plugin}").empty());
}

TEST_CASE("real monitoring plug-ins work unchanged", "[command.run][programs]") {
  if (!std::filesystem::exists(std::string(plug_ins) + "check_dummy"))
    SKIP("monitoring-plugins-basic is not installed: run scripts/setup");
  RealRun real;
  const auto run = [&](const std::string& words) {
    return real.with(fmt::format("{{contract: monitoring-plugin, argv: [{}{}]}}", plug_ins, words));
  };
  CHECK(run("check_dummy, 0").status == Status::passed);
  CHECK(run("check_dummy, 1, 'WARNING: low'").status == Status::warned);
  CHECK(run("check_dummy, 2").status == Status::failed);
  CHECK(unknown([&] { return run("check_dummy, 3"); }).reason == "plug-in-unknown");

  const auto processes = run("check_procs, -w, '1:'");
  CHECK(processes.status == Status::passed);
  CHECK(processes.summary.starts_with("PROCS OK: "));
  CHECK(processes.evidence.at(1).subject == "performance data procs");

  const auto file = run("check_file_age, -f, /, -w, '99999999999', -c, '99999999999'");
  CHECK(file.summary.starts_with("FILE_AGE "));

  ScriptedServer server([](auto& connection) { connection.wait_for_peer_to_leave(); });
  const auto open = run(fmt::format("check_tcp, -H, 127.0.0.1, -p, '{}'", server.port()));
  CHECK(open.status == Status::passed);
  CHECK(open.summary.starts_with("TCP OK - "));
  const auto refused = run(fmt::format("check_tcp, -H, 127.0.0.1, -p, '{}'", unused_port()));
  CHECK(refused.status == Status::failed);
  CHECK(has(refused.summary, "Connection refused"));

  const auto wrong_use = unknown([&] { return run("check_tcp, --no-such-option"); });
  CHECK(wrong_use.reason == "plug-in-unknown");

  const auto negated = run(fmt::format("negate, -s, {}check_dummy, 2", plug_ins));
  CHECK(negated.status == Status::passed);
  CHECK(negated.summary == "OK");
  // Without -s its words are the opposite of its exit code.
  const auto silent =
      unknown([&] { return run(fmt::format("negate, {}check_dummy, 2", plug_ins)); });
  CHECK(silent.reason == "unreadable");
}

TEST_CASE("a plug-in runs in its directory, with the variables it was given and no others",
          "[command.run]") {
  const TemporaryDirectory directory;
  const auto path = script(directory, "echo \"OK - $PWD,$GIVEN,${POSTFLIGHT_NOT_GIVEN-none}\"");
  setenv("POSTFLIGHT_NOT_GIVEN", "there", 1);
  RealRun real;
  const auto outcome = real.with(
      fmt::format("{{argv: [./plug-in], contract: monitoring-plugin, directory: '{}', environment: "
                  "{{GIVEN: given}}}}",
                  directory.path()));
  CHECK(outcome.summary == fmt::format("OK - {},given,none", directory.path()));
}

TEST_CASE("a plug-in that is not there, or prints without end, is no verdict", "[command.run]") {
  RealRun real;
  CHECK(error_thrown([&] { real.with("{argv: [./no-such-plug-in], contract: outcome}"); }).reason ==
        "missing-tool");
  const TemporaryDirectory directory;
  const auto endless = script(directory, "yes OK");
  CHECK(error_thrown([&] {
          real.with(fmt::format("{{argv: ['{}'], contract: monitoring-plugin}}", endless));
        }).reason == "too-large");
}

TEST_CASE("the published schema takes what is an outcome, and refuses what is none",
          "[command.run][programs]") {
  if (!runs("/usr/bin/python3 -c 'import jsonschema'"))
    SKIP("python3-jsonschema is not installed (scripts/setup installs it)");
  const auto is_valid = [](const std::string& text) {
    const TemporaryFile file(text);
    return runs(
        "/usr/bin/python3 -W ignore -c 'import json, sys, jsonschema; "
        "jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' " +
        file.path() + " " + SOURCE_ROOT + "/docs/plug-in-outcome.schema.json");
  };
  CHECK(is_valid(document("passed", a_fact)));
  CHECK(is_valid(document("errored", "", R"(,"reason":"no-route")")));
  CHECK_FALSE(is_valid(document("errored", "")));
  CHECK_FALSE(is_valid(document("passed", "")));
  CHECK_FALSE(is_valid(document("passed", a_fact, R"(,"reason":"x")")));
  CHECK_FALSE(is_valid(document("passed", a_fact, R"(,"colour":"green")")));
  CHECK_FALSE(is_valid(document("skipped", a_fact)));
}

}  // namespace postflight::test
