#include "tests/world/discovery.hpp"

#include "tests/world/json.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/resource_lists.hpp"

namespace postflight::world {

bool Resource::custom() const { return group == "cert-manager.io"; }

Discovery::Discovery(AddOns add_ons) {
  documents_["/api"] = go_json(recording("api.json"));
  add("/api/v1", "", "v1", go_json(recording("api_v1.json")));
  add("/apis/apps/v1", "apps", "v1", go_json(recording("apis_apps_v1.json")));
  add("/apis/discovery.k8s.io/v1", "discovery.k8s.io", "v1",
      go_json(recording("apis_discovery_v1.json")));
  Json groups = recording("apis.json");
  for (const auto& list : unrecorded_resource_lists()) {
    if (list.add_on && add_ons == AddOns::none) continue;
    const std::string group_version = list.group + "/" + list.version;
    add("/apis/" + group_version, list.group, list.version, list.document);
    const Json version = {{"groupVersion", group_version}, {"version", list.version}};
    if (list.add_on)
      groups["groups"].push_back({{"name", list.group},
                                  {"versions", Json::array({version})},
                                  {"preferredVersion", version}});
  }

  Json served = Json::array();
  for (auto& group : groups["groups"]) {
    const std::string name = group["name"];
    // A version that this stand-in does not have is not announced either.
    Json versions = Json::array();
    for (const auto& version : group["versions"])
      if (serves(name, version["version"])) versions.push_back(version);
    if (versions.empty()) continue;
    group["preferredVersion"] = versions.front();
    group["versions"] = std::move(versions);
    Json document = {{"kind", "APIGroup"}, {"apiVersion", "v1"}};
    document.update(group);
    documents_["/apis/" + name] = go_json(document);
    served.push_back(group);
  }
  groups["groups"] = std::move(served);
  documents_["/apis"] = go_json(groups);
}

void Discovery::add(const std::string& path, const std::string& group, const std::string& version,
                    const std::string& text) {
  documents_[path] = text;
  const Json list = Json::parse(text);
  for (const auto& resource : list["resources"]) {
    const std::string name = resource["name"];
    resources_[group + "/" + version + "/" + name] = {group, version, name, resource["kind"],
                                                      resource["namespaced"]};
  }
}

std::string Discovery::document(const std::string& path) const {
  const auto found = documents_.find(path);
  return found == documents_.end() ? "" : found->second;
}

bool Discovery::serves(const std::string& group, const std::string& version) const {
  return documents_.count(group.empty() ? "/api/" + version : "/apis/" + group + "/" + version) > 0;
}

const Resource* Discovery::find(const std::string& group, const std::string& version,
                                const std::string& name) const {
  const auto found = resources_.find(group + "/" + version + "/" + name);
  return found == resources_.end() ? nullptr : &found->second;
}

}  // namespace postflight::world
