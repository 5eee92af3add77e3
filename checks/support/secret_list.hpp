#pragma once

#include <string>

#include "checks/support/api_resource.hpp"
#include "clients/kubernetes.hpp"

namespace postflight {

// The one list of Secrets that all kinds share which look at Secrets of many names: of all
// namespaces, or of one. The server leaves out the types that no kind looks at, so that what is
// sent is little but Helm's releases and certificates.
ListRequest list_of_secrets(const std::string& name_space = {});

ApiResource secrets_resource();

}  // namespace postflight
