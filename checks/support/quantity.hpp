#pragma once

#include <optional>
#include <string_view>

namespace postflight {

// The number that a Kubernetes quantity is, such as 1.5 for "1500m" and 2147483648 for "2Gi"
// (k8s.io/apimachinery, resource.Quantity). Nothing for anything else.
std::optional<double> parse_quantity(std::string_view text);

}  // namespace postflight
