#include "tests/world/world.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <iostream>

#include "tests/world/cluster.hpp"
#include "tests/world/cluster_objects/growth.hpp"
#include "tests/world/database.hpp"
#include "tests/world/delay_relay.hpp"
#include "tests/world/edge.hpp"
#include "tests/world/json.hpp"
#include "tests/world/outpost.hpp"
#include "tests/world/scenario.hpp"
#include "tests/world/terraform_directory.hpp"

namespace postflight::world {

namespace fs = std::filesystem;

namespace {

constexpr char outpost_name[] = "ak-outpost-authentik-embedded-outpost";
constexpr char outpost_namespace[] = "authentik";

// Whole or not at all: others wait for the file to appear.
void write_file(const fs::path& path, const std::string& text) {
  const fs::path partial = path.string() + ".partial";
  std::ofstream(partial) << text;
  fs::rename(partial, path);
}

void log_request(Cluster& cluster, int status) {
  const auto pods = cluster.store().all("pods", outpost_namespace);
  for (const auto& pod : pods) {
    const auto* running = container_status(*pod, "proxy");
    if (running == nullptr) continue;
    cluster.logs().append(text_at(*running, "/containerID"),
                          outpost_access_line(std::chrono::system_clock::now(), status));
    return;
  }
}

}  // namespace

struct World::Parts {
  WorldOptions options;
  Scenario scenario;
  CertificateAuthority authority{"stand-in world"};
  std::string terraform = find_program("terraform");
  std::unique_ptr<Database> database;
  std::unique_ptr<SessionStore> sessions;
  std::unique_ptr<Cluster> cluster;
  std::unique_ptr<Outpost> outpost;
  std::unique_ptr<HttpServer> outpost_server;
  std::unique_ptr<Edge> edge;
  std::vector<std::unique_ptr<DelayRelay>> relays;

  void start() {
    start_cluster();
    if (options.cluster == Cluster::Contents::recorded)
      start_authentik();
    else
      write_cluster_facts();
  }

  void start_authentik() {
    auto databases =
        std::async(std::launch::async, [this] { return std::make_unique<Database>(scenario); });
    auto terraforms = std::async(std::launch::async, [this] {
      make_terraform_directory(options.directory / "terraform", terraform, scenario.terraform);
    });
    database = databases.get();
    sessions = std::make_unique<SessionStore>(database->writer_url());
    outpost = std::make_unique<Outpost>(scenario, *sessions,
                                        [this](int status) { log_request(*cluster, status); });
    outpost_server = std::make_unique<HttpServer>(
        [this](const Request& request) { return outpost->answer(request); }, std::nullopt);
    std::optional<std::uint16_t> port;
    if (cluster->has_ready_endpoints(outpost_namespace, outpost_name))
      port = outpost_server->port();
    edge = std::make_unique<Edge>(options.directory / "edge", authority.server({application_host}),
                                  scenario, port);
    terraforms.get();
    write_facts();
  }

  void start_cluster() {
    cluster = std::make_unique<Cluster>(authority, options.directory / "pods", options.cluster,
                                        options.directory / "requests.json");
    for (const auto& edit : scenario.edits) edit(*cluster);
    cluster->settle();
    for (const auto& edit : scenario.last_edits) edit(*cluster);
    if (options.pods > 0) grow(cluster->store(), options.pods);
    if (!options.rights.empty()) cluster->take_rights_from(options.rights);
    cluster->serve(authority);
  }

  // The port to give to clients: the part's own, or that of a relay before it.
  std::uint16_t reachable(int port) {
    if (options.latency.count() == 0) return static_cast<std::uint16_t>(port);
    relays.push_back(
        std::make_unique<DelayRelay>(static_cast<std::uint16_t>(port), options.latency));
    return relays.back()->port();
  }

  void write_kubeconfig() {
    const fs::path file = options.directory / "kubeconfig";
    write_file(file, kubeconfig(authority, reachable(cluster->port())));
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  }

  void write_cluster_facts() {
    write_kubeconfig();
    write_file(options.directory / "vars.yaml", "{}\n");
    const Json facts = {{"kubeconfig", (options.directory / "kubeconfig").string()},
                        {"requests_file", (options.directory / "requests.json").string()},
                        {"pid", ::getpid()},
                        {"faults", options.faults}};
    write_file(options.directory / "world.json", facts.dump(2) + "\n");
  }

  void write_facts() {
    const fs::path& directory = options.directory;
    const std::string ca_file = directory / "edge-ca.pem";
    const std::string code = directory / "terraform";
    write_file(ca_file, authority.certificate_pem());
    write_kubeconfig();
    const std::string url = fmt::format("https://{}/", application_host);
    const std::string edge_address = fmt::format("127.0.0.1:{}", reachable(edge->port()));
    const std::string database_url =
        fmt::format("postgresql://{}@127.0.0.1:{}/authentik?sslmode=disable", reader_role,
                    reachable(database->port()));
    // JSON is YAML too.
    const Json vars = {{"namespace", outpost_namespace},
                       {"outpost", outpost_name},
                       {"replicas", 2},
                       {"app_url", url},
                       {"edge_address", edge_address},
                       {"edge_ca_file", ca_file},
                       {"login_host", Scenario().login_host},
                       {"database_url", database_url},
                       {"database_password", database->reader_password()},
                       {"terraform", Json::array({terraform.empty() ? "terraform" : terraform})},
                       {"terraform_directory", code}};
    write_file(directory / "vars.yaml", vars.dump(2) + "\n");
    const Json facts = {{"kubeconfig", (directory / "kubeconfig").string()},
                        {"edge_url", url},
                        {"edge_address", edge_address},
                        {"edge_ca_file", ca_file},
                        {"login_host", Scenario().login_host},
                        {"database_url", database_url},
                        {"database_password", database->reader_password()},
                        {"terraform_directory", terraform.empty() ? Json() : Json(code)},
                        {"terraform", terraform.empty() ? Json() : Json(terraform)},
                        {"requests_file", (directory / "requests.json").string()},
                        {"pid", ::getpid()},
                        {"faults", options.faults}};
    write_file(directory / "world.json", facts.dump(2) + "\n");
  }
};

World::World(const WorldOptions& options) : parts_(std::make_unique<Parts>()) {
  parts_->options = options;
  parts_->options.directory = fs::absolute(options.directory);
  parts_->scenario = scenario_with(
      options.faults, options.cluster == Cluster::Contents::recorded ? faults() : cluster_faults());
  parts_->start();
}

World::~World() = default;

}  // namespace postflight::world
