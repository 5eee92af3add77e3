#include "tests/world/selectable_fields.hpp"

#include <algorithm>
#include <map>

#include "tests/world/json.hpp"

namespace postflight::world {

namespace {

using Fields = std::vector<SelectableField>;

Fields fields(const std::vector<std::pair<std::string, std::string>>& labels) {
  Fields all;
  for (const auto& [label, missing] : labels) {
    std::string pointer = "/" + label;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    all.push_back({label, pointer, missing});
  }
  return all;
}

// `object` is how the event's object is called: involvedObject, or regarding in events.k8s.io.
Fields event_fields(const std::string& object, const std::string& controller, bool source) {
  Fields all = fields({{"metadata.name", ""}, {"metadata.namespace", ""}});
  for (const char* part :
       {"kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"})
    all.push_back({object + "." + part, std::string("/involvedObject/") + part, ""});
  all.push_back({"reason", "/reason", ""});
  all.push_back({"type", "/type", ""});
  all.push_back({controller, "/reportingComponent", ""});
  if (source) all.push_back({"source", "/source/component", ""});
  return all;
}

std::map<std::string, Fields> known_fields() {
  const std::pair<std::string, std::string> name{"metadata.name", ""},
      space{"metadata.namespace", ""};
  Fields pods = fields({name,
                        space,
                        {"spec.nodeName", ""},
                        {"spec.restartPolicy", ""},
                        {"spec.schedulerName", ""},
                        {"spec.serviceAccountName", ""},
                        {"spec.hostNetwork", "false"},
                        {"status.phase", ""},
                        {"status.podIP", ""},
                        {"status.nominatedNodeName", ""}});
  pods.push_back({"spec.host", "/spec/nodeName", ""});  // of clients older than v1
  return {{"pods", pods},
          {"nodes", fields({name, {"spec.unschedulable", "false"}})},
          {"replicationcontrollers", fields({name, space, {"status.replicas", "0"}})},
          {"namespaces", fields({name, {"status.phase", ""}})},
          {"secrets", fields({name, space, {"type", ""}})},
          {"services", fields({name, space, {"spec.clusterIP", ""}, {"spec.type", ""}})},
          {"events", event_fields("involvedObject", "reportingComponent", true)},
          {"events.events.k8s.io", event_fields("regarding", "reportingController", false)},
          {"jobs",
           [&] {
             Fields jobs = fields({name, space});
             jobs.push_back({"status.successful", "/status/succeeded", "0"});
             return jobs;
           }()},
          {"certificatesigningrequests", fields({name, {"spec.signerName", ""}})}};
}

const std::map<std::string, Fields>& by_resource() {
  static const auto all = known_fields();
  return all;
}

}  // namespace

const Fields& selectable_fields(const std::string& resource) {
  static const Fields every = fields({{"metadata.name", ""}, {"metadata.namespace", ""}});
  const auto found = by_resource().find(resource);
  return found == by_resource().end() ? every : found->second;
}

std::vector<std::string> field_values(const std::string& resource, const Json& object) {
  std::vector<std::string> values;
  for (const auto& field : selectable_fields(resource)) {
    const Json::json_pointer at(field.pointer);
    if (!object.contains(at)) {
      // An event's source is its reporter where the old field is empty.
      values.push_back(field.label == "source" ? text_at(object, "/reportingComponent")
                                               : field.missing);
      continue;
    }
    const Json& value = object.at(at);
    values.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return values;
}

std::string unknown_field(const std::string& resource, const std::string& label) {
  if (resource == "jobs") return "field label \"" + label + "\" not supported for batchv1.Job";
  if (by_resource().count(resource) > 0) return "field label not supported: " + label;
  return "\"" + label +
         "\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
}

}  // namespace postflight::world
