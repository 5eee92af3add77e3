#pragma once

#include <string>
#include <vector>

namespace postflight::world {

// The discovery document of one group and version that was not recorded.
struct ResourceList {
  std::string group, version;
  bool add_on;
  std::string document;
};

// Built-in groups as the documented API of Kubernetes 1.36 has them, metrics.k8s.io as
// metrics-server 0.8 and cert-manager.io as cert-manager 1.19.
std::vector<ResourceList> unrecorded_resource_lists();

}  // namespace postflight::world
