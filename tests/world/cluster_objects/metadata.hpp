#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/world/object_store.hpp"

namespace postflight::world {

// RFC 3339, so long before now: whole seconds, as most times of objects are.
std::string ago(std::chrono::seconds before);
std::string ago_micro(std::chrono::seconds before);  // with microseconds, as Leases have them

// Always the same for the same text: letters as the API server's generateName uses, or hex digits.
std::string suffix_of(const std::string& text, std::size_t letters);
std::string hex_of(const std::string& text, std::size_t digits);
// `id` are the last twelve digits.
std::string uid(const std::string& kind, const std::string& id);
std::string id_of(const std::string& name_space, const std::string& name);

nlohmann::ordered_json metadata(const std::string& name_space, const std::string& name,
                                const std::string& uid, const std::string& created);
nlohmann::ordered_json owner(const std::string& api_version, const std::string& kind,
                             const std::string& name, const std::string& uid);

// What a manager owns of an object's parts ("spec", "status"), as the server tracks it.
nlohmann::ordered_json managed_by(const std::string& manager, const std::string& api_version,
                                  const std::string& time, const nlohmann::ordered_json& parts,
                                  const std::string& subresource = {});

}  // namespace postflight::world
