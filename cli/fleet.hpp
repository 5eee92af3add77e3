#pragma once

#include <string>
#include <vector>

#include "cli/options.hpp"

namespace postflight {

struct ClusterOptions {
  std::string name;
  bool is_named = false;  // its context or its kubeconfig is
  Options options;        // as for a run over this cluster alone
};

// The clusters of --context a,b,c or of --fleet FILE (docs/fleet.md is its format); none for a run
// over one. Throws Mistakes: what is wrong in the file.
std::vector<ClusterOptions> clusters_of(const Options& options);

}  // namespace postflight
