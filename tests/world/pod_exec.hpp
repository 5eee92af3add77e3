#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/world/http_server.hpp"

namespace postflight::world {

class PodSandbox;

// The inside of a pod by namespace and name; null for a pod without one.
using Sandboxes =
    std::function<const PodSandbox*(const std::string& name_space, const std::string& pod)>;

// Answers pods/NAME/exec: an upgrade to a WebSocket that runs the command and speaks one of the
// channel.k8s.io protocols. Throws Refusal, before the upgrade, as an API server and a node do.
Answer pod_exec(const Sandboxes& sandboxes, const nlohmann::ordered_json& pod,
                const Request& request);

}  // namespace postflight::world
