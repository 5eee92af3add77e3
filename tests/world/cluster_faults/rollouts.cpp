#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

constexpr char new_image[] = "registry.example.com/shop/web:2.5.0";

// A change that the controller has not looked at.
void not_observed(Json& deployment) {
  deployment["metadata"]["generation"] = 3;
  deployment["spec"]["template"]["spec"]["containers"][0]["image"] = new_image;
}

void deadline_exceeded(Json& deployment) {
  Json& status = deployment["status"];
  status["replicas"] = 4;
  status["updatedReplicas"] = 1;
  status["unavailableReplicas"] = 1;
  set_condition(deployment, "Progressing", "False", "ProgressDeadlineExceeded",
                "ReplicaSet \"web-7d9c5b6f48\" has timed out progressing.", 30min);
}

void partially_updated(Json& stateful_set) {
  Json& status = stateful_set["status"];
  status["currentReplicas"] = 2;
  status["updatedReplicas"] = 1;
  status["updateRevision"] = "postgres-6c8f4d9b7";
}

void unavailable(Json& daemon_set) {
  Json& status = daemon_set["status"];
  status["numberReady"] = 3;
  status["numberAvailable"] = 3;
  status["numberUnavailable"] = 1;
}

// The newest ReplicaSet of a Deployment, or one before it.
Object replica_set(Cluster& cluster, bool newest) {
  for (const auto& set : cluster.store().all("replicasets", "shop"))
    if (text_at(*set, "/metadata/ownerReferences/0/name") == "web" &&
        ((*set)["spec"]["replicas"] != 0) == newest)
      return set;
  throw std::logic_error("no such ReplicaSet");
}

Object a_web_pod(Cluster& cluster) {
  for (const auto& pod : cluster.store().all("pods", "shop"))
    if (text_at(*pod, "/metadata/name").starts_with("web-")) return pod;
  throw std::logic_error("no such pod");
}

void old_replica_set_serves(Cluster& cluster) {
  const Object old = replica_set(cluster, false);
  const std::string name = (*old)["metadata"]["name"];
  cluster.store().change("replicasets", "shop", name, [](Json& set) {
    set["spec"]["replicas"] = 1;
    for (const char* key :
         {"replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"})
      set["status"][key] = 1;
  });
  Json pod = *a_web_pod(cluster);
  Json& about = pod["metadata"];
  about.erase("resourceVersion");
  about["name"] = name + "-5zq2x";
  about["generateName"] = name + "-";
  about["uid"] = uid("Pod", id_of("shop", name));
  about["labels"] = (*old)["metadata"]["labels"];
  about["ownerReferences"] =
      Json::array({owner("apps/v1", "ReplicaSet", name, (*old)["metadata"]["uid"])});
  const std::string image = text_at(*old, "/spec/template/spec/containers/0/image");
  pod["spec"]["containers"][0]["image"] = image;
  pod["status"]["containerStatuses"][0]["image"] = image;
  pod["status"]["podIP"] = "10.244.1.240";
  pod["status"]["podIPs"] = Json::array({{{"ip", "10.244.1.240"}}});
  cluster.store().put("pods", std::move(pod));
  cluster.store().change("deployments", "shop", "web",
                         [](Json& web) { web["status"]["replicas"] = 4; });
}

void other_image(Json& pod) {
  pod["spec"]["containers"][0]["image"] = new_image;
  pod["status"]["containerStatuses"][0]["image"] = new_image;
}

}  // namespace

std::vector<Fault> rollout_faults() {
  return {
      unsettled("rollout-not-observed",
                "a Deployment was changed and its controller has not looked",
                {"rollouts-complete", "helm-releases-deployed"},
                change("deployments", "shop", "web", not_observed)),
      unsettled("rollout-stuck",
                "a rollout exceeded its deadline, while the Deployment is still available",
                {"rollouts-complete"}, change("deployments", "shop", "web", deadline_exceeded)),
      unsettled("statefulset-partial", "one of a StatefulSet's three pods is of the new revision",
                {"rollouts-complete"},
                change("statefulsets", "data", "postgres", partially_updated)),
      unsettled("daemonset-unavailable", "a DaemonSet's pod is missing on one node",
                {"rollouts-complete"},
                change("daemonsets", "kube-system", "kube-proxy", unavailable)),
      fault("old-replicaset-serving", "a pod of the ReplicaSet before still serves",
            {"rollouts-complete"}, old_replica_set_serves),
      fault("two-images", "one of a Deployment's three pods runs another image",
            {"rollouts-complete"}, change_pod("shop", "web-", other_image)),
  };
}

}  // namespace postflight::world
