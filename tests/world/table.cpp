#include "tests/world/table.hpp"

#include <fmt/format.h>

#include <chrono>
#include <functional>

#include "tests/world/json.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/refusal.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

namespace {

using Cell = std::function<Json(const Json& object)>;

struct Column {
  const char* name;
  const char* format;  // "name" marks the column that identifies the row
  Cell cell;
};

Json age(const Json& object) {
  const auto since = std::chrono::system_clock::now() -
                     parse_rfc3339(text_at(object, "/metadata/creationTimestamp"));
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(since).count();
  return minutes < 180 ? fmt::format("{}m", minutes) : fmt::format("{}h", minutes / 60);
}

Json pod_ready(const Json& pod) {
  int ready = 0;
  for (const auto& container : pod["status"].value("containerStatuses", Json::array()))
    ready += container.value("ready", false) ? 1 : 0;
  return fmt::format("{}/{}", ready, pod["spec"]["containers"].size());
}

// The most telling reason among the containers, else the phase, as kubectl shows it.
Json pod_status(const Json& pod) {
  std::string status = text_at(pod, "/status/phase");
  for (const auto& container : pod["status"].value("containerStatuses", Json::array()))
    for (const char* state : {"/state/waiting/reason", "/state/terminated/reason"})
      if (const auto reason = text_at(container, state); !reason.empty()) status = reason;
  return status;
}

Json pod_restarts(const Json& pod) {
  int restarts = 0;
  for (const auto& container : pod["status"].value("containerStatuses", Json::array()))
    restarts += container.value("restartCount", 0);
  return std::to_string(restarts);
}

Json service_ports(const Json& service) {
  std::string ports;
  for (const auto& port : service["spec"].value("ports", Json::array()))
    ports += fmt::format("{}{}/{}", ports.empty() ? "" : ",", port["port"].get<int>(),
                         port.value("protocol", "TCP"));
  return ports;
}

Json node_status(const Json& node) {
  std::string status = "Unknown";
  for (const auto& condition : node["status"].value("conditions", Json::array()))
    if (condition["type"] == "Ready") status = condition["status"] == "True" ? "Ready" : "NotReady";
  return node["spec"].value("unschedulable", false) ? status + ",SchedulingDisabled" : status;
}

// "ready/wanted", by the names that the status has for them.
Cell ready_of(const char* ready, const char* wanted) {
  return [=](const Json& object) -> Json {
    const auto number = [&](const char* pointer) {
      const Json::json_pointer at(pointer);
      return object.contains(at) ? object.at(at).dump() : "0";
    };
    return number(ready) + "/" + number(wanted);
  };
}

Cell text(const char* pointer) {
  return [pointer](const Json& object) { return text_at(object, pointer); };
}

std::vector<Column> columns_of(const std::string& resource) {
  std::vector<Column> columns{{"Name", "name", text("/metadata/name")}};
  if (resource == "pods") {
    columns.push_back({"Ready", "", pod_ready});
    columns.push_back({"Status", "", pod_status});
    columns.push_back({"Restarts", "", pod_restarts});
  } else if (resource == "services") {
    columns.push_back({"Type", "", text("/spec/type")});
    columns.push_back({"Cluster-IP", "", text("/spec/clusterIP")});
    columns.push_back({"Port(s)", "", service_ports});
  } else if (resource == "deployments") {
    columns.push_back({"Ready", "", [](const Json& deployment) -> Json {
                         return fmt::format("{}/{}", deployment["status"].value("readyReplicas", 0),
                                            deployment["spec"].value("replicas", 0));
                       }});
  } else if (resource == "statefulsets") {
    columns.push_back({"Ready", "", ready_of("/status/readyReplicas", "/spec/replicas")});
  } else if (resource == "daemonsets") {
    columns.push_back(
        {"Ready", "", ready_of("/status/numberReady", "/status/desiredNumberScheduled")});
  } else if (resource == "jobs") {
    columns.push_back({"Completions", "", ready_of("/status/succeeded", "/spec/completions")});
  } else if (resource == "nodes") {
    columns.push_back({"Status", "", node_status});
    columns.push_back({"Version", "", text("/status/nodeInfo/kubeletVersion")});
  } else if (resource == "namespaces" || resource.starts_with("persistentvolume")) {
    columns.push_back({"Status", "", text("/status/phase")});
  }
  columns.push_back({"Age", "", age});
  return columns;
}

Json only_metadata(const Json& object) {
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", object["metadata"]}};
}

Json to_table(const std::string& resource, const Json& answer, bool is_list) {
  const auto columns = columns_of(resource);
  Json table = {{"kind", "Table"}, {"apiVersion", "meta.k8s.io/v1"}};
  table["metadata"] = is_list
                          ? answer["metadata"]
                          : Json{{"resourceVersion", text_at(answer, "/metadata/resourceVersion")}};
  for (const auto& column : columns)
    table["columnDefinitions"].push_back({{"name", column.name},
                                          {"type", "string"},
                                          {"format", column.format},
                                          {"description", ""},
                                          {"priority", 0}});
  table["rows"] = Json::array();
  for (const auto& object : is_list ? answer["items"] : Json::array({answer})) {
    Json cells = Json::array();
    for (const auto& column : columns) cells.push_back(column.cell(object));
    table["rows"].push_back({{"cells", std::move(cells)}, {"object", only_metadata(object)}});
  }
  return table;
}

Json to_metadata(const Json& answer, bool is_list) {
  if (!is_list) return only_metadata(answer);
  Json list = {{"kind", "PartialObjectMetadataList"},
               {"apiVersion", "meta.k8s.io/v1"},
               {"metadata", answer["metadata"]},
               {"items", Json::array()}};
  for (const auto& object : answer["items"]) list["items"].push_back(only_metadata(object));
  return list;
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

}  // namespace

Form accepted_form(const std::string& accept) {
  if (accept.empty()) return Form::plain;
  for (const auto& range : split(without_spaces(accept), ',')) {
    const auto parts = split(range, ';');
    if (parts.front() != "application/json" && parts.front() != "application/*" &&
        parts.front() != "*/*")
      continue;
    if (range.find(";g=meta.k8s.io") == std::string::npos) {
      // Other groups' forms (aggregated discovery) are for others to give.
      if (range.find(";as=") == std::string::npos) return Form::plain;
      continue;
    }
    if (range.find("v=v1beta1") != std::string::npos) continue;
    if (range.find(";as=Table") != std::string::npos) return Form::table;
    if (range.find(";as=PartialObjectMetadata") != std::string::npos) return Form::metadata_only;
  }
  throw not_acceptable();
}

std::string in_form(Form form, const std::string& resource, std::string json) {
  if (form == Form::plain) return json;
  const Json answer = Json::parse(json);
  const bool is_list = answer.contains("items");
  return go_json(form == Form::table ? to_table(resource, answer, is_list)
                                     : to_metadata(answer, is_list));
}

}  // namespace postflight::world
