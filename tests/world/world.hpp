#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/world/cluster.hpp"

namespace postflight::world {

struct WorldOptions {
  std::filesystem::path directory;  // exists; everything but PostgreSQL's data is kept in it
  std::vector<std::string> faults;
  std::chrono::milliseconds latency{0};  // that every answer takes longer
  // The recorded cluster comes with a database, an edge and Terraform code; a healthy one alone.
  Cluster::Contents cluster = Cluster::Contents::recorded;
  std::filesystem::path rights;  // of the reader, as manifests; empty: the usual ones
  std::size_t pods = 0;          // of a healthy cluster; 0: as few as it has by itself
};

// A cluster's API, its database, its edge and its Terraform code, all real enough to be checked,
// on loopback. When the constructor returns, all of it answers and the directory holds world.json
// (where everything is), vars.yaml (for a checklist), kubeconfig and requests.json (RequestCounts).
// All ends with this object.
class World {
 public:
  // Throws std::exception with the reason when a part does not start.
  explicit World(const WorldOptions& options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace postflight::world
