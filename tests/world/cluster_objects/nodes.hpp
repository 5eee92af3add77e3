#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace postflight::world {

struct NodeFacts {
  std::string name, address;
  bool control_plane = false;
  std::string created;
};

nlohmann::ordered_json node_of(const NodeFacts& facts);
// The kubelet's heartbeat, in kube-node-lease, always renewed a few seconds ago.
nlohmann::ordered_json node_lease_of(const NodeFacts& facts);
// What metrics-server says: as shares of the node's 8 cores and 32 GiB, in percent.
nlohmann::ordered_json node_metrics_of(const NodeFacts& facts, int cpu_percent, int memory_percent);

}  // namespace postflight::world
