#pragma once

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "clients/posix_commands.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/world_program.hpp"

namespace postflight::test {

using Json = nlohmann::json;
using Ids = std::set<std::string>;

inline const std::string world_program = std::string(TEST_PROGRAMS) + "/postflight-world";

inline CommandResult run_program(std::vector<std::string> argv) {
  PosixCommands commands;
  CommandRequest request;
  request.argv = std::move(argv);
  request.environment_names = {"*"};
  return commands.run(request, {std::chrono::steady_clock::now() + patience(100), {}, {}});
}

// A run of the shipped checklist.
struct Run {
  int exit_code = 0;
  std::string output;
  Json record;        // the JSON report
  std::string junit;  // the JUnit report
  Ids ids_with(const std::string& status) const {
    Ids ids;
    for (const auto& check : record.at("checks"))
      if (check.at("status") == status) ids.insert(check.at("id").get<std::string>());
    return ids;
  }
  const Json& check(const std::string& id) const {
    for (const auto& check : record.at("checks"))
      if (check.at("id") == id) return check;
    throw std::out_of_range("no check " + id);
  }
};

inline bool has_terraform(const WorldProgram& world) {
  return !Json::parse(world.file("world.json")).at("terraform_directory").is_null();
}

// Runs a file of checklists/ on the world's cluster, or on the one that a --kubeconfig of `more`
// names.
inline Run run_shipped(const WorldProgram& world, const std::string& file,
                       const std::vector<std::string>& more) {
  std::vector<std::string> argv{std::string(PROGRAMS) + "/postflight",
                                "run",
                                std::string(SOURCE_ROOT) + "/checklists/" + file,
                                "--report",
                                "json=" + world.directory() + "/report.json",
                                "--report",
                                "junit=" + world.directory() + "/report.xml"};
  if (std::find(more.begin(), more.end(), "--kubeconfig") == more.end())
    argv.insert(argv.end(), {"--kubeconfig", world.directory() + "/kubeconfig"});
  argv.insert(argv.end(), more.begin(), more.end());
  const auto result = run_program(argv);
  INFO(result.errors);
  REQUIRE(result.signal == 0);
  return {result.exit_code, result.output, Json::parse(world.file("report.json")),
          world.file("report.xml")};
}

// The upgrade checklist on the world, or with what `more` puts in the place of the world's.
inline Run run_checklist(const WorldProgram& world, const std::vector<std::string>& more = {}) {
  std::vector<std::string> options{"--vars", world.directory() + "/vars.yaml"};
  if (!has_terraform(world)) options.insert(options.end(), {"--skip", "terraform-plan"});
  options.insert(options.end(), more.begin(), more.end());
  return run_shipped(world, "authentik-upgrade.yaml", options);
}

}  // namespace postflight::test
