#pragma once

#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "checks/support/objects.hpp"
#include "clients/kubernetes.hpp"

namespace postflight {

// One pod, or one address without a pod, behind a Service, for one type of address.
struct Endpoint {
  std::string type;  // IPv4, IPv6, FQDN
  std::vector<std::string> addresses;
  bool ready = false;
  bool terminating = false;
  std::optional<EndpointAddress::Target> pod;
  std::vector<EndpointPort> ports;

  std::string subject() const;  // "pod authentik/web-1 (198.18.0.3)", "address 198.18.0.3"
  bool serves(const std::string& port) const;  // by name or number
  std::string ports_text() const;              // "9000 http, 9443 https"
};

// Slices overlap while they are being rewritten, and hold a pod once for each set of ports: what
// belongs to one pod counts once. As in kube-proxy, the ready one of two duplicates wins.
std::vector<Endpoint> merge(const std::vector<EndpointAddress>& addresses);

struct ServiceEndpoints {
  std::vector<Endpoint> endpoints;
  bool from_slices = true;  // else from v1 Endpoints, which know one address type only
};

// Reads the EndpointSlices of a Service, or its Endpoints where the server has no discovery.k8s.io.
ServiceEndpoints find_endpoints(Kubernetes& kubernetes, const std::string& name_space,
                                const std::string& service, const Limits& limits);

// The pods of a namespace, to tell whose an endpoint is and why there are none.
class PodDirectory {
 public:
  // What is refused is kept: every question then throws it.
  PodDirectory(Kubernetes& kubernetes, const std::string& name_space, const Limits& limits);

  // The pod behind an endpoint; nothing when it no longer exists, so that the endpoint is stale.
  // Throws CannotTell for an address that is no known pod's, and what the API server refused.
  std::optional<Pod> pod_of(const Endpoint& endpoint) const;

  // Why a Service has fewer ready endpoints than it should; empty when that cannot be seen.
  // `intended` says which pods should be behind it: none of them known means any pod.
  std::string why_not_enough(const Service& service, const std::vector<Endpoint>& endpoints,
                             const std::vector<Pod>& intended) const;

  const std::vector<Pod>& pods() const;  // throws what was refused

 private:
  Kubernetes& kubernetes_;
  Limits limits_;
  std::string name_space_;
  std::vector<Pod> pods_;
  std::exception_ptr refusal_;
};

// The conditions of the selector that the pod's labels do not meet: "a=b, c=d".
std::string lacking(const Selector& selector, const Pod& pod);

}  // namespace postflight
