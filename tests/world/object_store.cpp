#include "tests/world/object_store.hpp"

#include <algorithm>

#include "tests/world/json.hpp"
#include "tests/world/selectable_fields.hpp"

namespace postflight::world {

namespace {

std::string key_of(const std::string& name_space, const std::string& name) {
  return name_space.empty() ? name : name_space + "/" + name;
}

KeptObject keep(const std::string& resource, Json object) {
  KeptObject kept;
  const Json& metadata = object["metadata"];
  kept.name_space = metadata.value("namespace", "");
  kept.name = metadata.value("name", "");
  kept.text = go_json(object);
  Labels labels;
  if (const auto found = metadata.find("labels"); found != metadata.end() && found->is_object())
    for (const auto& [name, value] : found->items()) labels[name] = value;
  kept.labels = std::make_shared<const Labels>(std::move(labels));
  kept.fields = field_values(resource, object);
  kept.parsed = std::make_shared<const Json>(std::move(object));
  return kept;
}

}  // namespace

Object KeptObject::json() const {
  return parsed ? parsed : std::make_shared<const Json>(Json::parse(text));
}

void ObjectStore::put_kept(const std::string& resource, KeptObject object) {
  Group& group = groups_[resource];
  group.snapshot.reset();
  std::string key = object.key();
  group.objects[std::move(key)] = std::make_shared<const KeptObject>(std::move(object));
}

void ObjectStore::put(const std::string& resource, Json object) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  Json& metadata = object["metadata"];
  if (!metadata.contains("resourceVersion"))
    metadata["resourceVersion"] = std::to_string(revision_);
  put_kept(resource, keep(resource, std::move(object)));
}

void ObjectStore::put(const std::string& resource, KeptObject object) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  put_kept(resource, std::move(object));
}

void ObjectStore::remove(const std::string& resource, const std::string& name_space,
                         const std::string& name) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  groups_[resource].objects.erase(key_of(name_space, name));
  groups_[resource].snapshot.reset();
}

void ObjectStore::change(const std::string& resource, const std::string& name_space,
                         const std::string& name, const std::function<void(Json&)>& edit) {
  const std::lock_guard lock(mutex_);
  Json object = *groups_.at(resource).objects.at(key_of(name_space, name))->json();
  edit(object);
  object["metadata"]["resourceVersion"] = std::to_string(++revision_);
  put_kept(resource, keep(resource, std::move(object)));
}

ObjectStore::Kept ObjectStore::find_kept(const std::string& resource,
                                         const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto group = groups_.find(resource);
  if (group == groups_.end()) return nullptr;
  const auto found = group->second.objects.find(key);
  return found == group->second.objects.end() ? nullptr : found->second;
}

ObjectStore::Kept ObjectStore::kept(const std::string& resource, const std::string& name_space,
                                    const std::string& name) const {
  return find_kept(resource, key_of(name_space, name));
}

Object ObjectStore::find(const std::string& resource, const std::string& name_space,
                         const std::string& name) const {
  const Kept found = kept(resource, name_space, name);
  return found ? found->json() : nullptr;
}

std::vector<Object> ObjectStore::all(const std::string& resource,
                                     const std::string& name_space) const {
  const Snapshot objects = snapshot(resource);
  const auto [begin, end] = in_namespace(*objects, name_space);
  std::vector<Object> found;
  std::transform(begin, end, std::back_inserter(found),
                 [](const Kept& object) { return object->json(); });
  return found;
}

ObjectStore::Snapshot ObjectStore::snapshot(const std::string& resource) const {
  const std::lock_guard lock(mutex_);
  const auto group = groups_.find(resource);
  if (group == groups_.end()) return std::make_shared<const std::vector<Kept>>();
  if (!group->second.snapshot) {
    auto objects = std::make_shared<std::vector<Kept>>();
    objects->reserve(group->second.objects.size());
    for (const auto& [key, object] : group->second.objects) objects->push_back(object);
    group->second.snapshot = std::move(objects);
  }
  return group->second.snapshot;
}

std::vector<std::string> ObjectStore::resources() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, group] : groups_) names.push_back(name);
  return names;
}

std::uint64_t ObjectStore::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

Range in_namespace(const std::vector<ObjectStore::Kept>& objects, const std::string& name_space) {
  if (name_space.empty()) return {objects.begin(), objects.end()};
  // Sorted by "namespace/name": those of a namespace stand together.
  const auto first = [&](const std::string& key) {
    return std::lower_bound(objects.begin(), objects.end(), key,
                            [](const ObjectStore::Kept& object, const std::string& wanted) {
                              return object->key() < wanted;
                            });
  };
  return {first(name_space + "/"), first(name_space + "0")};  // '0' comes after '/'
}

}  // namespace postflight::world
