// A recorded run of the program on the stand-in world, and its replay once that world is gone.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "clients/posix_commands.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/world_program.hpp"

namespace postflight::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

const std::string world_program = std::string(TEST_PROGRAMS) + "/postflight-world";
const std::string checklist = std::string(SOURCE_ROOT) + "/checklists/authentik-upgrade.yaml";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

CommandResult postflight(const Words& arguments, const std::string& command = "run") {
  PosixCommands commands;
  CommandRequest request;
  request.argv = {std::string(PROGRAMS) + "/postflight", command, checklist};
  request.argv.insert(request.argv.end(), arguments.begin(), arguments.end());
  // Nothing by which a cluster or a database could be found, and no proxy.
  request.environment = {{"HOME", "/nonexistent"}, {"KUBECONFIG", "/nonexistent/kubeconfig"}};
  request.environment_names = {"PATH"};
  return commands.run(request,
                      {std::chrono::steady_clock::now() + std::chrono::seconds(100), {}, {}});
}

// A report without what a replay cannot have: how long its own work took.
Json comparable(Json report) {
  report.erase("replay_of");
  report.erase("duration_ms");
  for (auto& check : report.at("checks")) check.erase("duration_ms");
  return report;
}

// A recording of the world with those faults, which is gone by now.
struct Recorded {
  explicit Recorded(const Words& faults, const Words& more = {}) {
    auto world = std::make_unique<WorldProgram>(world_program, faults);
    facts = Json::parse(world->file("world.json"));
    Words arguments{"--kubeconfig", world->directory() + "/kubeconfig",
                    "--vars",       world->directory() + "/vars.yaml",
                    "--record",     folder.path() + "/recording",
                    "--report",     "json=" + folder.path() + "/recorded.json"};
    if (facts.at("terraform_directory").is_null())
      arguments.insert(arguments.end(), {"--skip", "terraform-plan"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    kubeconfig = text_of(world->directory() + "/kubeconfig");
    run = postflight(arguments);
    INFO(run.errors);
    REQUIRE(fs::exists(recording() / "recording.json"));
  }
  fs::path recording() const { return folder.path() + "/recording"; }
  Json report() const { return Json::parse(text_of(folder.path() + "/recorded.json")); }
  Json replayed(const Words& more = {}) {
    Words arguments{"--replay", recording().string(), "--report",
                    "json=" + folder.path() + "/replayed.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    replay = postflight(arguments);
    INFO(replay.errors);
    return Json::parse(text_of(folder.path() + "/replayed.json"));
  }
  // The files of the recording with that in their name.
  std::vector<fs::path> files(const std::string& part) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(recording()))
      if (entry.is_regular_file() &&
          entry.path().filename().string().find(part) != std::string::npos)
        found.push_back(entry.path());
    return found;
  }

  TemporaryDirectory folder;
  Json facts;
  std::string kubeconfig;
  CommandResult run, replay;
};

const Json& check_of(const Json& report, const std::string& id) {
  for (const auto& check : report.at("checks"))
    if (check.at("id") == id) return check;
  throw std::logic_error("no check " + id);
}

// What a kubeconfig holds in base64, long enough to be no word: certificates are public.
std::string client_key(const std::string& kubeconfig) {
  const auto at = kubeconfig.find("client-key-data:");
  if (at == std::string::npos) return {};
  std::istringstream rest(kubeconfig.substr(at + 16));
  std::string key;
  rest >> key;
  return key;
}

}  // namespace

TEST_CASE("a replay tells what the recorded run told, with the world gone", "[replay]") {
  const auto fault = GENERATE(as<std::string>{}, "", "one-pod-not-ready", "filesystem-backend",
                              "shm-full", "frozen-table", "edge-emergency-access");
  DYNAMIC_SECTION("fault: " << fault) {
    Recorded recorded(fault.empty() ? Words{} : Words{"--fault", fault});
    const auto replayed = recorded.replayed();
    CHECK(replayed.at("replay_of") == recorded.recording().string());
    CHECK(comparable(replayed) == comparable(recorded.report()));
    CHECK(recorded.replay.exit_code == recorded.run.exit_code);
    CHECK(recorded.run.exit_code == (fault.empty() ? 0 : 1));
  }
}

