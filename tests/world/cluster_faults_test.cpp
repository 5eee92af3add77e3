// Each fault of the healthy cluster changes what it is about, and nothing else.
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "tests/support/temporary_directory.hpp"
#include "tests/world/cluster.hpp"
#include "tests/world/scenario.hpp"

namespace postflight::world {
namespace {

using Objects = std::map<std::pair<std::string, std::string>, ObjectStore::Kept>;

Objects everything(const ObjectStore& store) {
  Objects all;
  for (const auto& resource : store.resources())
    for (const auto& object : *store.snapshot(resource)) all[{resource, object->key()}] = object;
  return all;
}

// What differs, by resource, after which `store` is as before.
std::map<std::string, int> changed_and_undone(ObjectStore& store, const Objects& before) {
  std::map<std::string, int> changed;
  for (const auto& [key, object] : everything(store))
    if (before.count(key) == 0) {
      ++changed[key.first];
      store.remove(key.first, object->name_space, object->name);
    }
  for (const auto& [key, object] : before) {
    const auto now = store.kept(key.first, object->name_space, object->name);
    if (now == object) continue;
    ++changed[key.first];
    store.put(key.first, *object);
  }
  return changed;
}

}  // namespace

TEST_CASE("each fault of the whole cluster changes what it is about, and no more",
          "[world][cluster]") {
  using Changed = std::map<std::string, int>;
  const Changed recorded{{"pods", 7},      {"events", 43},        {"services", 2},
                         {"endpoints", 2}, {"endpointslices", 2}, {"namespaces", 1},
                         {"nodes", 1},     {"leases", 1},         {"nodes.metrics.k8s.io", 1}};
  const std::map<std::string, Changed> expected{
      {"node-not-ready", {{"nodes", 1}}},
      {"node-unknown", {{"nodes", 1}, {"leases", 1}}},
      {"node-silent", {{"nodes", 1}, {"leases", 1}}},
      {"node-lease-stale", {{"leases", 1}}},
      {"node-lease-gone", {{"leases", 1}}},
      {"node-lease-to-come", {{"leases", 1}}},
      {"node-status-old", {{"nodes", 1}}},
      {"node-disk-pressure", {{"nodes", 1}}},
      {"node-network-unavailable", {{"nodes", 1}}},
      {"node-cordoned", {{"nodes", 1}}},
      {"node-kubelet-old", {{"nodes", 1}}},
      {"node-memory-high", {{"nodes.metrics.k8s.io", 1}}},
      {"pod-crash-loop",
       {{"deployments", 1}, {"endpoints", 1}, {"endpointslices", 1}, {"pods", 1}}},
      {"pod-image-pull", {{"pods", 1}}},
      {"pod-invalid-image-name", {{"pods", 1}}},
      {"pod-unschedulable", {{"pods", 1}}},
      {"pod-container-creating", {{"pods", 1}}},
      {"pod-not-ready", {{"deployments", 1}, {"endpoints", 1}, {"endpointslices", 1}, {"pods", 1}}},
      {"pod-oom-killed", {{"pods", 1}}},
      {"pod-many-restarts", {{"pods", 1}}},
      {"pods-evicted", {{"pods", 12}}},
      {"pod-terminating", {{"pods", 1}}},
      {"recorded-trouble", recorded},
      {"recorded-trouble-of-hours", recorded},
      {"recorded-trouble-of-days", recorded},
      {"rollout-not-observed", {{"deployments", 1}}},
      {"rollout-stuck", {{"deployments", 1}}},
      {"statefulset-partial", {{"statefulsets", 1}}},
      {"daemonset-unavailable", {{"daemonsets", 1}}},
      {"old-replicaset-serving",
       {{"deployments", 1},
        {"endpoints", 1},
        {"endpointslices", 1},
        {"pods", 1},
        {"replicasets", 1}}},
      {"two-images", {{"pods", 1}}},
      {"cronjob-job-failed", {{"jobs", 1}}},
      {"cronjob-stopped", {{"cronjobs", 1}}},
      {"cronjob-old-run-hangs", {{"cronjobs", 1}}},
      {"cronjob-suspended", {{"cronjobs", 1}}},
      {"pvc-pending", {{"persistentvolumeclaims", 1}}},
      {"pv-released", {{"persistentvolumes", 1}}},
      {"pv-failed", {{"persistentvolumes", 1}}},
      {"volume-attach-error", {{"volumeattachments", 1}}},
      {"hpa-no-metric", {{"horizontalpodautoscalers", 1}}},
      {"hpa-metric-missing", {{"horizontalpodautoscalers", 1}}},
      {"hpa-at-limit", {{"horizontalpodautoscalers", 1}}},
      {"quota-nearly-used", {{"resourcequotas", 1}}},
      {"pdb-no-room", {{"poddisruptionbudgets", 1}}},
      {"ingress-no-address", {{"ingresses", 1}}},
      {"service-no-endpoints", {{"endpoints", 1}, {"endpointslices", 1}, {"services", 1}}},
      {"namespace-terminating", {{"namespaces", 1}}},
      {"webhook-service-gone", {{"endpoints", 1}, {"endpointslices", 1}, {"services", 1}}},
      {"mutating-webhook-service-gone", {{"mutatingwebhookconfigurations", 1}}},
      {"crd-conversion-service-gone", {{"customresourcedefinitions", 1}}},
      {"ingress-service-gone", {{"ingresses", 1}}},
      {"load-balancer-no-address", {{"services", 1}}},
      {"issuer-not-ready", {{"issuers", 1}}},
      {"cluster-issuer-not-ready", {{"clusterissuers", 1}}},
      {"apiservice-unavailable", {{"apiservices", 1}}},
      {"csr-pending", {{"certificatesigningrequests", 1}}},
      {"crd-terminating", {{"customresourcedefinitions", 1}}},
      {"crd-not-established", {{"customresourcedefinitions", 1}}},
      {"api-clock-behind", {}},  // what the server says, not what it holds
      {"api-clock-ahead", {}},
      {"api-clock-untold", {}},
      {"scheduler-lease-stale", {{"leases", 1}}},
      {"warning-events", {{"events", 40}}},
      {"tls-secret-expiring", {{"secrets", 1}}},
      {"tls-secret-unreadable", {{"secrets", 1}}},
      {"tls-secret-wrong-host", {{"secrets", 1}}},
      {"certificate-not-ready", {{"certificates", 1}}},
      {"certificate-request-failed", {{"certificaterequests", 1}}},
      {"helm-pending-upgrade", {{"secrets", 1}}},
      {"helm-failed", {{"secrets", 1}}},
      {"helm-inert-value", {{"secrets", 1}}},
      {"helm-unknown-value", {{"secrets", 1}}},
      {"helm-image-drift", {{"deployments", 1}, {"pods", 1}, {"replicasets", 1}}},
  };
  const test::TemporaryDirectory directory;
  const CertificateAuthority authority("test");
  Cluster cluster(authority, directory.path(), Cluster::Contents::healthy);
  std::set<std::string> names;
  for (const auto& fault : cluster_faults()) {
    INFO(fault.name);
    CHECK(names.insert(fault.name).second);
    CHECK_FALSE(fault.about.empty());
    CHECK_FALSE(fault.checks.empty());
    const Objects before = everything(cluster.store());
    const Scenario scenario = scenario_with({fault.name}, cluster_faults());
    for (const auto& edit : scenario.edits) edit(cluster);
    cluster.settle();
    for (const auto& edit : scenario.last_edits) edit(cluster);
    const auto changed = changed_and_undone(cluster.store(), before);
    REQUIRE(expected.count(fault.name) == 1);
    CHECK(changed == expected.at(fault.name));
  }
  CHECK(names.size() == expected.size());
  CHECK_THROWS_AS(scenario_with({"empty-endpoints"}, cluster_faults()), std::invalid_argument);
}

}  // namespace postflight::world
