#include <fmt/format.h>

#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

void remove_webhook_service(Cluster& cluster) {
  const std::string name_space = "ingress-nginx", name = "ingress-nginx-controller-admission";
  ObjectStore& store = cluster.store();
  store.remove("services", name_space, name);
  store.remove("endpoints", name_space, name);
  for (const auto& slice : store.all("endpointslices", name_space))
    if ((*slice)["metadata"]["labels"]["kubernetes.io/service-name"] == name)
      store.remove("endpointslices", name_space, (*slice)["metadata"]["name"]);
}

void pending_request(Cluster& cluster) {
  Json request = *cluster.store().find("certificatesigningrequests", "", "csr-7k2xq");
  request["metadata"]["name"] = "csr-v9w4d";
  request["metadata"]["uid"] = uid("CertificateSigningRequest", id_of("", "csr-v9w4d"));
  request["metadata"]["creationTimestamp"] = ago(5h);
  request["metadata"].erase("resourceVersion");
  request["status"] = Json::object();
  cluster.store().put("certificatesigningrequests", std::move(request));
}

void many_warnings(Cluster& cluster) {
  const Json pod = *cluster.store().find("pods", "data", "postgres-1");
  for (int number = 0; number < 40; ++number) {
    const std::string name = fmt::format("postgres-1.18eac4731{:07x}", number);
    Json event = {{"metadata", metadata("data", name, uid("Event", id_of("data", name)),
                                        ago(std::chrono::seconds(15 * number)))}};
    event["involvedObject"] = {{"kind", "Pod"},
                               {"namespace", "data"},
                               {"name", "postgres-1"},
                               {"uid", pod["metadata"]["uid"]},
                               {"apiVersion", "v1"}};
    event["reason"] = number % 2 == 0 ? "Unhealthy" : "FailedMount";
    event["message"] = number % 2 == 0 ? "Liveness probe failed: context deadline exceeded"
                                       : "MountVolume.MountDevice failed for volume: timed out";
    event["source"] = {{"component", "kubelet"}, {"host", "worker-2"}};
    event["firstTimestamp"] = ago(std::chrono::seconds(15 * number + 300));
    event["lastTimestamp"] = ago(std::chrono::seconds(15 * number));
    event["count"] = 4;
    event["type"] = "Warning";
    event["eventTime"] = nullptr;
    event["reportingComponent"] = "kubelet";
    event["reportingInstance"] = "worker-2";
    cluster.store().put("events", std::move(event));
  }
}

Edit date_ahead(std::optional<std::chrono::seconds> by) {
  return [by](Cluster& cluster) { cluster.tell_time(by); };
}

}  // namespace

std::vector<Fault> control_plane_faults() {
  return {
      fault("api-clock-behind", "the API server's clock is a minute and a half behind",
            {"clocks-agree"}, date_ahead(-90s)),
      fault("api-clock-ahead", "the API server's clock is an hour ahead", {"api-ready"},
            date_ahead(1h)),
      fault("api-clock-untold", "the API server's answers do not tell the time", {"clocks-agree"},
            date_ahead(std::nullopt)),
      fault("webhook-service-gone", "the Service that a validating webhook calls is gone",
            {"validating-webhooks-served"}, remove_webhook_service),
      fault("mutating-webhook-service-gone", "a mutating webhook calls a Service that is not there",
            {"mutating-webhooks-served"},
            change("mutatingwebhookconfigurations", "", "cert-manager-webhook",
                   [](Json& configuration) {
                     configuration["webhooks"][0]["clientConfig"]["service"]["namespace"] =
                         "cert-manager-old";
                   })),
      fault("crd-conversion-service-gone",
            "objects of a custom type are converted by a Service that is not there",
            {"crds-established"},
            change("customresourcedefinitions", "", "issuers.cert-manager.io",
                   [](Json& definition) {
                     definition["spec"]["conversion"] = {
                         {"strategy", "Webhook"},
                         {"webhook",
                          {{"clientConfig",
                            {{"service",
                              {{"namespace", "cert-manager"},
                               {"name", "cert-manager-converter"},
                               {"path", "/convert"},
                               {"port", 443}}}}},
                           {"conversionReviewVersions", Json::array({"v1"})}}}};
                   })),
      fault("apiservice-unavailable", "the API of metrics-server is not available",
            {"apiservices-available"},
            change("apiservices", "", "v1beta1.metrics.k8s.io",
                   [](Json& service) {
                     set_condition(service, "Available", "False", "FailedDiscoveryCheck",
                                   "failing or missing response from https://10.96.1.15:443/apis/"
                                   "metrics.k8s.io/v1beta1: context deadline exceeded",
                                   20min);
                   })),
      fault("csr-pending", "a certificate request has waited five hours for approval",
            {"certificate-requests-answered"}, pending_request),
      fault("crd-terminating", "a CustomResourceDefinition is being deleted since three days",
            {"crds-established"},
            change("customresourcedefinitions", "", "issuers.cert-manager.io",
                   [](Json& definition) {
                     definition["metadata"]["deletionTimestamp"] = ago(72h);
                     set_condition(definition, "Terminating", "True", "InstanceDeletionFailed",
                                   "could not list instances: context deadline exceeded", 72h);
                   })),
      fault("crd-not-established", "a CustomResourceDefinition is not established",
            {"crds-established"},
            change("customresourcedefinitions", "", "issuers.cert-manager.io",
                   [](Json& definition) {
                     set_condition(definition, "NamesAccepted", "False", "PluralConflict",
                                   "\"issuers\" is already in use", 3h);
                     set_condition(definition, "Established", "False", "NotAccepted",
                                   "not all names are accepted", 3h);
                   })),
      fault("scheduler-lease-stale", "the scheduler has not renewed its lease for ten minutes",
            {"control-plane-leases"},
            change("leases", "kube-system", "kube-scheduler",
                   [](Json& lease) { lease["spec"]["renewTime"] = ago_micro(10min); })),
      fault("warning-events", "forty warnings in ten minutes", {"events-few-warnings"},
            many_warnings),
  };
}

}  // namespace postflight::world
