#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace postflight::world {

struct Resource {
  std::string group, version;  // the core group is empty
  std::string name, kind;      // "pods", "Pod"
  bool namespaced = true;
  std::string group_version() const { return group.empty() ? version : group + "/" + version; }
};

// What the API server serves, from its recorded discovery documents: the core group, apps/v1,
// discovery.k8s.io/v1, and the reviews of authentication and authorization.
class Discovery {
 public:
  Discovery();
  // The document at /api, /apis, /api/v1, /apis/GROUP or /apis/GROUP/VERSION; empty when unknown.
  std::string document(const std::string& path) const;
  bool serves(const std::string& group, const std::string& version) const;
  const Resource* find(const std::string& group, const std::string& version,
                       const std::string& name) const;  // null when unknown

 private:
  void add(const std::string& path, const std::string& group, const std::string& version,
           const std::string& text);
  std::map<std::string, std::string> documents_;
  std::map<std::string, Resource> resources_;  // by group/version/name
};

}  // namespace postflight::world
