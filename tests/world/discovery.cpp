#include "tests/world/discovery.hpp"

#include "tests/world/json.hpp"
#include "tests/world/recordings.hpp"

namespace postflight::world {

namespace {

// These two groups were not recorded; a client only creates reviews in them.
Json review_list(const std::string& group_version, const std::vector<std::string>& kinds) {
  Json resources = Json::array();
  for (const auto& kind : kinds) {
    std::string singular = kind;
    for (auto& letter : singular)
      letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    resources.push_back({{"name", singular + "s"},
                         {"singularName", singular},
                         {"namespaced", false},
                         {"kind", kind},
                         {"verbs", Json::array({"create"})}});
  }
  return {{"kind", "APIResourceList"},
          {"apiVersion", "v1"},
          {"groupVersion", group_version},
          {"resources", std::move(resources)}};
}

}  // namespace

Discovery::Discovery() {
  documents_["/api"] = go_json(recording("api.json"));
  add("/api/v1", "", "v1", go_json(recording("api_v1.json")));
  add("/apis/apps/v1", "apps", "v1", go_json(recording("apis_apps_v1.json")));
  add("/apis/discovery.k8s.io/v1", "discovery.k8s.io", "v1",
      go_json(recording("apis_discovery_v1.json")));
  add("/apis/authorization.k8s.io/v1", "authorization.k8s.io", "v1",
      go_json(review_list("authorization.k8s.io/v1", {"SelfSubjectAccessReview"})));
  add("/apis/authentication.k8s.io/v1", "authentication.k8s.io", "v1",
      go_json(review_list("authentication.k8s.io/v1", {"SelfSubjectReview"})));

  Json groups = recording("apis.json");
  Json served = Json::array();
  for (const auto& group : groups["groups"]) {
    const std::string name = group["name"];
    if (!serves(name, "v1")) continue;
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
