#include <fmt/format.h>

#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/cluster_objects/nodes.hpp"
#include "tests/world/json.hpp"
#include "tests/world/recordings.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

Json& container_status(Json& pod) { return pod["status"]["containerStatuses"][0]; }

void not_ready(Json& pod, std::chrono::seconds since) {
  const std::string name = pod["spec"]["containers"][0]["name"];
  for (const char* type : {"Ready", "ContainersReady"})
    set_condition(pod, type, "False", "ContainersNotReady",
                  "containers with unready status: [" + name + "]", since);
  container_status(pod)["ready"] = false;
}

// Never started: waiting for what `reason` says, as long as the pod is there.
void never_started(Json& pod, const std::string& reason, const std::string& message,
                   std::chrono::seconds since) {
  not_ready(pod, since);
  pod["metadata"]["creationTimestamp"] = ago(since);
  pod["status"]["phase"] = "Pending";
  pod["status"]["startTime"] = ago(since);
  Json& status = container_status(pod);
  status["state"] = {{"waiting", {{"reason", reason}}}};
  if (!message.empty()) status["state"]["waiting"]["message"] = message;
  status["imageID"] = "";
  status["started"] = false;
  status.erase("containerID");
}

void crash_loop(Json& pod) {
  not_ready(pod, 3min);
  Json& status = container_status(pod);
  status["state"] = {
      {"waiting",
       {{"reason", "CrashLoopBackOff"},
        {"message",
         fmt::format("back-off 5m0s restarting failed container={} pod={}_{}({})",
                     text_at(status, "/name"), text_at(pod, "/metadata/name"),
                     text_at(pod, "/metadata/namespace"), text_at(pod, "/metadata/uid"))}}}};
  status["lastState"] = {{"terminated",
                          {{"exitCode", 1},
                           {"reason", "Error"},
                           {"startedAt", ago(3min)},
                           {"finishedAt", ago(3min)},
                           {"containerID", status["containerID"]}}}};
  status["restartCount"] = 9;
  status["started"] = false;
}

void restarted(Json& pod, int times, int exit_code, const char* reason,
               std::chrono::seconds since) {
  Json& status = container_status(pod);
  status["lastState"] = {{"terminated",
                          {{"exitCode", exit_code},
                           {"reason", reason},
                           {"startedAt", ago(since + 1h)},
                           {"finishedAt", ago(since)},
                           {"containerID", status["containerID"]}}}};
  status["state"]["running"]["startedAt"] = ago(since);
  status["restartCount"] = times;
}

void unschedulable(Json& pod) {
  pod["metadata"]["creationTimestamp"] = ago(1h);
  pod["spec"].erase("nodeName");
  pod["status"] = {{"phase", "Pending"}, {"conditions", Json::array()}, {"qosClass", "Burstable"}};
  set_condition(pod, "PodScheduled", "False", "Unschedulable",
                "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient "
                "memory. no new claims to deallocate, preemption: 0/4 nodes are available.",
                1h);
}

// What is left of pods that a node threw out.
void evict(Cluster& cluster) {
  const Json pod = *cluster.store().find("pods", "tools", "toolbox");
  for (int number = 0; number < 12; ++number) {
    Json evicted = pod;
    const std::string name = fmt::format("toolbox-{}", number);
    evicted["metadata"].erase("resourceVersion");
    evicted["metadata"]["name"] = name;
    evicted["metadata"]["uid"] = uid("Pod", id_of("tools", name));
    evicted["status"] = {{"phase", "Failed"},
                         {"reason", "Evicted"},
                         {"message",
                          "The node was low on resource: ephemeral-storage. Threshold quantity: "
                          "10213472Ki, available: 9216024Ki. "},
                         {"startTime", ago(20h)}};
    cluster.store().put("pods", std::move(evicted));
  }
}

void pod_terminating(Json& pod) {
  pod["metadata"]["deletionTimestamp"] = ago(2h);
  pod["metadata"]["deletionGracePeriodSeconds"] = 30;
}

