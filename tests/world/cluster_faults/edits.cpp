#include "tests/world/cluster_faults/edits.hpp"

#include <stdexcept>

#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

Fault fault(std::string name, std::string about, std::vector<std::string> checks, Edit edit) {
  return {std::move(name), std::move(about), std::move(checks),
          [edit = std::move(edit)](Scenario& scenario) { scenario.edits.push_back(edit); }};
}

Fault unsettled(std::string name, std::string about, std::vector<std::string> checks, Edit edit) {
  return {std::move(name), std::move(about), std::move(checks),
          [edit = std::move(edit)](Scenario& scenario) { scenario.last_edits.push_back(edit); }};
}

Edit change(std::string resource, std::string name_space, std::string name, Change what) {
  return [=](Cluster& cluster) { cluster.store().change(resource, name_space, name, what); };
}

Edit change_pod(std::string name_space, std::string beginning, Change what) {
  return [=](Cluster& cluster) {
    for (const auto& pod : cluster.store().all("pods", name_space))
      if (const auto name = text_at(*pod, "/metadata/name"); name.starts_with(beginning))
        return cluster.store().change("pods", name_space, name, what);
    throw std::logic_error("no pod " + beginning + " in " + name_space);
  };
}

void set_condition(Json& object, const std::string& type, const std::string& status,
                   const std::string& reason, const std::string& message,
                   std::chrono::seconds since) {
  Json& conditions = object["status"]["conditions"];
  for (auto& condition : conditions) {
    if (condition["type"] != type) continue;
    condition["status"] = status;
    condition["lastTransitionTime"] = ago(since);
    condition["reason"] = reason;
    condition["message"] = message;
    return;
  }
  conditions.push_back({{"type", type},
                        {"status", status},
                        {"lastTransitionTime", ago(since)},
                        {"reason", reason},
                        {"message", message}});
}

const std::vector<Fault>& cluster_faults() {
  static const std::vector<Fault> list = [] {
    std::vector<Fault> all;
    for (auto* part :
         {node_faults, pod_faults, rollout_faults, job_faults, volume_faults, limit_faults,
          network_faults, control_plane_faults, certificate_faults, helm_faults})
      for (auto& one : part()) all.push_back(std::move(one));
    return all;
  }();
  return list;
}

}  // namespace postflight::world
