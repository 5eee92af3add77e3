#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "checks/catalogue.hpp"
#include "clients/posix_commands.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

namespace fs = std::filesystem;

bool terraform_is_installed() {
  const auto* path = std::getenv("PATH");
  std::string_view folders = path == nullptr ? "" : path;
  while (!folders.empty()) {
    const auto end = std::min(folders.find(':'), folders.size());
    if (::access((std::string(folders.substr(0, end)) + "/terraform").c_str(), X_OK) == 0)
      return true;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return false;
}

Limits two_minutes() { return {std::chrono::steady_clock::now() + std::chrono::minutes(2), {}}; }

// A configuration that needs no provider, applied once by the real program.
class TerraformWorld : public RecordedWorld {
 public:
  TerraformWorld() {
    folder_ = (fs::temp_directory_path() / "postflight-tf-XXXXXX").string();
    REQUIRE(::mkdtemp(folder_.data()) != nullptr);
    commands.respond = [](const CommandRequest& request) {
      return PosixCommands().run(request, two_minutes());
    };
    write(R"(resource "terraform_data" "outpost" { input = "two replicas" }
             output "size" { value = 2 })");
    run_terraform({"init", "-input=false"});
    run_terraform({"apply", "-auto-approve", "-input=false"});
  }
  ~TerraformWorld() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  void write(const std::string& configuration) const {
    std::ofstream(folder_ + "/main.tf") << configuration;
  }
  Outcome plan(const std::string& more = "") {
    return run(*find_kind("terraform.plan-clean"), "{directory: " + folder_ + more + "}");
  }

 private:
  void run_terraform(std::vector<std::string> argv) const {
    argv.insert(argv.begin(), "terraform");
    CommandRequest request;
    request.argv = argv;
    request.directory = folder_;
    request.environment = {{"CHECKPOINT_DISABLE", "1"}};
    const auto result = PosixCommands().run(request, two_minutes());
    INFO(result.output << result.errors);
    REQUIRE(result.exit_code == 0);
  }

  std::string folder_;
};

}  // namespace

TEST_CASE("a real plan passes, fails and cannot be made", "[terraform.plan-clean]") {
  if (!terraform_is_installed()) SKIP("terraform is not installed");
  TerraformWorld world;
  const auto clean = world.plan();
  CHECK(clean.status == Status::passed);
  CHECK(clean.examined == 2);

  // Arguments in the environment must not narrow the plan unseen.
  world.write(R"(resource "terraform_data" "outpost" { input = "one replica" }
                 resource "terraform_data" "other" {}
                 output "size" { value = 1 })");
  ::setenv("TF_CLI_ARGS_plan", "-target=terraform_data.nothing", 1);
  const auto drifted = world.plan();
  ::unsetenv("TF_CLI_ARGS_plan");
  CHECK(drifted.status == Status::failed);
  CHECK(drifted.summary.starts_with("3 changes planned: "));
  CHECK(drifted.summary.find("terraform_data.outpost (update)") != std::string::npos);
  CHECK(drifted.summary.find("output.size (update)") != std::string::npos);

  const auto allowed = world.plan(", allow: ['terraform_data.*', output.size]");
  CHECK(allowed.status == Status::passed);

  world.write(R"(resource "terraform_data" "outpost" { inputs = "one replica" })");
  try {
    world.plan();
    FAIL("it was judged");
  } catch (const CannotTell& error) {
    CHECK(error.reason() == "plan-error");
    CHECK(std::string(error.what()) == "terraform cannot plan: Unsupported argument");
  }
}

TEST_CASE("a program that is not there is a missing tool", "[terraform.plan-clean]") {
  RecordedWorld world;
  world.commands.respond = [](const CommandRequest& request) {
    return PosixCommands().run(request, two_minutes());
  };
  try {
    world.run(*find_kind("terraform.plan-clean"), "{directory: ., argv: no-such-terraform}");
    FAIL("it was judged");
  } catch (const ClientError& error) {
    CHECK(error.reason() == reason::missing_tool);
  }
}

}  // namespace postflight::test
