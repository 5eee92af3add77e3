#include "tests/world/controllers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>

#include "tests/world/json.hpp"
#include "tests/world/object_store.hpp"
#include "tests/world/recordings.hpp"

namespace postflight::world {

namespace {

constexpr char managed_slices[] = "endpointslice-controller.k8s.io";

struct Backend {
  const Json* pod;
  bool ready;
  bool terminating;
};

// Pods that share one list of ports: a named port may differ from pod to pod, or be absent.
struct Group {
  Json ports;  // as in an EndpointSlice
  std::vector<Backend> backends;
};

bool is_ready(const Json& pod) {
  for (const auto& condition : pod["status"].value("conditions", Json::array()))
    if (condition.value("type", "") == "Ready") return condition.value("status", "") == "True";
  return false;
}

bool selected(const Json& selector, const Json& pod) {
  const Json labels = pod["metadata"].value("labels", Json::object());
  return std::all_of(selector.items().begin(), selector.items().end(), [&](const auto& pair) {
    const auto label = labels.find(pair.key());
    return label != labels.end() && *label == pair.value();
  });
}

std::optional<int> target_port(const Json& port, const Json& pod) {
  const Json target = port.value("targetPort", port["port"]);
  if (target.is_number()) return target.get<int>();
  for (const auto& container : pod["spec"]["containers"])
    for (const auto& offered : container.value("ports", Json::array()))
      if (target == offered.value("name", "") &&
          offered.value("protocol", "TCP") == port.value("protocol", "TCP"))
        return offered["containerPort"].get<int>();
  return std::nullopt;
}

Json ports_of(const Json& service, const Json& pod) {
  Json ports = Json::array();
  for (const auto& port : service["spec"]["ports"])
    if (const auto number = target_port(port, pod))
      ports.push_back({{"name", port.value("name", "")},
                       {"protocol", port.value("protocol", "TCP")},
                       {"port", *number}});
  return ports;
}

std::vector<Group> groups_of(const Json& service, const std::vector<Object>& pods) {
  std::vector<Group> groups;
  for (const auto& pod : pods) {
    const std::string phase = text_at(*pod, "/status/phase");
    if (phase == "Succeeded" || phase == "Failed" || text_at(*pod, "/status/podIP").empty() ||
        !selected(service["spec"]["selector"], *pod))
      continue;
    const Json ports = ports_of(service, *pod);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& known) { return known.ports == ports; });
    if (group == groups.end()) group = groups.insert(groups.end(), {ports, {}});
    const bool terminating = (*pod)["metadata"].contains("deletionTimestamp");
    group->backends.push_back({pod.get(), is_ready(*pod), terminating});
  }
  return groups;
}

Json target_of(const Json& pod) {
  const Json& metadata = pod["metadata"];
  return {{"kind", "Pod"},
          {"namespace", metadata["namespace"]},
          {"name", metadata["name"]},
          {"uid", metadata["uid"]}};
}

std::string hashed_suffix(const std::string& text) {
  static constexpr char letters[] = "bcdfghjklmnpqrstvwxz2456789";
  std::size_t hash = std::hash<std::string>{}(text);
  std::string suffix;
  for (int at = 0; at < 5; ++at, hash /= 27) suffix += letters[hash % 27];
  return suffix;
}

Json labels_of(const Json& service) { return service["metadata"].value("labels", Json::object()); }

Json new_metadata(const Json& service, const std::string& name) {
  const auto hash = std::hash<std::string>{}(name);
  return {{"name", name},
          {"namespace", service["metadata"]["namespace"]},
          {"uid", fmt::format("{:08x}-0000-4000-8000-{:012x}", hash >> 32, hash & 0xffffffffffff)},
          {"creationTimestamp", rfc3339(std::chrono::system_clock::now())}};
}

Json slice_metadata(const Json& service, const Object& known, std::size_t number) {
  if (known) {
    Json metadata = (*known)["metadata"];
    metadata.erase("resourceVersion");
    return metadata;
  }
  const std::string owner = service["metadata"]["name"];
  Json metadata =
      new_metadata(service, owner + "-" + hashed_suffix(fmt::format("{}/{}", owner, number)));
  metadata["generateName"] = owner + "-";
  metadata["generation"] = 1;
  metadata["labels"] = labels_of(service);
  metadata["labels"]["endpointslice.kubernetes.io/managed-by"] = managed_slices;
  metadata["labels"]["kubernetes.io/service-name"] = owner;
  metadata["ownerReferences"] = Json::array({{{"apiVersion", "v1"},
                                              {"kind", "Service"},
                                              {"name", owner},
                                              {"uid", service["metadata"]["uid"]},
                                              {"controller", true},
                                              {"blockOwnerDeletion", true}}});
  return metadata;
}

