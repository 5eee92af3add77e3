#pragma once

#include "clients/kubernetes.hpp"
#include "clients/kubernetes_connection.hpp"

namespace postflight {

// Runs a command in a container through the exec subresource over a WebSocket. Never run twice.
ExecResult run_in_container(KubernetesConnection& connection, const ExecRequest& request,
                            const Limits& limits);

}  // namespace postflight
