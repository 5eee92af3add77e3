#include "tests/world/cluster_objects/healthy_cluster.hpp"

#include <fmt/format.h>

#include "tests/world/certificates.hpp"
#include "tests/world/cluster_objects/batch.hpp"
#include "tests/world/cluster_objects/helm_releases.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/cluster_objects/object_files.hpp"
#include "tests/world/cluster_objects/secrets.hpp"
#include "tests/world/cluster_objects/volumes.hpp"
#include "tests/world/cluster_objects/workload.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

namespace {

using namespace std::chrono_literals;

constexpr char on_every_node[] = "DaemonSet";

std::vector<Workload> workloads() {
  const std::string registry = "registry.example.com/";
  return {
      {.kind = "Deployment",
       .name_space = "kube-system",
       .name = "coredns",
       .image = registry + "coredns:v1.12.4",
       .old_image = registry + "coredns:v1.12.1",
       .replicas = 2,
       .service_port = 53},
      {.kind = "Deployment",
       .name_space = "kube-system",
       .name = "metrics-server",
       .image = registry + "metrics-server:v0.8.0",
       .old_image = registry + "metrics-server:v0.7.2",
       .service_port = 443},
      {.kind = on_every_node,
       .name_space = "kube-system",
       .name = "kube-proxy",
       .image = registry + "kube-proxy:v1.36.2",
       .service_type = ""},
      {.kind = on_every_node,
       .name_space = "kube-system",
       .name = "csi-node",
       .image = registry + "csi-node:v2.5.0",
       .service_type = ""},
      {.kind = "Deployment",
       .name_space = "ingress-nginx",
       .name = "ingress-nginx-controller",
       .image = registry + "ingress-nginx/controller:v1.13.3",
       .old_image = registry + "ingress-nginx/controller:v1.12.1",
       .replicas = 2,
       .service_type = "LoadBalancer"},
      {.kind = "Deployment",
       .name_space = "cert-manager",
       .name = "cert-manager",
       .image = registry + "cert-manager-controller:v1.19.1"},
      {.kind = "Deployment",
       .name_space = "cert-manager",
       .name = "cert-manager-webhook",
       .image = registry + "cert-manager-webhook:v1.19.1",
       .service_port = 443},
      {.kind = "Deployment",
       .name_space = "cert-manager",
       .name = "cert-manager-cainjector",
       .image = registry + "cert-manager-cainjector:v1.19.1",
       .service_type = ""},
      {.kind = "Deployment",
       .name_space = "shop",
       .name = "web",
       .image = registry + "shop/web:2.4.1",
       .old_image = registry + "shop/web:2.4.0",
       .replicas = 3,
       .env = {{"DATABASE_HOST", "postgres.data.svc"}, {"LOG_LEVEL", "info"}}},
      {.kind = "Deployment",
       .name_space = "shop",
       .name = "cart",
       .image = registry + "shop/cart:1.9.0",
       .old_image = registry + "shop/cart:1.8.7",
       .replicas = 2,
       .env = {{"WEB_URL", "http://web.shop.svc"}}},
      {.kind = "StatefulSet",
       .name_space = "data",
       .name = "postgres",
       .image = registry + "postgres:17.6",
       .replicas = 3,
       .port = 5432,
       .memory = "256Mi",
       .claim = "20Gi",
       .service_port = 5432},
      {.kind = "StatefulSet",
       .name_space = "monitoring",
       .name = "prometheus",
       .image = registry + "prometheus:v3.7.1",
       .port = 9090,
       .memory = "512Mi",
       .claim = "50Gi",
       .service_port = 9090},
      {.kind = on_every_node,
       .name_space = "monitoring",
       .name = "node-exporter",
       .image = registry + "node-exporter:v1.9.1",
       .port = 9100,
       .service_port = 9100},
      {.kind = "Deployment",
       .name_space = "authentik",
       .name = "goauthentik-server",
       .image = registry + "goauthentik/server:2026.2.1",
       .old_image = registry + "goauthentik/server:2026.2.0",
       .replicas = 2,
       .port = 9000,
       .env = {{"AUTHENTIK_WEB__THREADS", "4"}},
       .env_secret = "goauthentik"},
      {.kind = "Deployment",
       .name_space = "authentik",
       .name = "goauthentik-worker",
       .image = registry + "goauthentik/server:2026.2.1",
       .old_image = registry + "goauthentik/server:2026.2.0",
       .port = 9000,
       .env_secret = "goauthentik",
       .service_type = ""},
  };
}

// Gives pods their names, nodes and addresses, one after another.
class Placement {
 public:
  explicit Placement(std::vector<NodeFacts> nodes) : nodes_(std::move(nodes)) {}

