#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "clients/kubernetes.hpp"

namespace postflight {

using Version = std::array<int, 3>;

// "v1.36.2", "1.30", "v1.29.4-eks-036c24b", "v1.31.0+k3s1": what follows the numbers is ignored.
std::optional<Version> parse_version(std::string_view text);

struct ServerVersion {
  std::string text;  // as the API server says it
  Version numbers{};
};

// Throws CannotTell unreadable, and what a client throws.
ServerVersion server_version(Kubernetes& kubernetes, const Limits& limits);

}  // namespace postflight
