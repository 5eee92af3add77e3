#include "tests/world/cluster_objects/growth.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <stdexcept>

#include "tests/world/cluster_objects/batch.hpp"
#include "tests/world/cluster_objects/healthy_cluster.hpp"
#include "tests/world/cluster_objects/helm_releases.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/cluster_objects/nodes.hpp"
#include "tests/world/cluster_objects/text_template.hpp"
#include "tests/world/cluster_objects/volumes.hpp"
#include "tests/world/cluster_objects/workload.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t pods_per_app = 4, apps_per_namespace = 25, pods_per_node = 30;
constexpr std::size_t jobs_per_namespace = 2;

// The places of a template, in the order of their names below.
enum Slot { app, name_space, id, hash, created, version, pod, pod_id, node, host, ip, container };
const std::vector<std::string> names{"app", "ns",     "id",   "hash", "created", "rv",
                                     "pod", "pod-id", "node", "host", "ip",      "container"};
using Values = std::array<std::string, 12>;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

struct Template {
  std::string resource;
  TextTemplate text;
};

Template make(const std::string& resource, Json object) {
  object["metadata"]["resourceVersion"] = "@rv@";
  return {resource, TextTemplate(resource, object, names)};
}

Workload any_app(std::size_t replicas) {
  return complete({.kind = "Deployment",
                   .name_space = "@ns@",
                   .name = "@app@",
                   .image = "registry.example.com/shop/web:2.4.1",
                   .old_image = "registry.example.com/shop/web:2.4.0",
                   .replicas = static_cast<int>(replicas),
                   .id = "@id@",
                   .template_hash = "@hash@",
                   .old_template_hash = "@hash@x",
                   .created = "@created@",
                   .env = {{"DATABASE_HOST", "postgres.data.svc"},
                           {"LOG_LEVEL", "info"},
                           {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.monitoring.svc:4317"},
                           {"OTEL_SERVICE_NAME", "@app@"}},
                   .labels = {{"app.kubernetes.io/instance", "@app@"},
                              {"app.kubernetes.io/managed-by", "Helm"},
                              {"app.kubernetes.io/name", "@app@"}}});
}

Json configmap() {
  Json object = {
      {"metadata", metadata("@ns@", "@app@-config", uid("ConfigMap", "@id@"), "@created@")}};
  std::string text;
  for (int line = 0; line < 40; ++line) text += fmt::format("setting.{} = value of it\n", line);
  object["data"] = {{"app.properties", text}};
  return object;
}

Json secret() {
  Json object = {{"metadata", metadata("@ns@", "@app@", uid("Secret", "@id@"), "@created@")}};
  object["data"] = {{"password", "YW4tZXhhbXBsZQ=="}, {"token", std::string(600, 'Q')}};
  object["type"] = "Opaque";
  return object;
}

// An object of the healthy shop, as any application could have it.
Json as_any_app(const ObjectStore& store, const std::string& resource) {
  const Object object = store.find(resource, "shop", "web");
  std::string text = replaced(object->dump(), "\"web\"", "\"@app@\"");
  Json any = Json::parse(replaced(std::move(text), "\"shop\"", "\"@ns@\""));
  any["metadata"]["uid"] = uid(resource, "@id@");
  Json& status = any["status"];
  for (const char* replicas :
       {"currentReplicas", "desiredReplicas", "currentHealthy", "expectedPods"})
    if (status.contains(replicas)) status[replicas] = pods_per_app;
  if (status.contains("disruptionsAllowed"))
    status["disruptionsAllowed"] = pods_per_app - status["desiredHealthy"].get<std::size_t>();
  return any;
}

Json event() {
  Json object = {{"metadata", metadata("@ns@", "@pod@.18eac472dbd3072d", uid("Event", "@pod-id@"),
                                       ago(40min))}};
  object["involvedObject"] = {{"kind", "Pod"},      {"namespace", "@ns@"},
                              {"name", "@pod@"},    {"uid", uid("Pod", "@pod-id@")},
                              {"apiVersion", "v1"}, {"fieldPath", "spec.containers{@app@}"}};
  object["reason"] = "Pulled";
  object["message"] =
      "Container image \"registry.example.com/shop/web:2.4.1\" already present on machine";
  object["source"] = {{"component", "kubelet"}, {"host", "@node@"}};
  object["firstTimestamp"] = ago(40min);
  object["lastTimestamp"] = ago(40min);
  object["count"] = 1;
  object["type"] = "Normal";
  object["eventTime"] = nullptr;
  object["reportingComponent"] = "kubelet";
  object["reportingInstance"] = "@node@";
  return object;
}

// What all applications of one size consist of.
struct AppTemplates {
  std::vector<Template> each, every_fourth;
  Template pod, pod_metrics, event_of_pod;

  AppTemplates(const ObjectStore& store, std::size_t replicas)
      : pod(make("pods", any_pod(replicas))),
        pod_metrics(make("pods.metrics.k8s.io", pod_metrics_of(any_pod(replicas)))),
        event_of_pod(make("events", event())) {
    const Workload workload = any_app(replicas);
    Workload oldest = workload;
    oldest.old_template_hash = "@hash@y";
    Json third = replica_set_of(oldest, false);
    third["metadata"]["uid"] = uid("ReplicaSet before that", "@id@");
    each.push_back(make("deployments", controller_of(workload)));
    each.push_back(make("replicasets", replica_set_of(workload, true)));
    each.push_back(make("replicasets", replica_set_of(workload, false)));
    each.push_back(make("replicasets", std::move(third)));
    each.push_back(make("services", service_of(workload, "10.100.0.1")));
    each.push_back(make("configmaps", configmap()));
    each.push_back(make("secrets", secret()));
    if (replicas < pods_per_app) return;  // the budget and the scaler fit the usual size only
    every_fourth.push_back(make("poddisruptionbudgets", as_any_app(store, "poddisruptionbudgets")));
    every_fourth.push_back(
        make("horizontalpodautoscalers", as_any_app(store, "horizontalpodautoscalers")));
  }
  static Json any_pod(std::size_t replicas) {
    return pod_of(any_app(replicas),
                  {"@pod@", uid("Pod", "@pod-id@"), "@node@", "@host@", "@ip@", "@container@"});
  }
};

class Growth {
 public:
  Growth(ObjectStore& store, std::size_t wanted)
      : store_(store), wanted_(wanted), usual_(store, pods_per_app) {
    present_ = store.snapshot("pods")->size();
    if (present_ > wanted)
      throw std::invalid_argument(fmt::format("the healthy cluster has {} pods already", present_));
    const std::size_t nodes = (wanted - present_) / pods_per_node + 1;
    for (std::size_t number = 0; present_ < wanted && number < nodes; ++number) add_node(number);
  }

  void run() {
    for (std::size_t number = 0; present_ < wanted_; ++number) {
      if (number % apps_per_namespace == 0) add_namespace(number / apps_per_namespace);
      if (present_ < wanted_) add_app(number);
    }
  }

 private:
  void put(const Template& of, std::shared_ptr<const Labels> labels = nullptr) {
    const std::vector<std::string> values(values_.begin(), values_.end());
    store_.put(of.resource, of.text.fill(values, std::move(labels)));
  }

  void add_node(std::size_t number) {
    const NodeFacts node{fmt::format("node-{:04}", number),
                         fmt::format("10.1.{}.{}", number / 250, number % 250 + 1), false,
                         ago(24h * 60)};
    nodes_.push_back(node);
    store_.put("nodes", node_of(node));
    store_.put("leases", node_lease_of(node));
    store_.put("nodes.metrics.k8s.io", node_metrics_of(node, 20 + static_cast<int>(number % 30),
                                                       40 + static_cast<int>(number % 25)));
  }

  void add_namespace(std::size_t number) {
    const std::string name = fmt::format("team-{:03}", number);
    values_[name_space] = name;
    Json object = {
        {"metadata", metadata("", name, uid("Namespace", id_of("", name)), ago(24h * 50))}};
    object["metadata"]["labels"] = {{"kubernetes.io/metadata.name", name}};
    object["spec"] = {{"finalizers", Json::array({"kubernetes"})}};
    object["status"] = {{"phase", "Active"}};
    store_.put("namespaces", std::move(object));
    put_claim(store_, name, "uploads", "10Gi", nodes_.front().name);
    for (std::size_t job = 0; job < jobs_per_namespace && present_ < wanted_; ++job, ++present_)
      put_job(store_, {name, fmt::format("migrate-{}", job), "registry.example.com/shop/web:2.4.1",
                       "", 6h});
  }

  void add_app(std::size_t number) {
    values_[app] = fmt::format("app-{:05}", number);
    values_[id] = fmt::format("{:012x}", number + 1);
    values_[hash] = suffix_of(values_[app], 9);
    values_[created] = ago(24h * static_cast<int>(2 + number % 30));
    values_[version] = std::to_string(store_.revision() + 1);
    const std::size_t replicas = std::min(pods_per_app, wanted_ - present_);
    std::optional<AppTemplates> unusual;
    if (replicas < pods_per_app) unusual.emplace(store_, replicas);
    const AppTemplates& templates = unusual ? *unusual : usual_;
    for (const auto& part : templates.each) put(part);
    if (number % 4 == 0)
      for (const auto& part : templates.every_fourth) put(part);
    const std::vector<std::string> values(values_.begin(), values_.end());
    const auto labels = templates.pod.text.labels(values);
    Json endpoints = Json::array();
    for (std::size_t replica = 0; replica < replicas; ++replica) {
      place(number, replica);
      put(templates.pod, labels);
      put(templates.pod_metrics, labels);
      if (replica == 0 && number % 2 == 0) put(templates.event_of_pod);
      endpoints.push_back(endpoint());
      ++present_;
    }
    add_slice(std::move(endpoints));
    if (number % apps_per_namespace == 0) add_release(replicas);
  }

  // Where the next pod runs.
  void place(std::size_t number, std::size_t replica) {
    const NodeFacts& on = nodes_[(number * pods_per_app + replica) % nodes_.size()];
    const std::size_t address = number * pods_per_app + replica;
    const std::string key = fmt::format("{}-{}", values_[app], replica);
    values_[pod] = fmt::format("{}-{}-{}", values_[app], values_[hash], suffix_of(key, 5));
    values_[pod_id] = fmt::format("{:06x}{:06x}", number, replica + 1);
    values_[node] = on.name;
    values_[host] = on.address;
    values_[ip] =
        fmt::format("10.{}.{}.{}", 128 + address / 62500, address / 250 % 250, address % 250 + 1);
    values_[container] = hex_of(key, 64);
  }

  Json endpoint() const {
    return {{"addresses", Json::array({values_[ip]})},
            {"conditions", {{"ready", true}, {"serving", true}, {"terminating", false}}},
            {"targetRef",
             {{"kind", "Pod"},
              {"namespace", values_[name_space]},
              {"name", values_[pod]},
              {"uid", uid("Pod", values_[pod_id])}}},
            {"nodeName", values_[node]},
            {"zone", "zone-a"}};
  }

  void add_slice(Json endpoints) {
    const std::string slice = values_[app] + "-" + suffix_of(values_[app] + "slice", 5);
    Json object = {{"metadata", metadata(values_[name_space], slice,
                                         uid("EndpointSlice", values_[id]), values_[created])}};
    object["metadata"]["generateName"] = values_[app] + "-";
    object["metadata"]["labels"] = {
        {"app.kubernetes.io/name", values_[app]},
        {"endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"},
        {"kubernetes.io/service-name", values_[app]}};
    object["metadata"]["ownerReferences"] =
        Json::array({owner("v1", "Service", values_[app], uid("Service", values_[id]))});
    object["addressType"] = "IPv4";
    object["endpoints"] = std::move(endpoints);
    object["ports"] = Json::array({{{"name", "http"}, {"protocol", "TCP"}, {"port", 8080}}});
    store_.put("endpointslices", std::move(object));
  }

  // Helm's record of the application: that of the shop, under this one's name.
  void add_release(std::size_t replicas) {
    const Object secret = store_.find("secrets", "shop", "sh.helm.release.v1.web.v2");
    Json release = unpack_release((*secret)["data"]["release"]);
    release["name"] = values_[app];
    release["namespace"] = values_[name_space];
    release["version"] = 1;
    release["config"]["replicas"] = replicas;
    std::string manifest = release["manifest"];
    manifest = replaced(std::move(manifest), "\"web\"", "\"" + values_[app] + "\"");
    manifest = replaced(std::move(manifest), "\"shop\"", "\"" + values_[name_space] + "\"");
    release["manifest"] =
        replaced(std::move(manifest), "replicas: 3", fmt::format("replicas: {}", replicas));
    put_release(store_, release, 24h * 3);
  }

  ObjectStore& store_;
  std::size_t wanted_, present_ = 0;
  AppTemplates usual_;
  std::vector<NodeFacts> nodes_;
  Values values_;
};

}  // namespace

void grow(ObjectStore& store, std::size_t pods) { Growth(store, pods).run(); }

}  // namespace postflight::world