  Place next(const Workload& workload, int number) {
    std::string name =
        workload.kind == "Deployment" ? current_replica_set(workload) : workload.name;
    name += "-" + (workload.kind == "StatefulSet" ? std::to_string(number)
                                                  : suffix_of(name + std::to_string(number), 5));
    // The control plane takes only what runs on every node.
    const std::size_t node = workload.kind == on_every_node
                                 ? static_cast<std::size_t>(number)
                                 : 1 + next_node_++ % (nodes_.size() - 1);
    return on(node, workload.name_space, name);
  }
  Place on(std::size_t node, const std::string& name_space, const std::string& name) {
    return {name,
            uid("Pod", id_of(name_space, name)),
            nodes_[node].name,
            nodes_[node].address,
            fmt::format("10.244.{}.{}", node, ++addresses_ + 1),
            hex_of(name, 64)};
  }

 private:
  std::vector<NodeFacts> nodes_;
  std::size_t next_node_ = 0;
  int addresses_ = 0;
};

void put_workload(ObjectStore& store, Placement& placement, Workload workload, int number) {
  if (workload.kind == on_every_node) workload.replicas = static_cast<int>(healthy_nodes().size());
  workload = complete(std::move(workload));
  store.put(resource_of(workload), controller_of(workload));
  if (workload.kind == "Deployment")
    for (const bool current : {true, false})
      store.put("replicasets", replica_set_of(workload, current));
  for (int replica = 0; replica < workload.replicas; ++replica) {
    const Place place = placement.next(workload, replica);
    store.put("pods", pod_of(workload, place));
    if (!workload.claim.empty())
      put_claim(store, workload.name_space, "data-" + place.name, workload.claim, place.node);
  }
  if (!workload.service_type.empty())
    store.put("services", service_of(workload, fmt::format("10.96.1.{}", number + 10)));
}

// The control plane's own pods, which the kubelet starts from files.
void put_static_pods(ObjectStore& store, Placement& placement) {
  const NodeFacts node = healthy_nodes().front();
  for (const char* name : {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}) {
    const Workload workload =
        complete({.kind = "Node",
                  .name_space = "kube-system",
                  .name = name,
                  .image = fmt::format("registry.example.com/{}:v1.36.2", name)});
    Json pod =
        pod_of(workload, placement.on(0, "kube-system", std::string(name) + "-" + node.name));
    Json& about = pod["metadata"];
    about.erase("generateName");
    about["labels"] = {{"component", name}, {"tier", "control-plane"}};
    about["annotations"] = {{"kubernetes.io/config.hash", hex_of(name, 32)},
                            {"kubernetes.io/config.mirror", hex_of(name, 32)},
                            {"kubernetes.io/config.source", "file"}};
    Json of_node = owner("v1", "Node", node.name, uid("Node", id_of("", node.name)));
    of_node.erase("blockOwnerDeletion");
    about["ownerReferences"] = Json::array({of_node});
    pod["spec"]["hostNetwork"] = true;
    pod["spec"]["priorityClassName"] = "system-node-critical";
    pod["spec"]["priority"] = 2000001000;
    pod["status"]["podIP"] = node.address;
    pod["status"]["podIPs"] = Json::array({{{"ip", node.address}}});
    store.put("pods", std::move(pod));
  }
}

// Somebody started it by hand.
void put_bare_pod(ObjectStore& store, Placement& placement) {
  const Workload workload = complete({.kind = "Pod",
                                      .name_space = "tools",
                                      .name = "toolbox",
                                      .image = "registry.example.com/tools/toolbox:2026.10"});
  Json pod = pod_of(workload, placement.on(2, "tools", "toolbox"));
  pod["metadata"].erase("generateName");
  pod["metadata"].erase("ownerReferences");
  pod["metadata"]["labels"] = {{"run", "toolbox"}};
  store.put("pods", std::move(pod));
}

void put_admission_service(ObjectStore& store) {
  const Object service = store.find("services", "ingress-nginx", "ingress-nginx-controller");
  Json admission = *service;
  Json& about = admission["metadata"];
  about.erase("resourceVersion");
  about["name"] = "ingress-nginx-controller-admission";
  about["uid"] = uid("Service", id_of("ingress-nginx", "ingress-nginx-controller-admission"));
  admission["spec"]["type"] = "ClusterIP";
  admission["spec"]["clusterIP"] = "10.96.1.5";
  admission["spec"]["clusterIPs"] = Json::array({"10.96.1.5"});
  admission["spec"]["ports"][0]["port"] = 443;
  admission["status"] = {{"loadBalancer", Json::object()}};
  store.put("services", std::move(admission));
}

void put_secrets(ObjectStore& store) {
  store.put("secrets", tls_secret("shop", "shop-tls", {"shop.example.com"}, 24h * 80));
  store.put("secrets", tls_secret("authentik", "auth-tls", {"auth.example.com"}, 24h * 80));
  store.put("secrets", tls_secret("cert-manager", "cert-manager-webhook-ca",
                                  {"cert-manager-webhook.cert-manager.svc"}, 24h * 300));
  store.put("secrets", opaque_secret("authentik", "goauthentik",
                                     {{"AUTHENTIK_SECRET_KEY", "an-example-and-no-secret"},
                                      {"AUTHENTIK_LOG_LEVEL", "info"},
                                      {"AUTHENTIK_POSTGRESQL__HOST", "postgres.data.svc"},
                                      {"AUTHENTIK_POSTGRESQL__NAME", "authentik"}}));
  store.put("secrets", opaque_secret("data", "postgres", {{"password", "an-example-as-well"}}));
}

}  // namespace

