#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

// The kubelet is gone: the node controller writes what it no longer hears.
void unknown(Json& node) {
  for (const char* type : {"MemoryPressure", "DiskPressure", "PIDPressure", "Ready"})
    set_condition(node, type, "Unknown", "NodeStatusUnknown",
                  "Kubelet stopped posting node status.", 12min);
}

}  // namespace

std::vector<Fault> node_faults() {
  return {
      fault("node-not-ready", "a node says that it is not ready", {"nodes-ready"},
            change("nodes", "", "worker-2",
                   [](Json& node) {
                     set_condition(
                         node, "Ready", "False", "KubeletNotReady",
                         "container runtime network not ready: cni plugin not initialized", 12min);
                   })),
      fault("node-unknown", "a node has not been heard of for minutes: Ready is Unknown",
            {"nodes-ready"}, change("nodes", "", "worker-2", unknown)),
      fault("node-disk-pressure", "a node is short of disk", {"nodes-ready"},
            change("nodes", "", "worker-2",
                   [](Json& node) {
                     set_condition(node, "DiskPressure", "True", "KubeletHasDiskPressure",
                                   "kubelet has disk pressure", 12min);
                   })),
      fault("node-network-unavailable", "a node has no network for pods", {"nodes-ready"},
            change("nodes", "", "worker-2",
                   [](Json& node) {
                     set_condition(node, "NetworkUnavailable", "True", "NoRouteCreated",
                                   "RouteController failed to create a route", 12min);
                   })),
      fault("node-cordoned", "a node takes no new pods", {"nodes-ready"},
            change("nodes", "", "worker-2",
                   [](Json& node) {
                     node["spec"]["unschedulable"] = true;
                     node["spec"]["taints"] =
                         Json::array({{{"key", "node.kubernetes.io/unschedulable"},
                                       {"effect", "NoSchedule"},
                                       {"timeAdded", ago(3h)}}});
                   })),
      fault("node-kubelet-old", "a node's kubelet is four minor versions behind the API server",
            {"nodes-ready"},
            change("nodes", "", "worker-2",
                   [](Json& node) { node["status"]["nodeInfo"]["kubeletVersion"] = "v1.32.9"; })),
      fault("node-memory-high", "a node uses 94 % of its memory", {"nodes-have-room"},
            change("nodes.metrics.k8s.io", "", "worker-2",
                   [](Json& metrics) { metrics["usage"]["memory"] = "31541166Ki"; })),
  };
}

}  // namespace postflight::world