// What a real API server said of pods in trouble, so long ago, and their node, which is well.
Edit recorded_trouble(std::chrono::seconds age) {
  return [age](Cluster& cluster) {
    ObjectStore& store = cluster.store();
    load_recorded_trouble(store, age);
    const NodeFacts node{"lab-node-1", "", false, ago(age)};
    store.put("leases", node_lease_of(node));
    store.change("nodes", "", node.name, [](Json& recorded) {
      for (auto& condition : recorded["status"]["conditions"])
        condition["lastHeartbeatTime"] = ago(90s);
    });
    store.put("nodes.metrics.k8s.io", node_metrics_of(node, 5, 5));
  };
}

}  // namespace

std::vector<Fault> pod_faults() {
  const std::string tools = "tools", toolbox = "toolbox";
  return {
      fault("pod-crash-loop", "a container of one of two pods ends again and again",
            {"pods-start", "pods-not-restarting", "rollouts-complete"},
            change_pod("shop", "cart-", crash_loop)),
      fault("pod-image-pull", "an image cannot be pulled", {"pods-start"},
            change("pods", tools, toolbox,
                   [](Json& pod) {
                     never_started(pod, "ImagePullBackOff",
                                   "Back-off pulling image \"registry.example.com/tools/toolbox:"
                                   "2026.10\": ErrImagePull: not found",
                                   40min);
                   })),
      fault("pod-invalid-image-name", "the name of an image is none", {"pods-start"},
            change("pods", tools, toolbox,
                   [](Json& pod) {
                     pod["spec"]["containers"][0]["image"] = "registry.example.com/Tools:";
                     never_started(pod, "InvalidImageName",
                                   "Failed to apply default image tag \"registry.example.com/"
                                   "Tools:\": couldn't parse image name: invalid reference format",
                                   40min);
                   })),
      fault("pod-unschedulable", "no node has room for a pod since an hour", {"pods-scheduled"},
            change("pods", tools, toolbox, unschedulable)),
      fault("pod-container-creating", "a pod is in ContainerCreating since three days",
            {"pods-start"},
            change("pods", tools, toolbox,
                   [](Json& pod) { never_started(pod, "ContainerCreating", "", 72h); })),
      fault("pod-not-ready", "a pod runs with none of its containers ready",
            {"pods-ready", "rollouts-complete"},
            change_pod("shop", "cart-", [](Json& pod) { not_ready(pod, 30min); })),
      fault("pod-oom-killed", "a container was killed for its memory ten minutes ago",
            {"pods-not-restarting"},
            change_pod("shop", "web-",
                       [](Json& pod) { restarted(pod, 1, 137, "OOMKilled", 10min); })),
      fault("pod-many-restarts", "a container was restarted 47 times, last two hours ago",
            {"pods-not-restarting"},
            change_pod("shop", "web-", [](Json& pod) { restarted(pod, 47, 1, "Error", 2h); })),
      fault("pods-evicted", "a node threw out twelve pods", {"pods-not-failed"}, evict),
      fault("pod-terminating", "a pod is being deleted since two hours", {"pods-not-stuck"},
            change("pods", tools, toolbox, pod_terminating)),
      // The pods were seven minutes old when they were recorded.
      fault("recorded-trouble", "pods in trouble as a real API server showed them, just now",
            {"pods-start", "pods-not-restarting"}, recorded_trouble(0s)),
      fault("recorded-trouble-of-hours", "the same pods, and nothing has happened for three hours",
            {"pods-start", "pods-scheduled", "pods-ready", "pods-not-restarting",
             "services-have-endpoints"},
            recorded_trouble(3h)),
      fault("recorded-trouble-of-days", "the same pods, and nothing has happened for a week",
            {"pods-start", "pods-scheduled", "pods-ready", "services-have-endpoints"},
            recorded_trouble(24h * 7)),
  };
}

}  // namespace postflight::world
