#include "checks/support/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checks/support/workloads.hpp"
#include "runner/check.hpp"
#include "text/counted.hpp"

namespace postflight {
namespace {

bool same_endpoint(const Endpoint& endpoint, const EndpointAddress& address) {
  if (endpoint.type != address.type || endpoint.pod.has_value() != address.pod.has_value())
    return false;
  if (!address.pod) return endpoint.addresses.front() == address.address;
  return endpoint.pod->uid == address.pod->uid && endpoint.pod->name == address.pod->name &&
         endpoint.pod->name_space == address.pod->name_space;
}

void add(Endpoint& endpoint, const EndpointAddress& address) {
  if (std::ranges::find(endpoint.addresses, address.address) == endpoint.addresses.end())
    endpoint.addresses.push_back(address.address);
  if (endpoint.ready && !address.ready) return;
  if (!endpoint.ready && address.ready) endpoint.ports.clear();
  endpoint.ready = address.ready;
  endpoint.terminating = address.terminating;
  for (const auto& port : address.ports)
    if (std::ranges::none_of(endpoint.ports, [&](const EndpointPort& known) {
          return known.name == port.name && known.number == port.number;
        }))
      endpoint.ports.push_back(port);
}

// Of those that do not meet the selector, the pod that lacks the fewest of its conditions.
const Pod* closest(const Selector& selector, const std::vector<Pod>& pods) {
  const auto unmet = [&](const Pod& pod) {
    return std::ranges::count_if(selector.requirements, [&](const Requirement& requirement) {
      return !holds(requirement, pod.labels);
    });
  };
  const auto found = std::ranges::min_element(pods, {}, unmet);
  return found == pods.end() ? nullptr : &*found;
}

}  // namespace

std::string Endpoint::subject() const {
  const auto all = fmt::format("{}", fmt::join(addresses, ", "));
  return pod ? fmt::format("pod {}/{} ({})", pod->name_space, pod->name, all) : "address " + all;
}

bool Endpoint::serves(const std::string& port) const {
  return std::ranges::any_of(ports, [&](const EndpointPort& served) {
    return served.name == port || !served.number || std::to_string(*served.number) == port;
  });
}

std::string Endpoint::ports_text() const {
  std::vector<std::string> texts;
  for (const auto& port : ports)
    texts.push_back(fmt::format("{}{}{}", port.number ? std::to_string(*port.number) : "every port",
                                port.name.empty() ? "" : " ", port.name));
  return texts.empty() ? "no ports" : fmt::format("{}", fmt::join(texts, ", "));
}

std::vector<Endpoint> merge(const std::vector<EndpointAddress>& addresses) {
  std::vector<Endpoint> endpoints;
  for (const auto& address : addresses) {
    const auto known = std::ranges::find_if(
        endpoints, [&](const Endpoint& endpoint) { return same_endpoint(endpoint, address); });
    if (known != endpoints.end()) {
      add(*known, address);
      continue;
    }
    endpoints.push_back({address.type, {}, false, false, address.pod, {}});
    add(endpoints.back(), address);
  }
  return endpoints;
}

ServiceEndpoints find_endpoints(Kubernetes& kubernetes, const std::string& name_space,
                                const std::string& service, const Limits& limits) {
  try {
    const auto pages = kubernetes.list(
        {fmt::format("/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices", name_space),
         "kubernetes.io/service-name=" + service,
         {}},
        limits);
    return {merge(read_endpoint_slices(pages)), true};
  } catch (const KubernetesError& error) {
    // The 404 of the path: a server before 1.21 does not know discovery.k8s.io/v1.
    if (error.status() != 404 || error.object_is_missing()) throw;
  }
  try {
    const auto json = kubernetes.get(
        fmt::format("/api/v1/namespaces/{}/endpoints/{}", name_space, service), limits);
    return {merge(read_endpoints(*json)), false};
  } catch (const KubernetesError& error) {
    if (!error.object_is_missing()) throw;
    return {{}, false};
  }
}

PodDirectory::PodDirectory(Kubernetes& kubernetes, const std::string& name_space,
                           const Limits& limits)
    : kubernetes_(kubernetes), limits_(limits), name_space_(name_space) {
  try {
    pods_ = list_pods(kubernetes, name_space, "", limits);
  } catch (const ClientError&) {
    refusal_ = std::current_exception();
  } catch (const CannotTell&) {
    refusal_ = std::current_exception();
  }
}

const std::vector<Pod>& PodDirectory::pods() const {
  if (refusal_) std::rethrow_exception(refusal_);
  return pods_;
}

std::optional<Pod> PodDirectory::pod_of(const Endpoint& endpoint) const {
  if (!endpoint.pod) {
    std::vector<Pod> found;
    for (const auto& pod : pods())
      if (pod.live() &&
          std::ranges::find_first_of(pod.addresses, endpoint.addresses) != pod.addresses.end())
        found.push_back(pod);
    if (found.size() == 1) return found.front();
    throw CannotTell("unknown-pod",
                     found.empty()
                         ? fmt::format("it names no pod, and no live pod of {} has it", name_space_)
                         : fmt::format("it names no pod, and {} pods share it (they use "
                                       "the node's network)",
                                       found.size()));
  }
  const auto is_it = [&](const Pod& pod) {
    return pod.name == endpoint.pod->name && pod.name_space == endpoint.pod->name_space &&
           (endpoint.pod->uid.empty() || pod.uid == endpoint.pod->uid);
  };
  if (const auto found = std::ranges::find_if(pods(), is_it); found != pods_.end()) return *found;
  // The list and the slices are not of one moment: only the pod itself can say that it is gone.
  try {
    auto limits = limits_;
    limits.fresh_since = std::chrono::steady_clock::now();
    auto pod = read_pod(*kubernetes_.get(
        fmt::format("/api/v1/namespaces/{}/pods/{}", endpoint.pod->name_space, endpoint.pod->name),
        limits));
    if (is_it(pod)) return pod;
  } catch (const KubernetesError& error) {
    if (!error.object_is_missing()) throw;
  }
  return std::nullopt;
}

std::string lacking(const Selector& selector, const Pod& pod) {
  std::string text;
  for (const auto& requirement : selector.requirements)
    if (!holds(requirement, pod.labels)) text += (text.empty() ? "" : ", ") + to_text(requirement);
  return text;
}

std::string PodDirectory::why_not_enough(const Service& service,
                                         const std::vector<Endpoint>& endpoints,
                                         const std::vector<Pod>& intended) const {
  if (refusal_) return {};
  if (service.selector.empty())
    return endpoints.empty() ? "the Service has no selector, and nobody wrote endpoints for it"
                             : "";
  const auto selector = selector_of(service.selector);
  std::size_t matching = 0;
  for (const auto& pod : pods_) {
    if (!pod.live() || !selector.matches(pod.labels)) continue;
    ++matching;
    const bool listed = std::ranges::any_of(endpoints, [&](const Endpoint& endpoint) {
      return endpoint.pod && endpoint.pod->uid == pod.uid;
    });
    if (!pod.ready) return fmt::format("{} is {}", subject_of(pod), describe_readiness(pod));
    if (!listed)
      return fmt::format("{} is ready and selected, but not listed yet", subject_of(pod));
  }
  if (matching > 0) return fmt::format("its selector matches {}", counted(matching, "live pod"));
  const auto* pod = closest(selector, intended.empty() ? pods_ : intended);
  if (pod == nullptr) return fmt::format("there is no pod in the namespace {}", name_space_);
  if (const auto unmet = lacking(selector, *pod); !unmet.empty())
    return fmt::format("its selector matches no live pod: {} has not {}", subject_of(*pod), unmet);
  return fmt::format("its selector matches no live pod: {} is {}", subject_of(*pod),
                     describe_readiness(*pod));
}

}  // namespace postflight
