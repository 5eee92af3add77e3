#pragma once

#include <string>

#include "tests/world/object_store.hpp"

namespace postflight::world {

// A claim of class "fast", the volume that it is bound to, and the attachment to the node.
void put_claim(ObjectStore& store, const std::string& name_space, const std::string& name,
               const std::string& size, const std::string& node);

}  // namespace postflight::world
