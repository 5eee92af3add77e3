#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

void namespace_terminating(Json& name_space) {
  name_space["metadata"]["deletionTimestamp"] = ago(5h);
  name_space["status"]["phase"] = "Terminating";
  name_space["status"]["conditions"] = Json::array();
  set_condition(name_space, "NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered",
                "All resources successfully discovered", 5h);
  set_condition(name_space, "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain",
                "Some content in the namespace has finalizers remaining: example.com/cleanup in 1 "
                "resource instances",
                5h);
}

}  // namespace

std::vector<Fault> network_faults() {
  return {
      fault("ingress-no-address", "an Ingress has no address", {"ingresses-have-address"},
            change("ingresses", "shop", "web",
                   [](Json& ingress) { ingress["status"]["loadBalancer"] = Json::object(); })),
      fault("ingress-service-gone", "an Ingress leads to a Service that is not there",
            {"ingresses-have-services"},
            change("ingresses", "shop", "web",
                   [](Json& ingress) {
                     ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] =
                         "shopfront";
                   })),
      fault("load-balancer-no-address", "a Service of type LoadBalancer has no address",
            {"load-balancers-have-address"},
            change("services", "ingress-nginx", "ingress-nginx-controller",
                   [](Json& service) { service["status"]["loadBalancer"] = Json::object(); })),
      fault("service-no-endpoints", "a Service's selector matches no pod",
            {"services-have-endpoints"},
            change("services", "shop", "cart",
                   [](Json& service) {
                     service["spec"]["selector"]["app.kubernetes.io/name"] = "basket";
                   })),
      fault("namespace-terminating", "a namespace is being deleted since five hours",
            {"namespaces-not-stuck"}, change("namespaces", "", "tools", namespace_terminating)),
  };
}

}  // namespace postflight::world
