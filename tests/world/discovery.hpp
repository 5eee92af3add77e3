#pragma once

#include <map>
#include <string>
#include <vector>

namespace postflight::world {

struct Resource {
  std::string group, version;  // the core group is empty
  std::string name, kind;      // "pods", "Pod"
  bool namespaced = true;
  std::string group_version() const { return group.empty() ? version : group + "/" + version; }
  // Defined by a CustomResourceDefinition: objects bring kind and apiVersion, keys are sorted.
  bool custom() const;
  // metrics-server's lists come whole, whatever limit was asked for, and have no version.
  bool computed() const { return group == "metrics.k8s.io"; }
  // Under which name the store keeps them: some names stand in two groups.
  std::string kept_as() const { return computed() ? name + "." + group : name; }
  // By which name their selectable fields are known.
  std::string fields_of() const { return group == "events.k8s.io" ? "events." + group : kept_as(); }
};

// What a cluster has beyond what is built in: metrics-server and cert-manager.
enum class AddOns { none, installed };

// What the API server serves: the recorded discovery documents of the core group, apps/v1 and
// discovery.k8s.io/v1, the other built-in groups in the same shape, and add-ons where installed.
class Discovery {
 public:
  explicit Discovery(AddOns add_ons = AddOns::none);
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
