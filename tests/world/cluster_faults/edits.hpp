#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/world/cluster.hpp"
#include "tests/world/scenario.hpp"

namespace postflight::world {

using Edit = std::function<void(Cluster&)>;
using Change = std::function<void(nlohmann::ordered_json&)>;

// A fault that edits objects, after which controllers follow; or, `unsettled`, one of the
// controllers' own work.
Fault fault(std::string name, std::string about, std::vector<std::string> checks, Edit edit);
Fault unsettled(std::string name, std::string about, std::vector<std::string> checks, Edit edit);

// Changes one object; the second form the first pod whose name begins so.
Edit change(std::string resource, std::string name_space, std::string name, Change what);
Edit change_pod(std::string name_space, std::string beginning, Change what);

// Sets the condition of that type in status.conditions, since so long ago.
void set_condition(nlohmann::ordered_json& object, const std::string& type,
                   const std::string& status, const std::string& reason, const std::string& message,
                   std::chrono::seconds since);

// Each file beside this one is a part of cluster_faults().
std::vector<Fault> node_faults();
std::vector<Fault> pod_faults();
std::vector<Fault> rollout_faults();
std::vector<Fault> job_faults();
std::vector<Fault> volume_faults();
std::vector<Fault> limit_faults();
std::vector<Fault> network_faults();
std::vector<Fault> control_plane_faults();
std::vector<Fault> certificate_faults();
std::vector<Fault> helm_faults();

}  // namespace postflight::world
