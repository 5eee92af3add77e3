#pragma once

#include <string>
#include <vector>

#include "tests/world/cluster_objects/nodes.hpp"
#include "tests/world/object_store.hpp"

namespace postflight::world {

// Fills the store with a small cluster in which all is well: nodes with metrics, the system's own
// workloads, a shop, a database, monitoring, cert-manager, Helm releases. Times are those of now.
// Endpoints and their slices are left to settle().
void load_healthy_cluster(ObjectStore& store);

// Its nodes; the first is of the control plane.
std::vector<NodeFacts> healthy_nodes();

// What metrics-server says of a running pod.
nlohmann::ordered_json pod_metrics_of(const nlohmann::ordered_json& pod);

}  // namespace postflight::world