TEST_CASE("a recording is for its user alone and holds no secret", "[replay]") {
  const Recorded recorded({});
  const auto password = recorded.facts.at("database_password").get<std::string>();
  const auto key = client_key(recorded.kubeconfig);
  REQUIRE(password.size() > 8);
  using fs::perms;
  CHECK(fs::status(recorded.recording()).permissions() == perms::owner_all);
  const auto files = recorded.files("");
  CHECK(files.size() > 10);
  for (const auto& path : files) {
    INFO(path);
    CHECK(fs::status(path).permissions() == (perms::owner_read | perms::owner_write));
    const auto text = text_of(path);
    CHECK(text.find(password) == text.npos);
    CHECK((key.empty() || text.find(key) == text.npos));
    CHECK(text.find("PRIVATE KEY") == text.npos);
    // Cookies of the outpost are JSON web tokens or random words: only their shape is left.
    for (auto at = text.find("authentik_proxy_"); at != text.npos;
         at = text.find("authentik_proxy_", at + 1)) {
      const auto equals = text.find('=', at), end = text.find(';', at);
      if (equals == text.npos || end == text.npos || equals > end || end - at > 500) continue;
      CHECK(text.substr(equals + 1, end - equals - 1).find_first_of("bcdfghijklmnopq123456789") ==
            text.npos);
    }
  }
}

TEST_CASE("an edited file of a recording is what is judged", "[replay]") {
  Recorded recorded({});
  const auto disks = recorded.files("df-p-k");
  REQUIRE_FALSE(disks.empty());
  for (const auto& path : disks)
    std::ofstream(path) << "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
                           "shm 65536 65000 536 100% /dev/shm\n";
  const auto replayed = recorded.replayed();
  CHECK(check_of(replayed, "session-tmpfs").at("status") == "failed");
  CHECK(check_of(replayed, "outpost-endpoints").at("status") == "passed");
  CHECK(recorded.replay.exit_code == 1);
}

TEST_CASE("a question that nobody asked then is errored, never guessed", "[replay]") {
  Recorded recorded({});
  const auto replayed = recorded.replayed({"--set", "outpost=another"});
  const auto& check = check_of(replayed, "outpost-selector");
  CHECK(check.at("status") == "errored");
  CHECK(check.at("reason") == "not-recorded");
  CHECK(check.at("summary").get<std::string>().find("services/another") != std::string::npos);
  CHECK(recorded.replay.exit_code == 2);
}

TEST_CASE("a recorded run is self-tested with nobody asked", "[end-to-end][selftest]") {
  Recorded recorded({});
  const auto self_test = [&](const Words& more) {
    Words arguments{"--replay",  recorded.recording().string(),
                    "--only",    "outpost-endpoints",
                    "--changes", "40",
                    "-o",        "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return postflight(arguments, "selftest");
  };
  const auto good = self_test({});
  INFO(good.errors);
  INFO(good.output);
  CHECK(good.exit_code == 0);
  const auto checks = Json::parse(good.output).at("checks");
  CHECK(checks.size() == 3);  // with what it needs
  for (const auto& check : checks) {
    CHECK(check.at("verdict") == "can-fail");
    CHECK(check.at("failed") > 0);
  }

  // Nobody asked that then: not known, and not called fine.
  const auto unknown = self_test({"--set", "namespace=elsewhere"});
  INFO(unknown.errors);
  INFO(unknown.output);
  CHECK(unknown.exit_code == 2);
  const auto report = Json::parse(unknown.output);
  for (const auto& check : report.at("checks"))
    CHECK((check.at("verdict") == "untested") == (check.at("id") != "api-ready"));
}

TEST_CASE("a self-test of a recording that is not there is wrong usage", "[end-to-end][selftest]") {
  const auto result = postflight({"--replay", "/nonexistent/recording"}, "selftest");
  CHECK(result.exit_code == 3);
  CHECK(result.errors.find("/nonexistent/recording") != std::string::npos);
  CHECK(result.output.empty());
}

}  // namespace postflight::test
