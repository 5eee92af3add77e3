#include "checks/support/objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "checks/support/json_reader.hpp"
#include "checks/support/text.hpp"
#include "runner/check.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using nlohmann::json;

json parse(const std::string& text, const std::string& object,
           const json::parser_callback_t& take = nullptr) {
  if (!is_nested_at_most(text, deepest_answer))
    throw CannotTell("unreadable", fmt::format("the API server's answer for {} is nested deeper "
                                               "than {} levels",
                                               object, deepest_answer));
  auto value = json::parse(text, take, false);
  if (!value.is_object())
    throw CannotTell("unreadable", fmt::format("the API server's answer for {} is not a JSON "
                                               "object: {}",
                                               object, excerpt(text, 80)));
  return value;
}

// Calls `read` for every item of every page, and forgets each at once: a list of a thousand pods
// is ten times its text when it is parsed.
void for_each_item(const Kubernetes::Pages& pages, const std::string& kind,
                   const std::function<void(JsonReader)>& read) {
  const auto object = "a list of " + kind;
  for (const auto& page : *pages) {
    bool in_items = false;
    const auto take = [&](int depth, json::parse_event_t event, json& parsed) {
      if (depth == 1 && event == json::parse_event_t::key) in_items = parsed == "items";
      if (!in_items || depth != 2 || event != json::parse_event_t::object_end) return true;
      read(JsonReader(parsed, object, "items"));
      parsed = json::object();
      return true;
    };
    const auto value = parse(*page, object, take);
    if (!value.contains("items"))
      throw CannotTell("unreadable", fmt::format("a list of {} has no items", kind));
    JsonReader(value, object).maps("items");  // refuses what is no list of maps
  }
}

// Names the object by what it says of itself, for the errors that follow.
JsonReader named(JsonReader object, const std::string& kind) {
  const auto metadata = object.map("metadata");
  object.rename(
      fmt::format("{} {}/{}", kind, metadata.text("namespace"), metadata.required_text("name")));
  return object;
}

std::optional<Owner> controller_of(const JsonReader& metadata) {
  for (const auto& reference : metadata.maps("ownerReferences"))
    if (reference.flag("controller").value_or(false))
      return Owner{reference.required_text("kind"), reference.required_text("name"),
                   reference.required_text("uid")};
  return std::nullopt;
}

ContainerState state_of(const JsonReader& state) {
  using Kind = ContainerState::Kind;
  if (state.has("running"))
    return {Kind::running, "", "", 0, state.map("running").timestamp("startedAt"), {}};
  if (state.has("waiting")) {
    const auto waiting = state.map("waiting");
    return {Kind::waiting, waiting.text("reason"), waiting.text("message"), 0, {}, {}};
  }
  if (state.has("terminated")) {
    const auto ended = state.map("terminated");
    return {Kind::terminated,
            ended.text("reason"),
            ended.text("message"),
            ended.integer("exitCode").value_or(0),
            ended.timestamp("startedAt"),
            ended.timestamp("finishedAt")};
  }
  return {};
}

void add_containers(Pod& pod, const JsonReader& pod_json, const char* specs, const char* statuses,
                    bool init) {
  for (const auto& spec : pod_json.map("spec").maps(specs)) {
    if (init && spec.text("restartPolicy") != "Always") continue;
    Container container;
    container.name = spec.required_text("name");
    container.image = spec.text("image");
    container.sidecar = init;
    for (const auto& status : pod_json.map("status").maps(statuses)) {
      if (status.text("name") != container.name) continue;
      container.ready = status.flag("ready").value_or(false);
      container.restart_count = status.integer("restartCount").value_or(0);
      container.state = state_of(status.map("state"));
      container.last_state = state_of(status.map("lastState"));
    }
    pod.containers.push_back(std::move(container));
  }
}

