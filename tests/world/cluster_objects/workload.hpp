#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/world/object_store.hpp"

namespace postflight::world {

// One application: a controller, what it makes, and the Service before it.
struct Workload {
  std::string kind = {};  // Deployment, StatefulSet, DaemonSet
  std::string name_space = {}, name = {};
  std::string image = {}, old_image = {};  // of the ReplicaSet before this one
  int replicas = 1;
  int port = 8080;
  std::string cpu = "100m", memory = "128Mi";
  std::string id = {};             // of uids; empty: made from the name
  std::string template_hash = {};  // empty: made from the name
  std::string old_template_hash = {};
  std::string created = {};  // empty: 40 days ago
  std::vector<std::pair<std::string, std::string>> env = {};
  std::string env_secret = {};             // of envFrom
  std::string claim = {};                  // size of each pod's volume; only of a StatefulSet
  std::string service_type = "ClusterIP";  // empty: no Service
  int service_port = 80;
  Labels labels = {};  // empty: app.kubernetes.io/name and instance
};

// Where and as what one of its pods runs.
struct Place {
  std::string name, uid, node, host_ip, ip, container;  // the container's 64 hex digits
};

// With the members that were left out filled in.
Workload complete(Workload workload);
std::string current_replica_set(const Workload& workload);
nlohmann::ordered_json controller_of(const Workload& workload);
// `current`: the one that serves; else an older one, without pods.
nlohmann::ordered_json replica_set_of(const Workload& workload, bool current);
nlohmann::ordered_json pod_of(const Workload& workload, const Place& place);
nlohmann::ordered_json service_of(const Workload& workload, const std::string& cluster_ip);
// "deployments", "statefulsets", "daemonsets"
std::string resource_of(const Workload& workload);

}  // namespace postflight::world
