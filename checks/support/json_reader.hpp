#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
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
  // `object` names what is read: "Pod authentik/web-1", and `field` the field of it that `value`
  // is. Throws unless the value is a map or null. Names of fields must live as long as the reader.
  JsonReader(const nlohmann::json& value, std::string object, const char* field = nullptr);
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

  const std::string& object() const { return *object_; }
  void rename(std::string object) {
    object_ = std::make_shared<const std::string>(std::move(object));
  }

 private:
  using Value = std::variant<const nlohmann::json*, JsonElement>;

  // Where in the object: fields, and elements of those that are lists. It is put into words only
  // for an error.
  struct Step {
    const char* field = nullptr;
    std::size_t element = no_element;
  };
  static constexpr std::size_t no_element = SIZE_MAX;
  struct Path {
    std::array<Step, 8> steps;  // the first ones, if they are more
    std::size_t count = 0;
    Path plus(const char* field, std::size_t element = no_element) const;
    std::string text() const;
  };

  JsonReader(Value value, std::shared_ptr<const std::string> object, const Path& path);
  std::optional<Value> find(const char* field) const;
  [[noreturn]] void wrong(const std::string& path, std::string_view wanted,
                          const Value* value) const;
  [[noreturn]] void wrong_field(const char* field, std::string_view wanted,
                                const Value* value) const {
    wrong(path_.plus(field).text(), wanted, value);
  }

  std::optional<Value> value_;  // a map, or nothing for an absent one
  std::shared_ptr<const std::string> object_;
  Path path_;
};

}  // namespace postflight
