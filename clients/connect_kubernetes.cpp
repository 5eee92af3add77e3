#include "clients/connect_kubernetes.hpp"

#include "clients/api_kubernetes.hpp"

namespace postflight {

std::unique_ptr<Kubernetes> connect_kubernetes(const KubernetesOptions& options, Http& http,
                                               Commands& commands) {
  return std::make_unique<ApiKubernetes>(http, find_kubernetes(options.kubeconfig), commands,
                                         options.on_secret);
}

}  // namespace postflight
