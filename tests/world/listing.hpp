#pragma once

#include <string>

#include "tests/world/http_server.hpp"

namespace postflight::world {

class ObjectStore;
struct KeptObject;
struct Resource;

// The JSON text of one object of `resource`, with its kind and apiVersion.
std::string object_text(const Resource& resource, const KeptObject& object);

// The JSON text of a list of `resource` in a namespace (empty: in all), with selectors, limit,
// continue and resourceVersion as the query asks. Throws Refusal.
std::string list_objects(const ObjectStore& store, const Resource& resource,
                         const std::string& name_space, const Request& request);

}  // namespace postflight::world
