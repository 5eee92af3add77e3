#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "checks/support/json_document.hpp"
#include "checks/support/selectors.hpp"
#include "checks/support/timestamps.hpp"

namespace postflight {

// Reads one JSON object field by field. A field that is missing or null reads as absent; one of
// the wrong type, or a required one that is absent, throws CannotTell("unreadable") naming the
// object and the field. Refers to the JSON value, which must outlive it.
class JsonReader {
 public:
  // `object` names what is read: "Pod authentik/web-1". Throws unless the value is a map or null.
  JsonReader(const nlohmann::json& value, std::string object, std::string path = {});
  JsonReader(const JsonDocument& document, std::string object);

  bool has(const char* field) const { return find(field).has_value(); }
  std::string text(const char* field) const;  // empty when absent
  std::string required_text(const char* field) const;
  std::optional<bool> flag(const char* field) const;
  std::optional<std::int64_t> integer(const char* field) const;
  std::optional<Moment> timestamp(const char* field) const;
  JsonReader map(const char* field) const;  // an empty one when absent
  std::vector<JsonReader> maps(const char* field) const;
  std::vector<std::string> texts(const char* field) const;
  Labels labels(const char* field) const;  // a map of texts

  const std::string& object() const { return object_; }
  void rename(std::string object) { object_ = std::move(object); }

 private:
  using Value = std::variant<const nlohmann::json*, JsonElement>;
  JsonReader(Value value, std::string object, std::string path);
  std::optional<Value> find(const char* field) const;
  std::string path_of(const std::string& field) const;
  [[noreturn]] void wrong(const std::string& path, std::string_view wanted,
                          const Value* value) const;

  std::optional<Value> value_;  // a map, or nothing for an absent one
  std::string object_, path_;
};

}  // namespace postflight
