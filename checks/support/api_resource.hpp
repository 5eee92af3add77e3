#pragma once

#include <string>

#include "clients/kubernetes.hpp"
#include "runner/check.hpp"

namespace postflight {

// A resource as the API server names it: apps/v1 and deployments, v1 and pods.
struct ApiResource {
  std::string api_version, resource;

  // Where it is listed; an empty namespace means all of them, or that it has none.
  std::string list_path(const std::string& name_space = {}) const;
  // "deployments", "certificates.cert-manager.io"
  std::string plural() const;
  // "deployment"
  std::string singular() const;
  // "pod authentik/web-1", "node worker-1"
  std::string subject_of(const std::string& name_space, const std::string& name) const;
};

inline constexpr Setting api_version_setting{
    "api-version", SettingType::text, "as in a manifest: v1, apps/v1, cert-manager.io/v1", true};
inline constexpr Setting resource_setting{
    "resource", SettingType::text, "the plural name of the resource: pods, deployments", true};

// Reads `api-version` and `resource`; reports mistakes.
ApiResource read_api_resource(const Settings& settings);

// A list of it was answered with 404. Throws CannotTell: not-installed when the API server says
// that it serves no such group, not-found with what it does serve otherwise.
[[noreturn]] void explain_not_found(Kubernetes& kubernetes, const ApiResource& resource,
                                    const Limits& limits);

}  // namespace postflight
