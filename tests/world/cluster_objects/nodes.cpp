#include "tests/world/cluster_objects/nodes.hpp"

#include <fmt/format.h>

#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/heartbeats.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

namespace {

using namespace std::chrono_literals;

constexpr long long memory_ki = 32LL << 20;  // 32 GiB
constexpr long long cores = 8;

Json condition(const char* type, const char* status, const char* reason, const char* message,
               const std::string& since) {
  return {{"type", type},
          {"status", status},
          {"lastHeartbeatTime", ago(90s)},
          {"lastTransitionTime", since},
          {"reason", reason},
          {"message", message}};
}

Json resources(long long memory) {
  return {{"cpu", std::to_string(cores)},
          {"ephemeral-storage", "102134724Ki"},
          {"hugepages-1Gi", "0"},
          {"hugepages-2Mi", "0"},
          {"memory", std::to_string(memory) + "Ki"},
          {"pods", "110"}};
}

Json images() {
  Json list = Json::array();
  for (const char* name : {"etcd", "kube-apiserver", "kube-proxy", "coredns", "pause", "web",
                           "cart", "postgres", "prometheus", "node-exporter", "controller"})
    list.push_back({{"names", Json::array({fmt::format("registry.example.com/{}@sha256:{}", name,
                                                       hex_of(name, 64)),
                                           fmt::format("registry.example.com/{}:v1", name)})},
                    {"sizeBytes", 21566273}});
  return list;
}

}  // namespace

Json node_of(const NodeFacts& facts) {
  Json node = {
      {"metadata", metadata("", facts.name, uid("Node", id_of("", facts.name)), facts.created)}};
  Json& about = node["metadata"];
  about["labels"] = {
      {"beta.kubernetes.io/arch", "amd64"}, {"beta.kubernetes.io/os", "linux"},
      {"kubernetes.io/arch", "amd64"},      {"kubernetes.io/hostname", facts.name},
      {"kubernetes.io/os", "linux"},        {"topology.kubernetes.io/zone", "zone-a"}};
  if (facts.control_plane) about["labels"]["node-role.kubernetes.io/control-plane"] = "";
  about["annotations"] = {{"node.alpha.kubernetes.io/ttl", "0"},
                          {"volumes.kubernetes.io/controller-managed-attach-detach", "true"}};
  node["spec"] = {{"podCIDR", "10.244.0.0/24"}, {"podCIDRs", Json::array({"10.244.0.0/24"})}};
  if (facts.control_plane)
    node["spec"]["taints"] =
        Json::array({{{"key", "node-role.kubernetes.io/control-plane"}, {"effect", "NoSchedule"}}});
  const std::string& since = facts.created;
  node["status"] = {
      {"capacity", resources(memory_ki)},
      {"allocatable", resources(memory_ki - (100 << 10))},
      {"conditions",
       {condition("NetworkUnavailable", "False", "CiliumIsUp", "Cilium is running on this node",
                  since),
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory",
                  "kubelet has sufficient memory available", since),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure",
                  "kubelet has no disk pressure", since),
        condition("PIDPressure", "False", "KubeletHasSufficientPID",
                  "kubelet has sufficient PID available", since),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", since)}},
      {"addresses",
       {{{"type", "InternalIP"}, {"address", facts.address}},
        {{"type", "Hostname"}, {"address", facts.name}}}},
      {"daemonEndpoints", {{"kubeletEndpoint", {{"Port", 10250}}}}},
      {"nodeInfo",
       {{"machineID", hex_of(facts.name, 32)},
        {"systemUUID", hex_of(facts.name, 32)},
        {"bootID", uid("boot", id_of("", facts.name))},
        {"kernelVersion", "6.12.57"},
        {"osImage", "Debian GNU/Linux 13 (trixie)"},
        {"containerRuntimeVersion", "containerd://2.1.4"},
        {"kubeletVersion", "v1.36.2"},
        {"kubeProxyVersion", ""},
        {"operatingSystem", "linux"},
        {"architecture", "amd64"}}},
      {"images", images()}};
  node["metadata"]["managedFields"] =
      Json::array({managed_by("kubelet", "v1", ago(90s), {{"status", node["status"]}}, "status")});
  return node;
}

Json node_lease_of(const NodeFacts& facts) {
  Json lease = {
      {"metadata", metadata("kube-node-lease", facts.name,
                            uid("Lease", id_of("kube-node-lease", facts.name)), facts.created)}};
  Json holder = owner("v1", "Node", facts.name, uid("Node", id_of("", facts.name)));
  holder.erase("controller");
  holder.erase("blockOwnerDeletion");
  lease["metadata"]["ownerReferences"] = Json::array({holder});
  lease["spec"] = {{"holderIdentity", facts.name},
                   {"leaseDurationSeconds", 40},
                   {"renewTime", kept_renewed(5s)}};
  return lease;
}

Json node_metrics_of(const NodeFacts& facts, int cpu_percent, int memory_percent) {
  Json metrics = {{"metadata", {{"name", facts.name}, {"creationTimestamp", ago(20s)}}}};
  metrics["metadata"]["labels"] = {{"kubernetes.io/hostname", facts.name}};
  metrics["timestamp"] = ago(35s);
  metrics["window"] = "20.046s";
  metrics["usage"] = {{"cpu", fmt::format("{}n", cores * 1'000'000'000 / 100 * cpu_percent)},
                      {"memory", fmt::format("{}Ki", memory_ki / 100 * memory_percent)}};
  return metrics;
}

}  // namespace postflight::world
