// Every shipped checklist, self-tested on the stand-in world: each of its checks can fail.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "clients/posix_commands.hpp"
#include "tests/end_to_end/healthy_prometheus.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/world_program.hpp"

namespace postflight::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

std::vector<std::string> shipped() {
  std::vector<std::string> files;
  for (const auto& file : fs::directory_iterator(std::string(SOURCE_ROOT) + "/checklists"))
    files.push_back(file.path().string());
  return files;
}

// A program that prints a recorded plan of Terraform, whatever is installed.
std::string recorded_terraform(const WorldProgram& world) {
  const auto path = world.directory() + "/recorded-terraform";
  std::ofstream(path) << "#!/bin/sh\nexec cat '" FIXTURES "/terraform/no_changes.jsonl'\n";
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

CommandResult self_test(const WorldProgram& world, const std::string& checklist,
                        const std::vector<std::string>& options) {
  CommandRequest request;
  request.argv = {std::string(PROGRAMS) + "/postflight",
                  "selftest",
                  checklist,
                  "--kubeconfig",
                  world.directory() + "/kubeconfig",
                  "--changes",
                  "100",
                  "-o",
                  "json"};
  request.argv.insert(request.argv.end(), options.begin(), options.end());
  request.environment_names = {"*"};
  return PosixCommands().run(request, {std::chrono::steady_clock::now() + patience(240), {}, {}});
}

}  // namespace

TEST_CASE("every check of every shipped checklist can fail", "[end-to-end]") {
  if (is_sanitized)
    SKIP("a self-test of one check, in this program too, shows a sanitizer the same");
  REQUIRE_FALSE(shipped().empty());
  const auto checklist = GENERATE(from_range(shipped()));
  DYNAMIC_SECTION(fs::path(checklist).filename().string()) {
    const bool whole_cluster = fs::path(checklist).stem() == "cluster";
    const WorldProgram world(std::string(TEST_PROGRAMS) + "/postflight-world",
                             whole_cluster ? std::vector<std::string>{"--cluster", "healthy"}
                                           : std::vector<std::string>{});
    std::vector<std::string> options;
    std::optional<PrometheusServer> prometheus;
    if (whole_cluster) {
      if (!PrometheusServer::is_installed()) SKIP("prometheus is missing");
      prometheus.emplace(healthy_prometheus());
      options = {"--set", "prometheus_url=" + prometheus->url()};
    } else {
      options = {"--vars", world.directory() + "/vars.yaml",
                 "--set",  "terraform=[" + recorded_terraform(world) + "]",
                 "--set",  "terraform_directory=" + world.directory()};
    }
    const auto result = self_test(world, checklist, options);
    INFO(result.errors);
    INFO(result.output);
    REQUIRE(result.signal == 0);
    CHECK(result.exit_code == 0);
    const auto report = Json::parse(result.output);
    CHECK_FALSE(report.at("checks").empty());
    for (const auto& check : report.at("checks")) {
      INFO(check.at("id"));
      CHECK(check.at("verdict") == "can-fail");
      CHECK(check.at("failed") > 0);
    }
  }
}

}  // namespace postflight::test