Json slice_endpoints(const Group& group) {
  Json endpoints = Json::array();
  for (const auto& backend : group.backends)
    endpoints.push_back({{"addresses", Json::array({text_at(*backend.pod, "/status/podIP")})},
                         {"conditions",
                          {{"ready", backend.ready && !backend.terminating},
                           {"serving", backend.ready},
                           {"terminating", backend.terminating}}},
                         {"targetRef", target_of(*backend.pod)},
                         {"nodeName", text_at(*backend.pod, "/spec/nodeName")}});
  return endpoints;
}

std::vector<Object> slices_of(const ObjectStore& store, const Json& service) {
  std::vector<Object> slices;
  for (const auto& slice : store.all("endpointslices", service["metadata"]["namespace"]))
    // Others may write slices for a Service too; those are not the controller's to change.
    if (const Json& labels = (*slice)["metadata"]["labels"];
        labels.value("kubernetes.io/service-name", "") == text_at(service, "/metadata/name") &&
        labels.value("endpointslice.kubernetes.io/managed-by", "") == managed_slices)
      slices.push_back(slice);
  return slices;
}

// Writes only what differs, so that an unchanged object keeps its resourceVersion.
void put_if_changed(ObjectStore& store, const std::string& resource, const Object& known,
                    Json wanted) {
  if (known) {
    Json without_version = *known;
    without_version["metadata"].erase("resourceVersion");
    if (nlohmann::json(without_version) == nlohmann::json(wanted)) return;
  }
  store.put(resource, std::move(wanted));
}

void settle_slices(ObjectStore& store, const Json& service, const std::vector<Group>& groups) {
  const auto known = slices_of(store, service);
  const std::size_t wanted = std::max<std::size_t>(groups.size(), 1);
  for (std::size_t at = 0; at < wanted; ++at) {
    const Object before = at < known.size() ? known[at] : nullptr;
    Json slice = {{"metadata", slice_metadata(service, before, at)}, {"addressType", "IPv4"}};
    slice["endpoints"] = groups.empty() ? Json() : slice_endpoints(groups[at]);
    slice["ports"] = groups.empty() ? Json() : groups[at].ports;
    put_if_changed(store, "endpointslices", before, std::move(slice));
  }
  for (std::size_t at = wanted; at < known.size(); ++at)
    store.remove("endpointslices", service["metadata"]["namespace"],
                 (*known[at])["metadata"]["name"]);
}

Json subset_of(const Group& group) {
  Json subset = Json::object();
  for (const auto& backend : group.backends) {
    if (backend.terminating) continue;
    subset[backend.ready ? "addresses" : "notReadyAddresses"].push_back(
        {{"ip", text_at(*backend.pod, "/status/podIP")},
         {"nodeName", text_at(*backend.pod, "/spec/nodeName")},
         {"targetRef", target_of(*backend.pod)}});
  }
  for (const auto& port : group.ports)
    subset["ports"].push_back(
        {{"name", port["name"]}, {"port", port["port"]}, {"protocol", port["protocol"]}});
  return subset;
}

void settle_endpoints(ObjectStore& store, const Json& service, const std::vector<Group>& groups) {
  const Json& of = service["metadata"];
  const Object known = store.find("endpoints", of["namespace"], of["name"]);
  Json metadata = known ? (*known)["metadata"] : new_metadata(service, of["name"]);
  metadata.erase("resourceVersion");
  metadata["labels"] = labels_of(service);
  metadata["labels"]["endpoints.kubernetes.io/managed-by"] = "endpoint-controller";
  Json endpoints = {{"metadata", metadata}};
  for (const auto& group : groups) endpoints["subsets"].push_back(subset_of(group));
  put_if_changed(store, "endpoints", known, std::move(endpoints));
}

void settle_deployment(ObjectStore& store, const Json& deployment) {
  const Json& metadata = deployment["metadata"];
  int ready = 0;
  for (const auto& pod : store.all("pods", metadata["namespace"]))
    if (selected(deployment["spec"]["selector"]["matchLabels"], *pod) && is_ready(*pod)) ++ready;
  if (deployment["status"].value("readyReplicas", 0) == ready) return;
  store.change("deployments", metadata["namespace"], metadata["name"], [&](Json& changed) {
    Json& status = changed["status"];
    const int replicas = status.value("replicas", 0);
    status["readyReplicas"] = ready;
    status["availableReplicas"] = ready;
    if (ready < replicas) status["unavailableReplicas"] = replicas - ready;
  });
}

}  // namespace

void settle(ObjectStore& store) {
  for (const auto& service : store.all("services", "")) {
    if (!(*service)["spec"].contains("selector")) continue;
    const auto pods = store.all("pods", (*service)["metadata"]["namespace"]);
    const auto groups = groups_of(*service, pods);
    settle_slices(store, *service, groups);
    settle_endpoints(store, *service, groups);
  }
  for (const auto& deployment : store.all("deployments", "")) settle_deployment(store, *deployment);
}

}  // namespace postflight::world
