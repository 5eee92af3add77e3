#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace postflight {

// A value that somebody set and that reaches nothing, by its path of keys: "server.strategy".
struct InertValue {
  std::string path, why;
};

struct ValuesFound {
  std::size_t set = 0;                 // single values, and lists
  std::vector<InertValue> inert;       // proved to reach nothing
  std::vector<std::string> undecided;  // paths of which the release alone does not tell
};

// Which of the values that were set (`config`) reach nothing, by the values and the templates of
// the chart, in a release as read_helm_release gives it. What cannot be proved is not called inert:
//  - a key is inert that the chart's own values do not have, when no template mentions it, nor any
//    map above it as a whole, and no template of elsewhere is called. An empty map of the chart's
//    values takes any key; what belongs to a dependency is undecided;
//  - so is what stands beside a set `existingSecret`, when every mention of it is in a part of a
//    template that is left out where that is set.
ValuesFound find_inert_values(const nlohmann::json& release);

}  // namespace postflight
