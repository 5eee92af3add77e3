#include <nlohmann/json.hpp>

#include "tests/world/scenario.hpp"

namespace postflight::world {

const std::vector<Fault>& cluster_faults() {
  static const std::vector<Fault> list;
  return list;
}

}  // namespace postflight::world
