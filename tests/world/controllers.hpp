#pragma once

namespace postflight::world {

class ObjectStore;

// Brings Endpoints, EndpointSlices and the status of Deployments in line with Services and Pods, as
// the controllers of a cluster do after a change.
void settle(ObjectStore& store);

}  // namespace postflight::world
