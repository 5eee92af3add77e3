#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postflight {

enum class JsonType { null, boolean, number, text, list, map };

// A value in a JsonDocument, as cheap to copy as a pointer. Valid as long as the document.
class JsonElement {
 public:
  JsonType type() const;
  bool boolean() const;                         // of a boolean
  std::optional<std::int64_t> integer() const;  // of a number; nothing for a fraction
  double number() const;                        // of a number
  std::string_view text() const;                // of a text
  std::optional<JsonElement> member(std::string_view key) const;  // of a map; nothing for others
  std::vector<JsonElement> elements() const;                      // of a list
  std::vector<std::pair<std::string_view, JsonElement>> members() const;  // of a map

  // The text in that field of a field; empty when there is none.
  std::string text_at(std::initializer_list<std::string_view> path) const;

  // What a simdjson::dom::element consists of, which no header shall know.
  struct Place {
    const void* document;
    std::size_t at;
  };
  explicit JsonElement(Place place) : place_(place) {}
  Place place() const { return place_; }

 private:
  Place place_;
};

// A JSON text, parsed, in the compact form of its parser.
class JsonDocument {
 public:
  // At least 64 bytes behind the text must be readable. Throws CannotTell("unreadable") for what is
  // no JSON or nested deeper than 200 levels.
  explicit JsonDocument(std::string_view json_with_room);
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;
  // Any text, which is copied.
  static std::unique_ptr<const JsonDocument> of(std::string_view json);

  JsonElement root() const { return root_; }

 private:
  struct Parser;
  static std::vector<std::unique_ptr<Parser>>& idle_parsers();

  std::unique_ptr<Parser> parser_;
  JsonElement root_{{nullptr, 0}};
};

}  // namespace postflight
