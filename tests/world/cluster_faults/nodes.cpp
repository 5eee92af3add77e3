#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

constexpr char gone[] = "worker-2";

// A kubelet that has stopped so long ago, with nobody to say so.
Edit silent(std::chrono::seconds since) {
  return [since](Cluster& cluster) {
    cluster.store().change("leases", "kube-node-lease", gone,
                           [&](Json& lease) { lease["spec"]["renewTime"] = ago_micro(since); });
    cluster.store().change("nodes", "", gone, [&](Json& node) {
      for (auto& condition : node["status"]["conditions"])
        condition["lastHeartbeatTime"] = ago(since + 2min);
    });
  };
}

// The same, and the node controller writes what it no longer hears.
void unknown(Cluster& cluster) {
  silent(12min)(cluster);
  cluster.store().change("nodes", "", gone, [](Json& node) {
    for (const char* type : {"MemoryPressure", "DiskPressure", "PIDPressure", "Ready"})
      set_condition(node, type, "Unknown", "NodeStatusUnknown",
                    "Kubelet stopped posting node status.", 11min);
  });
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
            {"nodes-ready", "node-leases"}, unknown),
      fault("node-silent", "a kubelet has stopped days ago, and nobody has turned its node's Ready",
            {"node-leases"}, silent(72h)),
      fault("node-lease-stale", "a kubelet has not renewed its node's Lease for three minutes",
            {"node-leases"},
            change("leases", "kube-node-lease", "worker-2",
                   [](Json& lease) { lease["spec"]["renewTime"] = ago_micro(3min); })),
      fault("node-lease-gone", "a node has no Lease", {"node-leases"},
            [](Cluster& cluster) {
              cluster.store().remove("leases", "kube-node-lease", "worker-3");
            }),
      fault("node-lease-to-come", "a node's clock is an hour ahead", {"node-leases"},
            change("leases", "kube-node-lease", "worker-2",
                   [](Json& lease) { lease["spec"]["renewTime"] = ago_micro(-1h); })),
      fault("node-status-old", "a kubelet renews its Lease, but its node's status is a day old",
            {"node-leases"},
            change("nodes", "", "worker-2",
                   [](Json& node) {
                     for (auto& condition : node["status"]["conditions"])
                       condition["lastHeartbeatTime"] = ago(24h);
                   })),
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
