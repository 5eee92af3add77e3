#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postflight {

// Everything but letters, digits and -._~ as %XX.
std::string percent_encoded(std::string_view text);

// `path`, then the parameters behind ? or, where the path has a query already, &.
std::string with_query(std::string path,
                       const std::vector<std::pair<std::string, std::string>>& parameters);

// /api/v1/namespaces/NAMESPACE/pods/POD/SUBRESOURCE. Throws ClientError configuration for a name
// that could lead elsewhere.
std::string pod_path(std::string_view name_space, std::string_view pod,
                     std::string_view subresource);

}  // namespace postflight
