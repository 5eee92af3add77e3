#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "tests/world/cluster.hpp"
#include "tests/world/json.hpp"
#include "tests/world/random.hpp"
#include "tests/world/scenario.hpp"

namespace postflight::world {

namespace {

using namespace std::chrono_literals;
using Edit = std::function<void(Cluster&)>;

constexpr char name_space[] = "authentik";
constexpr char outpost[] = "ak-outpost-authentik-embedded-outpost";

// The outpost's pods, in the order of their names.
std::vector<Object> outpost_pods(Cluster& cluster) {
  auto pods = cluster.store().all("pods", name_space);
  std::erase_if(pods, [](const Object& pod) {
    return text_at(*pod, "/metadata/name").rfind(outpost, 0) != 0;
  });
  return pods;
}

std::string name_of(const Object& pod) { return text_at(*pod, "/metadata/name"); }

Edit selector(Json wanted) {
  return [wanted = std::move(wanted)](Cluster& cluster) {
    cluster.store().change("services", name_space, outpost,
                           [&](Json& service) { service["spec"]["selector"] = wanted; });
  };
}

void first_pod_not_ready(Cluster& cluster) {
  const auto name = name_of(outpost_pods(cluster).front());
  cluster.store().change("pods", name_space, name, [](Json& pod) {
    for (auto& condition : pod["status"]["conditions"]) {
      if (condition["type"] != "Ready" && condition["type"] != "ContainersReady") continue;
      condition["status"] = "False";
      condition["reason"] = "ContainersNotReady";
      condition["message"] = "containers with unready status: [proxy]";
    }
    for (auto& status : pod["status"]["containerStatuses"]) status["ready"] = false;
  });
}

// A slice that somebody wrote by hand, as old ways of adding an address do.
void stray_slice(Cluster& cluster) {
  Object server;
  for (const auto& pod : cluster.store().all("pods", name_space))
    if (text_at(*pod, "/spec/containers/0/name") == "server") server = pod;
  Json slice = *cluster.store().all("endpointslices", name_space).front();
  Json& metadata = slice["metadata"];
  for (const char* key : {"resourceVersion", "generateName", "ownerReferences", "annotations"})
    metadata.erase(key);
  metadata["name"] = std::string(outpost) + "-manual";
  metadata["uid"] = "0d4f7b1e-5a3c-4e0b-9a53-2f6d8c1b7e90";
  metadata["labels"] = {{"kubernetes.io/service-name", outpost}};
  Json endpoint = slice["endpoints"][0];
  endpoint["addresses"] = Json::array({text_at(*server, "/status/podIP")});
  endpoint["targetRef"]["name"] = text_at(*server, "/metadata/name");
  endpoint["targetRef"]["uid"] = text_at(*server, "/metadata/uid");
  slice["endpoints"] = Json::array({endpoint});
  cluster.store().put("endpointslices", std::move(slice));
}

// Replaces a text in the logs of the first `pods` outpost pods.
Edit in_logs(std::size_t pods, const std::string& from, const std::string& to) {
  return [=](Cluster& cluster) {
    auto all = outpost_pods(cluster);
    all.resize(std::min(pods, all.size()));
    for (const auto& pod : all) {
      const auto id = text_at(*container_status(*pod, "proxy"), "/containerID");
      auto lines = cluster.logs().lines(id);
      for (auto& line : lines)
        if (const auto at = line.text.find(from); at != std::string::npos)
          line.text.replace(at, from.size(), to);
      cluster.logs().set(id, std::move(lines));
    }
  };
}

void fill_shared_memory(Cluster& cluster) {
  const auto name = name_of(outpost_pods(cluster).front());
  std::ofstream file(cluster.sandbox(name_space, name).shared_memory() / "spool");
  const std::string megabyte(1 << 20, 's');
  for (long written = 0; written < shared_memory_size / 100 * 95; written += 1 << 20)
    file << megabyte;
  if (!file.flush()) throw std::runtime_error("could not fill the shared memory of " + name);
}

void pile_up_sessions(Cluster& cluster) {
  for (const auto& pod : outpost_pods(cluster)) {
    const auto folder = cluster.sandbox(name_space, name_of(pod)).shared_memory();
    for (int count = 0; count < 400; ++count)
      std::ofstream(folder / ("session_" + random_base32(52))) << std::string(1500, 's');
    std::ofstream(folder / "session-cleanup.lock") << "";
  }
}

std::function<void(Scenario&)> edit(Edit change) {
  return [change = std::move(change)](Scenario& scenario) { scenario.edits.push_back(change); };
}

std::vector<Fault> list_of_faults() {
  const std::string filesystem = "using filesystem session backend";
  const std::string postgres = "using PostgreSQL session backend";
  using S = Scenario;
  return {
      {"empty-endpoints",
       "the Service's selector is the union of two and matches no pod",
       {"outpost-selector"},
       edit(selector({{"app.kubernetes.io/managed-by", "goauthentik.io"},
                      {"app.kubernetes.io/name", "authentik"},
                      {"app.kubernetes.io/component", "server"},
                      {"goauthentik.io/outpost-name", "authentik-embedded-outpost"},
                      {"goauthentik.io/outpost-type", "proxy"}}))},
      {"selector-flipped",
       "the Service selects the server pods instead of the outpost's",
       {"outpost-selector"},
       edit(selector(
           {{"app.kubernetes.io/name", "authentik"}, {"app.kubernetes.io/component", "server"}}))},
      {"selector-too-wide",
       "the Service selects the server pods besides the outpost's",
       {"outpost-selector"},
       edit(selector({{"app.kubernetes.io/component", "server"}}))},
      {"one-pod-not-ready",
       "one of the two outpost pods is not ready",
       {"outpost-endpoints"},
       edit(first_pod_not_ready)},
      {"server-pod-among-endpoints",
       "a stray EndpointSlice adds a server pod to the outpost's addresses",
       {"outpost-endpoints"},
       edit(stray_slice)},
      {"outpost-not-embedded",
       "the outpost pods say that they do not run as the embedded outpost",
       {"session-backend"},
       edit(in_logs(2, "\"embedded\":true", "\"embedded\":false"))},
      {"filesystem-backend",
       "every outpost pod keeps its sessions on the filesystem",
       {"session-backend"},
       edit(in_logs(2, postgres, filesystem))},
      {"one-pod-filesystem",
       "one of the two outpost pods keeps its sessions on the filesystem",
       {"session-backend"},
       edit(in_logs(1, postgres, filesystem))},
      {"shm-full",
       "/dev/shm of one outpost pod is 95 % full",
       {"session-tmpfs"},
       edit(fill_shared_memory)},
      {"session-files",
       "hundreds of session files lie in /dev/shm of the outpost pods",
       {"session-tmpfs"},
       edit(pile_up_sessions)},
      {"frozen-table",
       "the outpost sends visitors to the login, but no session reaches the table",
       {"session-growth"},
       [](S& scenario) {
         scenario.outpost_writes = false;
         scenario.last_write = 7h;
       }},
      {"cleanup-stopped",
       "rows that are long past their time are still in the table",
       {"session-growth"},
       [](S& scenario) { scenario.overdue_rows = 300; }},
      {"validity-drifted",
       "sessions last seven days instead of twenty-eight",
       {"session-growth"},
       [](S& scenario) { scenario.validity = 24h * 7; }},
      {"edge-emergency-access",
       "the edge cannot reach the healthy outpost and falls back to Basic auth",
       {"edge-login"},
       [](S& scenario) { scenario.edge_reaches_outpost = false; }},
      {"edge-400",
       "the outpost cannot save a session and answers 400",
       {"edge-login"},
       [](S& scenario) { scenario.outpost_may_write = false; }},
      {"edge-no-application",
       "the outpost has no application for the host and answers 400",
       {"edge-login"},
       [](S& scenario) { scenario.outpost_has_application = false; }},
      {"edge-wrong-login-host",
       "the outpost sends visitors to a host that is not the login",
       {"edge-login"},
       [](S& scenario) { scenario.login_host = "localhost"; }},
      {"edge-unprotected",
       "the edge serves the application to anybody",
       {"edge-login"},
       [](S& scenario) { scenario.edge_asks_outpost = false; }},
      {"terraform-drift",
       "the Terraform code differs from what is applied",
       {"terraform-plan"},
       [](S& scenario) { scenario.terraform = S::Terraform::drifted; }},
      {"terraform-error",
       "the Terraform plan fails",
       {"terraform-plan"},
       [](S& scenario) { scenario.terraform = S::Terraform::broken; }},
  };
}

}  // namespace

const std::vector<Fault>& faults() {
  static const std::vector<Fault> list = list_of_faults();
  return list;
}

Scenario scenario_with(const std::vector<std::string>& fault_names,
                       const std::vector<Fault>& list) {
  Scenario scenario;
  for (const auto& name : fault_names) {
    const auto fault = std::find_if(list.begin(), list.end(),
                                    [&](const Fault& known) { return known.name == name; });
    if (fault == list.end())
      throw std::invalid_argument("no fault '" + name + "'; --list-faults lists them");
    fault->apply(scenario);
  }
  return scenario;
}

}  // namespace postflight::world
