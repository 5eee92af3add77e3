#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace postflight::world {

class Cluster;

// How the world is made. The defaults are the healthy one; each fault changes what it is about.
struct Scenario {
  std::vector<std::function<void(Cluster&)>> edits;  // of objects, logs and the insides of pods
  // The same, after controllers have followed: what is wrong with their own work.
  std::vector<std::function<void(Cluster&)>> last_edits;

  std::chrono::seconds validity = std::chrono::hours(24 * 28);  // of sessions: the provider's
  std::chrono::seconds last_write{90};  // how long ago the newest row was written
  int overdue_rows = 0;                 // that the clean-up should have removed
  bool outpost_may_write = true;        // false: PostgreSQL refuses its rows, and it answers 400
  bool outpost_writes = true;           // false: it sends visitors to the login and keeps no row

  bool outpost_has_application = true;          // false: no provider for the host
  std::string login_host = "auth.example.com";  // that the outpost sends visitors to

  bool edge_reaches_outpost = true;  // false: the auth proxy knows an address where nobody listens
  bool edge_asks_outpost = true;     // false: the application is served to anybody

  enum class Terraform { clean, drifted, broken } terraform = Terraform::clean;
};

struct Fault {
  std::string name, about;
  std::vector<std::string> checks;  // of the checklist for that world, that it makes fail
  std::function<void(Scenario&)> apply;
};

const std::vector<Fault>& faults();          // of the recorded cluster: authentik-upgrade.yaml
const std::vector<Fault>& cluster_faults();  // of the healthy one: cluster.yaml
// The healthy world with these faults of a list. Throws std::invalid_argument for a name that is
// not in it.
Scenario scenario_with(const std::vector<std::string>& fault_names,
                       const std::vector<Fault>& list = faults());

}  // namespace postflight::world