Pod pod_of(const JsonReader& object) {
  const auto metadata = object.map("metadata");
  const auto status = object.map("status");
  Pod pod;
  pod.name_space = metadata.required_text("namespace");
  pod.name = metadata.required_text("name");
  pod.uid = metadata.required_text("uid");
  pod.labels = metadata.labels("labels");
  pod.controller = controller_of(metadata);
  pod.terminating_at = metadata.timestamp("deletionTimestamp");
  pod.phase = status.text("phase");
  pod.not_ready_because = "it has no Ready condition";
  for (const auto& condition : status.maps("conditions")) {
    if (condition.text("type") != "Ready") continue;
    pod.ready = condition.text("status") == "True";
    const auto message = condition.text("message");
    pod.not_ready_because = message.empty() ? condition.text("reason") : message;
  }
  for (const auto& address : status.maps("podIPs")) pod.addresses.push_back(address.text("ip"));
  if (pod.addresses.empty() && status.has("podIP")) pod.addresses.push_back(status.text("podIP"));
  const auto annotations = metadata.labels("annotations");
  if (const auto found = annotations.find("kubectl.kubernetes.io/default-container");
      found != annotations.end())
    pod.default_container = found->second;
  add_containers(pod, object, "containers", "containerStatuses", false);
  if (pod.containers.empty())
    throw CannotTell("unreadable", object.object() + ": spec.containers is empty");
  add_containers(pod, object, "initContainers", "initContainerStatuses", true);
  return pod;
}

Selector label_selector_of(const JsonReader& selector) {
  auto read = selector_of(selector.labels("matchLabels"));
  for (const auto& expression : selector.maps("matchExpressions")) {
    Requirement requirement{expression.required_text("key"), {}, expression.texts("values")};
    const auto written = expression.required_text("operator");
    using Operation = Requirement::Operation;
    if (written == "In")
      requirement.operation = Operation::in;
    else if (written == "NotIn")
      requirement.operation = Operation::not_in;
    else if (written == "Exists")
      requirement.operation = Operation::exists;
    else if (written == "DoesNotExist")
      requirement.operation = Operation::absent;
    else
      throw CannotTell("unreadable", fmt::format("{}: the selector operator {} is unknown",
                                                 selector.object(), excerpt(written, 40)));
    read.requirements.push_back(std::move(requirement));
  }
  return read;
}

Workload workload_of(const JsonReader& object) {
  const auto metadata = object.map("metadata");
  const auto spec = object.map("spec");
  Workload workload{metadata.required_text("namespace"),     metadata.required_text("name"),
                    metadata.required_text("uid"),           controller_of(metadata),
                    label_selector_of(spec.map("selector")), spec.integer("replicas")};
  // The API refuses such a workload, and its selector would stand for every pod.
  if (workload.selector.requirements.empty())
    throw CannotTell("unreadable", fmt::format("{}: spec.selector is empty", object.object()));
  return workload;
}

std::optional<EndpointAddress::Target> target_of(const JsonReader& address,
                                                 const std::string& name_space) {
  const auto target = address.map("targetRef");
  if (target.text("kind") != "Pod") return std::nullopt;
  const auto written = target.text("namespace");
  return EndpointAddress::Target{written.empty() ? name_space : written,
                                 target.required_text("name"), target.text("uid")};
}

std::vector<EndpointPort> ports_of(const JsonReader& object) {
  std::vector<EndpointPort> ports;
  for (const auto& port : object.maps("ports"))
    ports.push_back({port.text("name"), port.integer("port")});
  return ports;
}

}  // namespace

const Container* Pod::container(const std::string& wanted) const {
  const auto found = std::ranges::find(containers, wanted, &Container::name);
  return found == containers.end() ? nullptr : &*found;
}

Pod read_pod(const std::string& text) {
  const auto value = parse(text, "a pod");
  return pod_of(named(JsonReader(value, "a pod"), "Pod"));
}

std::vector<Pod> read_pods(const Kubernetes::Pages& pages) {
  std::vector<Pod> pods;
  for_each_item(pages, "pods",
                [&](JsonReader item) { pods.push_back(pod_of(named(std::move(item), "Pod"))); });
  return pods;
}

Service read_service(const std::string& text) {
  const auto value = parse(text, "a Service");
  const auto object = named(JsonReader(value, "a Service"), "Service");
  const auto metadata = object.map("metadata");
  const auto spec = object.map("spec");
  return {metadata.required_text("namespace"),
          metadata.required_text("name"),
          spec.text("type"),
          spec.text("externalName"),
          spec.labels("selector"),
          spec.texts("ipFamilies")};
}

