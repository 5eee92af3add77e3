#include "checks/support/secret_list.hpp"

#include <fmt/format.h>

namespace postflight {

ApiResource secrets_resource() { return {"v1", "secrets"}; }

ListRequest list_of_secrets(const std::string& name_space) {
  std::string others;
  for (const auto* type :
       {"Opaque", "kubernetes.io/service-account-token", "kubernetes.io/dockerconfigjson",
        "kubernetes.io/dockercfg", "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth",
        "bootstrap.kubernetes.io/token"})
    others += fmt::format("{}type!={}", others.empty() ? "" : ",", type);
  constexpr int few = 50;  // a release of Helm may be as large as 1 MiB
  return {secrets_resource().list_path(name_space), "", others, few};
}

}  // namespace postflight
