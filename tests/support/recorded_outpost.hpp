#pragma once

#include <string>

#include "tests/support/recorded_clients.hpp"

namespace postflight::test {

// The recorded cluster: a Service, its Deployment with two ready outpost pods, and a server pod
// beside them.
namespace outpost {
inline const std::string name = "ak-outpost-authentik-embedded-outpost";
inline const std::string first_pod = name + "-744d7859bb-7mgzl";              // 198.18.0.3
inline const std::string second_pod = name + "-744d7859bb-ll4g9";             // 198.18.0.4
inline const std::string server_pod = "goauthentik-server-697c786864-2rlzw";  // 198.18.0.2
inline const std::string selector =
    "app.kubernetes.io/component=server,app.kubernetes.io/name=authentik-outpost-proxy,"
    "goauthentik.io/outpost-name=authentik-embedded-outpost";
inline const std::string service_path = "/api/v1/namespaces/authentik/services/" + name;
inline const std::string slices_path =
    "/apis/discovery.k8s.io/v1/namespaces/authentik/endpointslices";
inline const std::string slices_selector = "kubernetes.io/service-name=" + name;
inline const std::string endpoints_path = "/api/v1/namespaces/authentik/endpoints/" + name;
inline const std::string pods_path = "/api/v1/namespaces/authentik/pods";
inline const std::string deployment_path = "/apis/apps/v1/namespaces/authentik/deployments/" + name;
inline const std::string replica_sets_path = "/apis/apps/v1/namespaces/authentik/replicasets";
}  // namespace outpost

// Records the healthy answers for all of these. The pods of the namespace come in two pages.
void record_outpost(RecordedKubernetes& kubernetes);

// The JSON text with a JSON Patch (RFC 6902) applied.
std::string patched(const std::string& json, const std::string& patch);

}  // namespace postflight::test
