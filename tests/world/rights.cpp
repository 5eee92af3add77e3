#include "tests/world/rights.hpp"

#include <yaml-cpp/yaml.h>

#include <string>

namespace postflight::world {
namespace {

std::vector<std::string> texts(const YAML::Node& list) {
  return list ? list.as<std::vector<std::string>>() : std::vector<std::string>{};
}

}  // namespace

std::vector<Rule> read_rights(const std::filesystem::path& manifests) {
  std::vector<Rule> rights;
  if (!std::filesystem::exists(manifests)) return rights;
  for (const auto& document : YAML::LoadAllFromFile(manifests.string())) {
    const auto kind = document["kind"] ? document["kind"].as<std::string>() : std::string();
    if (kind != "Role" && kind != "ClusterRole") continue;
    // A Role is for its namespace, and no Role is for all.
    const auto name_space =
        kind == "Role" ? document["metadata"]["namespace"].as<std::string>() : std::string();
    for (const auto& rule : document["rules"])
      rights.push_back({texts(rule["verbs"]), texts(rule["apiGroups"]), texts(rule["resources"]),
                        name_space, texts(rule["resourceNames"])});
  }
  return rights;
}

}  // namespace postflight::world
