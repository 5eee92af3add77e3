#pragma once

#include <string>

#include "clients/kubernetes.hpp"
#include "clients/kubernetes_connection.hpp"

namespace postflight {

// The path and query of a list's first page, the same for the same request.
std::string list_path(const ListRequest& request);

// All pages of the list at that path. Throws ClientError unreadable for a page that is no list,
// expired when the list ended (410) under our hands twice, too-large over 256 MiB.
Kubernetes::Pages read_pages(KubernetesConnection& connection, const std::string& path,
                             const Limits& limits, bool& cut_short);

// Throws ClientError unreadable unless the answer is a JSON object with a `kind`.
void check_object(const HttpResponse& response, const std::string& asked);

}  // namespace postflight
