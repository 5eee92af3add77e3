#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/world/object_store.hpp"

namespace postflight::world {

// The releases of helm_releases.json as Helm 3 keeps them: a Secret for each revision, its
// manifest made from the objects in the store that belong to it.
void put_helm_releases(ObjectStore& store);

// Edits what one revision's Secret holds; its labels follow. Throws std::out_of_range when there is
// none.
void change_release(ObjectStore& store, const std::string& name_space, const std::string& name,
                    int revision, const std::function<void(nlohmann::ordered_json&)>& edit);
// One more revision with that status after the newest, `seconds` old; the former newest stays.
void add_revision(ObjectStore& store, const std::string& name_space, const std::string& name,
                  int newest, const std::string& status, int seconds);

// Keeps a revision as it is, as if written so long ago.
void put_release(ObjectStore& store, const nlohmann::ordered_json& release,
                 std::chrono::seconds age);

// What is in a release Secret's data.release, and back.
nlohmann::ordered_json unpack_release(const std::string& data);
std::string pack_release(const nlohmann::ordered_json& release);

}  // namespace postflight::world
