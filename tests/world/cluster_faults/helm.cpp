#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/helm_releases.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

Edit revision(const std::string& status) {
  return [=](Cluster& cluster) { add_revision(cluster.store(), "shop", "web", 2, status, 3600); };
}

Edit authentik_values(const Json& values) {
  return [=](Cluster& cluster) {
    change_release(cluster.store(), "authentik", "goauthentik", 3,
                   [&](Json& release) { release["config"].merge_patch(values); });
  };
}

// Somebody set a newer image by hand: the next upgrade takes it back.
void image_by_hand(Cluster& cluster) {
  const std::string newer = "registry.example.com/goauthentik/server:2026.2.3";
  ObjectStore& store = cluster.store();
  const auto set = [&](Json& object) {
    object["spec"]["template"]["spec"]["containers"][0]["image"] = newer;
  };
  store.change("deployments", "authentik", "goauthentik-worker", set);
  for (const auto& replica_set : store.all("replicasets", "authentik"))
    if (text_at(*replica_set, "/metadata/ownerReferences/0/name") == "goauthentik-worker" &&
        (*replica_set)["spec"]["replicas"] != 0)
      store.change("replicasets", "authentik", (*replica_set)["metadata"]["name"], set);
  for (const auto& pod : store.all("pods", "authentik"))
    if (text_at(*pod, "/metadata/name").starts_with("goauthentik-worker-"))
      store.change("pods", "authentik", (*pod)["metadata"]["name"], [&](Json& object) {
        object["spec"]["containers"][0]["image"] = newer;
        object["status"]["containerStatuses"][0]["image"] = newer;
      });
}

}  // namespace

std::vector<Fault> helm_faults() {
  return {
      fault("helm-pending-upgrade", "an upgrade of a release began an hour ago and never ended",
            {"helm-releases-deployed"}, revision("pending-upgrade")),
      fault("helm-failed", "the newest revision of a release failed", {"helm-releases-deployed"},
            revision("failed")),
      fault("helm-inert-value",
            "values of a release do not reach its pods, since an existing Secret replaces them",
            {"helm-releases-deployed"},
            authentik_values({{"authentik", {{"web", {{"workers", 3}}}, {"log_level", "debug"}}}})),
      fault("helm-unknown-value", "a value of a release has a name that the chart does not know",
            {"helm-releases-deployed"},
            authentik_values({{"server", {{"strategy", {{"type", "Recreate"}}}}}})),
      fault("helm-image-drift", "pods run a newer image than their release would bring",
            {"helm-releases-deployed"}, image_by_hand),
  };
}

}  // namespace postflight::world