Workload read_workload(const std::string& text) {
  const auto value = parse(text, "a workload");
  const auto kind = JsonReader(value, "a workload").text("kind");
  return workload_of(named(JsonReader(value, "a workload"), kind));
}

std::vector<Workload> read_workloads(const Kubernetes::Pages& pages) {
  std::vector<Workload> workloads;
  for_each_item(pages, "workloads", [&](JsonReader item) {
    workloads.push_back(workload_of(named(std::move(item), "workload")));
  });
  return workloads;
}

std::map<std::string, std::string> read_images(const std::string& json) {
  const auto value = parse(json, "a workload");
  const JsonReader reader(value, "a workload");
  const auto pod = reader.map("spec").map("template").map("spec");
  std::map<std::string, std::string> images;
  for (const auto* list : {"initContainers", "containers"})
    for (const auto& container : pod.maps(list))
      images[container.required_text("name")] = container.text("image");
  return images;
}

std::vector<EndpointAddress> read_endpoint_slices(const Kubernetes::Pages& pages) {
  std::vector<EndpointAddress> addresses;
  for_each_item(pages, "EndpointSlices", [&](JsonReader item) {
    const auto slice = named(std::move(item), "EndpointSlice");
    const auto name_space = slice.map("metadata").text("namespace");
    const auto ports = ports_of(slice);
    for (const auto& endpoint : slice.maps("endpoints")) {
      const auto conditions = endpoint.map("conditions");
      const bool terminating = conditions.flag("terminating").value_or(false);
      // `serving` tells an unready pod that publishNotReadyAddresses lists as ready.
      const bool ready = conditions.flag("ready").value_or(true) &&
                         conditions.flag("serving").value_or(true) && !terminating;
      const auto target = target_of(endpoint, name_space);
      for (const auto& address : endpoint.texts("addresses"))
        addresses.push_back(
            {slice.required_text("addressType"), address, ready, terminating, target, ports});
    }
  });
  return addresses;
}

std::vector<EndpointAddress> read_endpoints(const std::string& text) {
  const auto value = parse(text, "Endpoints");
  const auto object = named(JsonReader(value, "Endpoints"), "Endpoints");
  const auto name_space = object.map("metadata").text("namespace");
  std::vector<EndpointAddress> addresses;
  for (const auto& subset : object.maps("subsets")) {
    const auto ports = ports_of(subset);
    const auto add = [&](const char* field, bool ready) {
      for (const auto& address : subset.maps(field)) {
        const auto ip = address.required_text("ip");
        addresses.push_back({ip.find(':') == std::string::npos ? "IPv4" : "IPv6", ip, ready, false,
                             target_of(address, name_space), ports});
      }
    };
    add("addresses", true);
    add("notReadyAddresses", false);
  }
  return addresses;
}

std::string describe(const ContainerState& state) {
  using Kind = ContainerState::Kind;
  const auto because = [&] {
    std::string text;
    if (!state.reason.empty()) text += ": " + state.reason;
    if (!state.message.empty()) text += ": " + state.message;
    return excerpt(text);
  };
  switch (state.kind) {
    case Kind::running:
      return state.started_at ? "running since " + format_timestamp(*state.started_at) : "running";
    case Kind::waiting:
      return "waiting" + because();
    case Kind::terminated:
      return fmt::format("terminated with exit code {}{}", state.exit_code, because());
    case Kind::unknown:
      break;
  }
  return "not started";
}

std::string describe_readiness(const Pod& pod) {
  if (pod.terminating_at) return "terminating since " + format_timestamp(*pod.terminating_at);
  if (pod.finished()) return "finished: " + pod.phase;
  if (pod.ready) return "ready";
  auto text = "not ready: " + excerpt(pod.not_ready_because);
  for (const auto& container : pod.containers)
    if (!container.ready && container.state.kind != ContainerState::Kind::running)
      text += fmt::format(" ({} is {})", container.name, describe(container.state));
  return text;
}

std::string subject_of(const Pod& pod) {
  return fmt::format("pod {}/{}", pod.name_space, pod.name);
}

}  // namespace postflight
