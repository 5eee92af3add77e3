#include "tests/world/cluster_objects/metadata.hpp"

#include <fmt/format.h>

#include "tests/world/json.hpp"
#include "tests/world/recordings.hpp"

namespace postflight::world {

namespace {

// FNV-1a: the same on every machine, which std::hash does not promise.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char letter : text) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 1099511628211u;
  }
  return hash;
}

Json fields_of(const Json& value) {
  Json fields = Json::object();
  if (value.is_object())
    for (const auto& [key, part] : value.items()) fields["f:" + key] = fields_of(part);
  if (value.is_array())
    for (const auto& part : value) {
      if (!part.is_object()) return Json::object();
      // Lists of objects are tracked by what tells their members apart.
      const char* key = part.contains("type") ? "type" : part.contains("ip") ? "ip" : "name";
      if (!part.contains(key)) return Json::object();
      Json inner = {{".", Json::object()}};
      inner.update(fields_of(part));
      fields["k:" + Json({{key, part[key]}}).dump()] = std::move(inner);
    }
  return fields;
}

}  // namespace

std::string ago(std::chrono::seconds before) {
  return rfc3339(std::chrono::system_clock::now() - before);
}

std::string ago_micro(std::chrono::seconds before) {
  const std::string text = rfc3339_nanoseconds(std::chrono::system_clock::now() - before);
  return text.substr(0, text.size() - 4) + "Z";
}

std::string suffix_of(const std::string& text, std::size_t letters) {
  static constexpr char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
  std::uint64_t hash = hash_of(text);
  std::string suffix;
  for (; letters > 0; --letters, hash /= 27) suffix += alphabet[hash % 27];
  return suffix;
}

std::string hex_of(const std::string& text, std::size_t digits) {
  std::string hex;
  for (int round = 0; hex.size() < digits; ++round)
    hex += fmt::format("{:016x}", hash_of(text + std::to_string(round)));
  return hex.substr(0, digits);
}

std::string uid(const std::string& kind, const std::string& id) {
  return hex_of(kind, 8) + "-5a1e-4c07-9d3b-" + id;
}

std::string id_of(const std::string& name_space, const std::string& name) {
  return hex_of(name_space + "/" + name, 12);
}

Json metadata(const std::string& name_space, const std::string& name, const std::string& uid,
              const std::string& created) {
  Json metadata = {{"name", name}};
  if (!name_space.empty()) metadata["namespace"] = name_space;
  metadata["uid"] = uid;
  metadata["creationTimestamp"] = created;
  return metadata;
}

Json owner(const std::string& api_version, const std::string& kind, const std::string& name,
           const std::string& uid) {
  return {{"apiVersion", api_version},
          {"kind", kind},
          {"name", name},
          {"uid", uid},
          {"controller", true},
          {"blockOwnerDeletion", true}};
}

Json managed_by(const std::string& manager, const std::string& api_version, const std::string& time,
                const Json& parts, const std::string& subresource) {
  Json entry = {{"manager", manager}, {"operation", "Update"},    {"apiVersion", api_version},
                {"time", time},       {"fieldsType", "FieldsV1"}, {"fieldsV1", fields_of(parts)}};
  if (!subresource.empty()) entry["subresource"] = subresource;
  return entry;
}

}  // namespace postflight::world
