#pragma once

#include <filesystem>
#include <vector>

#include "tests/world/users.hpp"

namespace postflight::world {

// The rules of the Roles and ClusterRoles in a file of manifests, as if they were bound to one
// user. Throws YAML::Exception for what cannot be read; none for a file that is not there.
std::vector<Rule> read_rights(const std::filesystem::path& manifests);

}  // namespace postflight::world
