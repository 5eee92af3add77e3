#pragma once

#include <memory>
#include <string>

#include "clients/command.hpp"
#include "clients/http.hpp"
#include "clients/kubeconfig.hpp"
#include "clients/kubernetes.hpp"
#include "clients/kubernetes_credentials.hpp"

namespace postflight {

struct KubernetesOptions {
  KubeconfigOptions kubeconfig;  // --kubeconfig is its path, --context its context
  OnSecret on_secret;            // Redactor::add
};

// The cluster that kubectl would ask. Reads files, asks nobody yet. `http` and `commands` must
// outlive the answer. Throws KubeconfigError.
std::unique_ptr<Kubernetes> connect_kubernetes(const KubernetesOptions& options, Http& http,
                                               Commands& commands);

}  // namespace postflight
