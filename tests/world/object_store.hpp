#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace postflight::world {

using Object = std::shared_ptr<const nlohmann::ordered_json>;

// What a cluster holds, by resource ("pods", "endpointslices"), namespace and name. Safe to use
// from many threads; an object never changes, it is replaced.
class ObjectStore {
 public:
  // Under its own metadata, which gets the next resourceVersion unless it brings one.
  void put(const std::string& resource, nlohmann::ordered_json object);
  void remove(const std::string& resource, const std::string& name_space, const std::string& name);
  // Throws std::out_of_range when there is none.
  void change(const std::string& resource, const std::string& name_space, const std::string& name,
              const std::function<void(nlohmann::ordered_json&)>& edit);

  Object find(const std::string& resource, const std::string& name_space,
              const std::string& name) const;  // null when there is none
  // In the order of their keys; an empty namespace means all.
  std::vector<Object> all(const std::string& resource, const std::string& name_space) const;
  std::uint64_t revision() const;

 private:
  using Key = std::pair<std::string, std::string>;  // namespace and name
  mutable std::mutex mutex_;
  std::map<std::string, std::map<Key, Object>> objects_;
  std::uint64_t revision_ = 1600;  // just after the recordings
};

}  // namespace postflight::world
