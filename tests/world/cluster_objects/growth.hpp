#pragma once

#include <cstddef>

#include "tests/world/object_store.hpp"

namespace postflight::world {

// Adds healthy applications of four pods each, and nodes for them, until the cluster has that many
// pods; with them ReplicaSets (three a Deployment), Services, EndpointSlices, Secrets, ConfigMaps,
// Jobs, events and metrics in the proportion of real clusters. Objects are made as text: 50,000
// pods take a second or two, and 8 kB each. Throws std::invalid_argument when there are more pods
// already.
void grow(ObjectStore& store, std::size_t pods);

}  // namespace postflight::world
