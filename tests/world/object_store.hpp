#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace postflight::world {

using Object = std::shared_ptr<const nlohmann::ordered_json>;
using Labels = std::map<std::string, std::string>;

// An object as it is kept: the text that is sent, and what selectors look at. A cluster of 50,000
// pods is kept in this form only.
struct KeptObject {
  std::string name_space, name;  // no namespace: cluster-wide
  std::string text;
  std::shared_ptr<const Labels> labels;
  std::vector<std::string> fields;  // in the order of selectable_fields()
  Object parsed;                    // null when it was made as text

  // "namespace/name" or "name": lists are in the order of this text.
  std::string key() const { return name_space.empty() ? name : name_space + "/" + name; }
  Object json() const;
};

// What a cluster holds, by resource ("pods", "endpointslices"), namespace and name. Safe to use
// from many threads; an object never changes, it is replaced.
class ObjectStore {
 public:
  using Kept = std::shared_ptr<const KeptObject>;
  using Snapshot = std::shared_ptr<const std::vector<Kept>>;

  // Under its own metadata, which gets the next resourceVersion unless it brings one.
  void put(const std::string& resource, nlohmann::ordered_json object);
  // One that was made as text, with the resourceVersion that it brings.
  void put(const std::string& resource, KeptObject object);
  void remove(const std::string& resource, const std::string& name_space, const std::string& name);
  // Throws std::out_of_range when there is none.
  void change(const std::string& resource, const std::string& name_space, const std::string& name,
              const std::function<void(nlohmann::ordered_json&)>& edit);

  Object find(const std::string& resource, const std::string& name_space,
              const std::string& name) const;  // null when there is none
  Kept kept(const std::string& resource, const std::string& name_space,
            const std::string& name) const;  // null when there is none
  // In the order of their keys; an empty namespace means all.
  std::vector<Object> all(const std::string& resource, const std::string& name_space) const;
  // All of a resource as of now, in the order of their keys; made once for each change.
  Snapshot snapshot(const std::string& resource) const;
  std::vector<std::string> resources() const;  // of which there is or was an object
  std::uint64_t revision() const;

 private:
  struct Group {
    std::map<std::string, Kept> objects;  // by key
    mutable Snapshot snapshot;            // null when something changed since
  };
  void put_kept(const std::string& resource, KeptObject object);
  Kept find_kept(const std::string& resource, const std::string& key) const;

  mutable std::mutex mutex_;
  std::map<std::string, Group> groups_;
  std::uint64_t revision_ = 1600;  // just after the recordings
};

// The part of a snapshot in one namespace; all of it when that is empty.
struct Range {
  std::vector<ObjectStore::Kept>::const_iterator begin, end;
};
Range in_namespace(const std::vector<ObjectStore::Kept>& objects, const std::string& name_space);

}  // namespace postflight::world
