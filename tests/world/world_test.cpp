// The program as others start it.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/postgres_server.hpp"
#include "tests/support/world_program.hpp"
#include "tests/world/child_process.hpp"
#include "tests/world/scenario.hpp"
#include "tests/world/witness.hpp"

namespace postflight::world {
namespace {

using Json = nlohmann::json;
const std::string program = std::string(TEST_PROGRAMS) + "/postflight-world";

bool can_start() { return !find_program("nginx").empty() && test::PostgresServer::is_installed(); }

}  // namespace

TEST_CASE("the world says where everything is, and takes everything along when it ends",
          "[world]") {
  if (!can_start()) SKIP("nginx or PostgreSQL is not installed");
  pid_t world = 0;
  pid_t nginx = 0;
  {
    const test::WorldProgram started(program,
                                     {"--fault", "one-pod-not-ready", "--latency", "20ms"});
    const Json facts = Json::parse(started.file("world.json"));
    CHECK(facts["faults"] == Json::array({"one-pod-not-ready"}));
    world = facts["pid"];
    nginx = std::stoi(started.file("edge/nginx.pid"));
    CHECK(::kill(world, 0) == 0);
    CHECK(::kill(nginx, 0) == 0);
    const Json vars = Json::parse(started.file("vars.yaml"));
    for (const char* key :
         {"namespace", "outpost", "replicas", "app_url", "edge_address", "edge_ca_file",
          "login_host", "database_url", "database_password", "terraform", "terraform_directory"}) {
      INFO(key);
      CHECK(vars.contains(key));
    }
    for (const char* file : {"kubeconfig", "edge_ca_file"})
      CHECK(std::filesystem::exists(facts[file].get<std::string>()));
    if (!facts["terraform"].is_null())
      CHECK(
          witness({facts["terraform"], "-chdir=" + facts["terraform_directory"].get<std::string>(),
                   "plan", "-detailed-exitcode", "-input=false"})
              .exit_code == 0);
  }
  // nginx ends a moment after its parent was told to wait for it.
  CHECK(::kill(world, 0) != 0);
  CHECK(::kill(nginx, 0) != 0);
}

TEST_CASE("the Terraform faults make a plan differ or fail", "[world]") {
  if (find_program("terraform").empty()) SKIP("terraform is not installed");
  if (!can_start()) SKIP("nginx or PostgreSQL is not installed");
  for (const auto& [fault, exit_code] :
       {std::pair<std::string, int>{"terraform-drift", 2}, {"terraform-error", 1}}) {
    INFO(fault);
    const test::WorldProgram started(program, {"--fault", fault});
    const Json facts = Json::parse(started.file("world.json"));
    CHECK(witness({facts["terraform"], "-chdir=" + facts["terraform_directory"].get<std::string>(),
                   "plan", "-detailed-exitcode", "-input=false"})
              .exit_code == exit_code);
  }
}

TEST_CASE("every fault has a name, a line and checks that see it", "[world]") {
  const std::string cluster = GENERATE("recorded", "healthy");
  const auto listed = witness({program, "--list-faults", "--json", "--cluster", cluster});
  REQUIRE(listed.exit_code == 0);
  const Json list = Json::parse(listed.output);
  CHECK(list.size() >= (cluster == "healthy" ? 50 : 17));
  std::set<std::string> names;
  for (const auto& fault : list) {
    CHECK(names.insert(fault["name"]).second);
    CHECK_FALSE(fault["about"].get<std::string>().empty());
    CHECK_FALSE(fault["checks"].empty());
  }
  CHECK_THROWS_AS(scenario_with({"no-such-fault"}), std::invalid_argument);
}

TEST_CASE("a healthy cluster needs no other part of a world, and its requests are counted",
          "[world][cluster]") {
  const test::WorldProgram started(
      program, {"--cluster", "healthy", "--pods", "60", "--fault", "node-unknown"});
  const Json facts = Json::parse(started.file("world.json"));
  CHECK(facts["faults"] == Json::array({"node-unknown"}));
  CHECK(facts["requests_file"] == started.directory() + "/requests.json");
  CHECK(Json::parse(started.file("requests.json")).empty());
  if (find_program("kubectl").empty()) SKIP("kubectl is not installed");
  const auto pods = witness(
      {"kubectl", "--kubeconfig", facts["kubeconfig"], "get", "--raw", "/api/v1/pods?limit=500"},
      {{"HOME", started.directory()}});
  CHECK(Json::parse(pods.output)["items"].size() == 60);
  CHECK(Json::parse(started.file("requests.json"))["pods"] == Json{{"list", 1}});
}

TEST_CASE("wrong usage of the program is said, with exit code 3", "[world]") {
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {"--directory"},
                                                {"--directory", "/nowhere", "--fault", "nope"},
                                                {"--directory", "/nowhere", "--latency", "50"},
                                                {"--directory", "/nowhere", "--cluster", "sick"},
                                                {"--directory", "/nowhere", "--pods", "60"},
                                                {"--nonsense"}}) {
    std::vector<std::string> argv{program};
    argv.insert(argv.end(), words.begin(), words.end());
    const auto result = witness(argv);
    CHECK(result.exit_code == 3);
    CHECK(result.errors.find("Usage: ") != std::string::npos);
  }
}

}  // namespace postflight::world
