#include "tests/world/cluster_objects/workload.hpp"

#include <fmt/format.h>

#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

namespace {

using namespace std::chrono_literals;

constexpr char manager[] = "kube-controller-manager";

Json json_of(const Labels& labels) {
  Json object = Json::object();
  for (const auto& [name, value] : labels) object[name] = value;
  return object;
}

Json probe(int port, int period) {
  return {{"httpGet", {{"path", "/healthz"}, {"port", port}, {"scheme", "HTTP"}}},
          {"initialDelaySeconds", 5},
          {"timeoutSeconds", 2},
          {"periodSeconds", period},
          {"successThreshold", 1},
          {"failureThreshold", 3}};
}

Json container_of(const Workload& workload) {
  Json env = Json::array();
  for (const auto& [name, value] : workload.env) env.push_back({{"name", name}, {"value", value}});
  env.push_back(
      {{"name", "POD_NAME"},
       {"valueFrom", {{"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "metadata.name"}}}}}});
  env.push_back(
      {{"name", "POD_NAMESPACE"},
       {"valueFrom", {{"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "metadata.namespace"}}}}}});
  Json container = {
      {"name", workload.name},
      {"image", workload.image},
      {"ports", {{{"name", "http"}, {"containerPort", workload.port}, {"protocol", "TCP"}}}}};
  if (!workload.env_secret.empty())
    container["envFrom"] = Json::array({{{"secretRef", {{"name", workload.env_secret}}}}});
  container["env"] = std::move(env);
  container["resources"] = {{"limits", {{"memory", workload.memory}}},
                            {"requests", {{"cpu", workload.cpu}, {"memory", workload.memory}}}};
  Json mounts = Json::array({{{"name", "config"}, {"readOnly", true}, {"mountPath", "/etc/app"}}});
  if (!workload.claim.empty()) mounts.push_back({{"name", "data"}, {"mountPath", "/data"}});
  container["volumeMounts"] = std::move(mounts);
  container["livenessProbe"] = probe(workload.port, 10);
  container["readinessProbe"] = probe(workload.port, 5);
  container["terminationMessagePath"] = "/dev/termination-log";
  container["terminationMessagePolicy"] = "File";
  container["imagePullPolicy"] = "IfNotPresent";
  container["securityContext"] = {{"capabilities", {{"drop", Json::array({"ALL"})}}},
                                  {"runAsNonRoot", true},
                                  {"readOnlyRootFilesystem", true},
                                  {"allowPrivilegeEscalation", false},
                                  {"seccompProfile", {{"type", "RuntimeDefault"}}}};
  return container;
}

Json pod_spec(const Workload& workload) {
  return {{"volumes",
           {{{"name", "config"},
             {"configMap", {{"name", workload.name + "-config"}, {"defaultMode", 420}}}}}},
          {"containers", Json::array({container_of(workload)})},
          {"restartPolicy", "Always"},
          {"terminationGracePeriodSeconds", 30},
          {"dnsPolicy", "ClusterFirst"},
          {"serviceAccountName", workload.name},
          {"serviceAccount", workload.name},
          {"securityContext", {{"fsGroup", 1000}}},
          {"schedulerName", "default-scheduler"}};
}

Labels pod_labels(const Workload& workload) {
  Labels labels = workload.labels;
  if (workload.kind == "Deployment") labels["pod-template-hash"] = workload.template_hash;
  if (workload.kind != "Deployment")
    labels["controller-revision-hash"] = workload.kind == "StatefulSet"
                                             ? workload.name + "-" + workload.template_hash
                                             : workload.template_hash;
  return labels;
}

Json template_of(const Workload& workload, const Labels& labels) {
  return {{"metadata", {{"labels", json_of(labels)}}}, {"spec", pod_spec(workload)}};
}

Json condition(const char* type, const std::string& since) {
  return {{"type", type},
          {"observedGeneration", 1},
          {"status", "True"},
          {"lastProbeTime", nullptr},
          {"lastTransitionTime", since}};
}

void manage(Json& object, const char* api_version, const std::string& time, const char* applier) {
  object["metadata"]["managedFields"] = Json::array(
      {managed_by(applier, api_version, time,
                  {{"metadata", {{"labels", object["metadata"].value("labels", Json::object())}}},
                   {"spec", object["spec"]}}),
       managed_by(manager, api_version, time, {{"status", object["status"]}}, "status")});
}

Json deployment_status(const Workload& workload) {
  const int n = workload.replicas;
  return {{"observedGeneration", 2},
          {"replicas", n},
          {"updatedReplicas", n},
          {"readyReplicas", n},
          {"availableReplicas", n},
          {"terminatingReplicas", 0},
          {"conditions",
           {{{"type", "Available"},
             {"status", "True"},
             {"lastUpdateTime", workload.created},
             {"lastTransitionTime", workload.created},
             {"reason", "MinimumReplicasAvailable"},
             {"message", "Deployment has minimum availability."}},
            {{"type", "Progressing"},
             {"status", "True"},
             {"lastUpdateTime", workload.created},
             {"lastTransitionTime", workload.created},
             {"reason", "NewReplicaSetAvailable"},
             {"message", fmt::format("ReplicaSet \"{}\" has successfully progressed.",
                                     current_replica_set(workload))}}}}};
}

void fill_stateful_set(const Workload& workload, Json& spec, Json& status) {
  const int n = workload.replicas;
  const std::string revision = workload.name + "-" + workload.template_hash;
  spec["replicas"] = n;
  if (!workload.claim.empty())
    spec["volumeClaimTemplates"] =
        Json::array({{{"kind", "PersistentVolumeClaim"},
                      {"apiVersion", "v1"},
                      {"metadata", {{"name", "data"}}},
                      {"spec",
                       {{"accessModes", Json::array({"ReadWriteOnce"})},
                        {"resources", {{"requests", {{"storage", workload.claim}}}}},
                        {"storageClassName", "fast"},
                        {"volumeMode", "Filesystem"}}},
                      {"status", {{"phase", "Pending"}}}}});
  spec["serviceName"] = workload.name;
  spec["podManagementPolicy"] = "OrderedReady";
  spec["updateStrategy"] = {{"type", "RollingUpdate"}, {"rollingUpdate", {{"partition", 0}}}};
  spec["revisionHistoryLimit"] = 10;
  status = {{"observedGeneration", 2},    {"replicas", n},        {"readyReplicas", n},
            {"currentReplicas", n},       {"updatedReplicas", n}, {"currentRevision", revision},
            {"updateRevision", revision}, {"collisionCount", 0},  {"availableReplicas", n}};
}

void fill_daemon_set(const Workload& workload, Json& spec, Json& status) {
  const int n = workload.replicas;
  spec["updateStrategy"] = {{"type", "RollingUpdate"},
                            {"rollingUpdate", {{"maxUnavailable", 1}, {"maxSurge", 0}}}};
  spec["revisionHistoryLimit"] = 10;
  status = {{"currentNumberScheduled", n}, {"numberMisscheduled", 0},
            {"desiredNumberScheduled", n}, {"numberReady", n},
            {"observedGeneration", 2},     {"updatedNumberScheduled", n},
            {"numberAvailable", n}};
}

}  // namespace

Workload complete(Workload workload) {
  if (workload.id.empty()) workload.id = id_of(workload.name_space, workload.name);
  if (workload.template_hash.empty())
    workload.template_hash = suffix_of(workload.name + workload.image, 10);
  if (workload.old_template_hash.empty())
    workload.old_template_hash = suffix_of(workload.name + workload.old_image + "before", 10);
  if (workload.created.empty()) workload.created = ago(24h * 40);
  if (workload.labels.empty())
    workload.labels = {{"app.kubernetes.io/instance", workload.name},
                       {"app.kubernetes.io/name", workload.name}};
  return workload;
}

std::string resource_of(const Workload& workload) {
  return workload.kind == "Deployment"    ? "deployments"
         : workload.kind == "StatefulSet" ? "statefulsets"
                                          : "daemonsets";
}

std::string current_replica_set(const Workload& workload) {
  return workload.name + "-" + workload.template_hash;
}

Json controller_of(const Workload& workload) {
  Json object = {{"metadata", metadata(workload.name_space, workload.name,
                                       uid(workload.kind, workload.id), workload.created)}};
  object["metadata"]["generation"] = 2;
  object["metadata"]["labels"] = json_of(workload.labels);
  Json spec = Json::object(), status = Json::object();
  if (workload.kind == "Deployment") spec["replicas"] = workload.replicas;
  spec["selector"] = {{"matchLabels", json_of(workload.labels)}};
  spec["template"] = template_of(workload, workload.labels);
  if (workload.kind == "Deployment") {
    object["metadata"]["annotations"] = {{"deployment.kubernetes.io/revision", "2"}};
    spec["strategy"] = {{"type", "RollingUpdate"},
                        {"rollingUpdate", {{"maxUnavailable", "25%"}, {"maxSurge", "25%"}}}};
    spec["revisionHistoryLimit"] = 10;
    spec["progressDeadlineSeconds"] = 600;
    status = deployment_status(workload);
  } else if (workload.kind == "StatefulSet") {
    fill_stateful_set(workload, spec, status);
  } else {
    object["metadata"]["annotations"] = {{"deprecated.daemonset.template.generation", "2"}};
    fill_daemon_set(workload, spec, status);
  }
  object["spec"] = std::move(spec);
  object["status"] = std::move(status);
  manage(object, "apps/v1", workload.created, "helm");
  return object;
}

Json replica_set_of(const Workload& workload, bool current) {
  Workload own = workload;
  if (!current) {
    own.image = workload.old_image.empty() ? workload.image + "-previous" : workload.old_image;
    own.template_hash = workload.old_template_hash;
    own.replicas = 0;
  }
  Json object = {{"metadata", metadata(own.name_space, current_replica_set(own),
                                       uid(current ? "ReplicaSet" : "ReplicaSet before", own.id),
                                       own.created)}};
  object["metadata"]["generation"] = current ? 1 : 2;
  object["metadata"]["labels"] = json_of(pod_labels(own));
  object["metadata"]["annotations"] = {
      {"deployment.kubernetes.io/desired-replicas", std::to_string(workload.replicas)},
      {"deployment.kubernetes.io/max-replicas", std::to_string((workload.replicas * 5 + 3) / 4)},
      {"deployment.kubernetes.io/revision", current ? "2" : "1"}};
  object["metadata"]["ownerReferences"] =
      Json::array({owner("apps/v1", "Deployment", workload.name, uid("Deployment", workload.id))});
  object["spec"] = {{"replicas", own.replicas},
                    {"selector", {{"matchLabels", json_of(pod_labels(own))}}},
                    {"template", template_of(own, pod_labels(own))}};
  object["status"] = {{"replicas", own.replicas}};
  if (own.replicas > 0)
    object["status"].update(Json{{"fullyLabeledReplicas", own.replicas},
                                 {"readyReplicas", own.replicas},
                                 {"availableReplicas", own.replicas}});
  object["status"]["terminatingReplicas"] = 0;
  object["status"]["observedGeneration"] = current ? 1 : 2;
  manage(object, "apps/v1", workload.created, manager);
  return object;
}

Json pod_of(const Workload& workload, const Place& place) {
  Json object = {
      {"metadata", metadata(workload.name_space, place.name, place.uid, workload.created)}};
  Json& about = object["metadata"];
  const bool deployed = workload.kind == "Deployment";
  const std::string owner_name = deployed ? current_replica_set(workload) : workload.name;
  about["generateName"] = owner_name + "-";
  about["generation"] = 1;
  about["labels"] = json_of(pod_labels(workload));
  about["annotations"] = {{"checksum/config", hex_of(workload.id, 64)},
                          {"prometheus.io/port", std::to_string(workload.port)},
                          {"prometheus.io/scrape", "true"}};
  const std::string owner_kind = deployed ? "ReplicaSet" : workload.kind;
  about["ownerReferences"] =
      Json::array({owner("apps/v1", owner_kind, owner_name, uid(owner_kind, workload.id))});

  Json spec = pod_spec(workload);
  const std::string token = "kube-api-access-" + suffix_of(workload.name, 5);
  spec["volumes"].push_back(
      {{"name", token},
       {"projected",
        {{"sources",
          {{{"serviceAccountToken", {{"expirationSeconds", 3607}, {"path", "token"}}}},
           {{"configMap",
             {{"name", "kube-root-ca.crt"}, {"items", {{{"key", "ca.crt"}, {"path", "ca.crt"}}}}}}},
           {{"downwardAPI",
             {{"items",
               {{{"path", "namespace"},
                 {"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "metadata.namespace"}}}}}}}}}}},
         {"defaultMode", 420}}}});
  if (!workload.claim.empty())
    spec["volumes"].push_back(
        {{"name", "data"}, {"persistentVolumeClaim", {{"claimName", "data-" + place.name}}}});
  spec["containers"][0]["volumeMounts"].push_back(
      {{"name", token},
       {"readOnly", true},
       {"mountPath", "/var/run/secrets/kubernetes.io/serviceaccount"}});
  spec["nodeName"] = place.node;
  spec["tolerations"] = Json::array();
  for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"})
    spec["tolerations"].push_back({{"key", key},
                                   {"operator", "Exists"},
                                   {"effect", "NoExecute"},
                                   {"tolerationSeconds", 300}});
  spec["priority"] = 0;
  spec["enableServiceLinks"] = true;
  spec["preemptionPolicy"] = "PreemptLowerPriority";

  Json conditions = Json::array();
  for (const char* type :
       {"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"})
    conditions.push_back(condition(type, workload.created));
  Json mounts = Json::array();
  for (const auto& mount : spec["containers"][0]["volumeMounts"])
    mounts.push_back({{"name", mount["name"]}, {"mountPath", mount["mountPath"]}});
  const Json& resources = spec["containers"][0]["resources"];
  object["status"] = {
      {"observedGeneration", 1},
      {"phase", "Running"},
      {"conditions", std::move(conditions)},
      {"hostIP", place.host_ip},
      {"hostIPs", {{{"ip", place.host_ip}}}},
      {"podIP", place.ip},
      {"podIPs", {{{"ip", place.ip}}}},
      {"startTime", workload.created},
      {"containerStatuses",
       {{{"name", workload.name},
         {"state", {{"running", {{"startedAt", workload.created}}}}},
         {"lastState", Json::object()},
         {"ready", true},
         {"restartCount", 0},
         {"image", workload.image},
         {"imageID", "registry.example.com/mirror@sha256:" + hex_of(workload.image, 64)},
         {"containerID", "containerd://" + place.container},
         {"started", true},
         {"allocatedResources", resources["requests"]},
         {"resources", resources},
         {"volumeMounts", std::move(mounts)},
         {"user", {{"linux", {{"uid", 1000}, {"gid", 1000}, {"supplementalGroups", {1000}}}}}}}}},
      {"qosClass", "Burstable"}};
  Json tracked = object["status"];
  for (const char* whole : {"containerStatuses", "hostIPs"}) tracked[whole] = Json::array();
  object["metadata"]["managedFields"] =
      Json::array({managed_by(manager, "v1", workload.created,
                              {{"metadata", {{"labels", object["metadata"]["labels"]}}},
                               {"spec", pod_spec(workload)}}),
                   managed_by("kubelet", "v1", workload.created, {{"status", tracked}}, "status")});
  object["spec"] = std::move(spec);
  // As the server orders them.
  Json status = std::move(object["status"]);
  object.erase("status");
  object["status"] = std::move(status);
  return object;
}

Json service_of(const Workload& workload, const std::string& cluster_ip) {
  Json object = {{"metadata", metadata(workload.name_space, workload.name,
                                       uid("Service", workload.id), workload.created)}};
  object["metadata"]["labels"] = json_of(workload.labels);
  object["spec"] = {{"ports",
                     {{{"name", "http"},
                       {"protocol", "TCP"},
                       {"port", workload.service_port},
                       {"targetPort", "http"}}}},
                    {"selector", json_of(workload.labels)},
                    {"clusterIP", cluster_ip},
                    {"clusterIPs", Json::array({cluster_ip})},
                    {"type", workload.service_type},
                    {"sessionAffinity", "None"},
                    {"ipFamilies", Json::array({"IPv4"})},
                    {"ipFamilyPolicy", "SingleStack"},
                    {"internalTrafficPolicy", "Cluster"}};
  object["status"] = {{"loadBalancer", Json::object()}};
  if (workload.service_type == "LoadBalancer")
    object["status"]["loadBalancer"]["ingress"] =
        Json::array({{{"ip", "203.0.113.10"}, {"ipMode", "VIP"}}});
  object["metadata"]["managedFields"] =
      Json::array({managed_by("helm", "v1", workload.created, {{"spec", object["spec"]}})});
  return object;
}

}  // namespace postflight::world
