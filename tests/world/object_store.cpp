#include "tests/world/object_store.hpp"

#include "tests/world/json.hpp"

namespace postflight::world {

void ObjectStore::put(const std::string& resource, Json object) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  Json& metadata = object["metadata"];
  if (!metadata.contains("resourceVersion"))
    metadata["resourceVersion"] = std::to_string(revision_);
  const Key key(metadata.value("namespace", ""), metadata.value("name", ""));
  objects_[resource][key] = std::make_shared<const Json>(std::move(object));
}

void ObjectStore::remove(const std::string& resource, const std::string& name_space,
                         const std::string& name) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  objects_[resource].erase({name_space, name});
}

void ObjectStore::change(const std::string& resource, const std::string& name_space,
                         const std::string& name, const std::function<void(Json&)>& edit) {
  const std::lock_guard lock(mutex_);
  Object& held = objects_.at(resource).at({name_space, name});
  Json object = *held;
  edit(object);
  object["metadata"]["resourceVersion"] = std::to_string(++revision_);
  held = std::make_shared<const Json>(std::move(object));
}

Object ObjectStore::find(const std::string& resource, const std::string& name_space,
                         const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto group = objects_.find(resource);
  if (group == objects_.end()) return nullptr;
  const auto found = group->second.find({name_space, name});
  return found == group->second.end() ? nullptr : found->second;
}

std::vector<Object> ObjectStore::all(const std::string& resource,
                                     const std::string& name_space) const {
  const std::lock_guard lock(mutex_);
  std::vector<Object> found;
  if (const auto group = objects_.find(resource); group != objects_.end())
    for (const auto& [key, object] : group->second)
      if (name_space.empty() || key.first == name_space) found.push_back(object);
  return found;
}

std::uint64_t ObjectStore::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

}  // namespace postflight::world