std::vector<NodeFacts> healthy_nodes() {
  const std::string created = ago(24h * 90);
  return {{"control-plane-1", "10.0.0.10", true, created},
          {"worker-1", "10.0.0.21", false, created},
          {"worker-2", "10.0.0.22", false, created},
          {"worker-3", "10.0.0.23", false, created}};
}

Json pod_metrics_of(const Json& pod) {
  const Json& about = pod["metadata"];
  Json metrics = {{"metadata",
                   {{"name", about["name"]},
                    {"namespace", about["namespace"]},
                    {"creationTimestamp", ago(20s)},
                    {"labels", about["labels"]}}}};
  metrics["timestamp"] = ago(35s);
  metrics["window"] = "18.5s";
  metrics["containers"] = Json::array();
  for (const auto& container : pod["spec"]["containers"])
    metrics["containers"].push_back(
        {{"name", container["name"]}, {"usage", {{"cpu", "12034567n"}, {"memory", "49152Ki"}}}});
  return metrics;
}

void load_healthy_cluster(ObjectStore& store) {
  load_object_files(store, internal_authority());
  const auto nodes = healthy_nodes();
  int number = 0;
  for (const auto& node : nodes) {
    store.put("nodes", node_of(node));
    store.put("leases", node_lease_of(node));
    store.put("nodes.metrics.k8s.io", node_metrics_of(node, 23 + number, 41 + number));
    ++number;
  }
  Placement placement(nodes);
  for (const auto& workload : workloads()) put_workload(store, placement, workload, number++);
  put_static_pods(store, placement);
  put_bare_pod(store, placement);
  put_admission_service(store);
  put_cron_job(
      store, {"shop", "report", "0 * * * *", "registry.example.com/shop/report:1.2", 60min, 25min});
  put_cron_job(store, {"data", "backup", "30 2 * * *", "registry.example.com/backup:3.1", 24h, 7h});
  put_secrets(store);
  put_helm_releases(store);
  for (const auto& pod : store.all("pods", ""))
    if (text_at(*pod, "/status/phase") == "Running")
      store.put("pods.metrics.k8s.io", pod_metrics_of(*pod));
}

}  // namespace postflight::world
