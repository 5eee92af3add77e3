#include "tests/world/listing.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <thread>

#include "tests/world/discovery.hpp"
#include "tests/world/json.hpp"
#include "tests/world/object_store.hpp"
#include "tests/world/refusal.hpp"
#include "tests/world/selector.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

namespace {

// Older revisions count as compacted away: a list of them cannot be continued or repeated.
constexpr std::int64_t oldest_revision = 100;

struct Position {
  std::int64_t revision = 0;
  std::string start;  // the first key of this page
};

// What a continue token says; it is opaque to clients, in the real server's format.
std::string token(const Position& position) {
  return base64_url(
      go_json({{"v", "meta.k8s.io/v1"}, {"rv", position.revision}, {"start", position.start}}));
}

Position parse_token(const std::string& text) {
  const Json parsed = Json::parse(base64_decode(text), nullptr, false);
  if (!parsed.is_object() || !parsed.contains("rv") || !parsed.contains("start"))
    throw bad_request(
        "invalid continue token: continue key is not valid: invalid character looking for "
        "beginning of value");
  Position position{parsed["rv"].get<std::int64_t>(), parsed["start"].get<std::string>()};
  if (position.revision >= 0 && position.revision < oldest_revision)
    throw expired(
        "The provided continue parameter is too old to display a consistent list result. You can "
        "start a new list without the continue parameter, or use the continue token in this "
        "response to retrieve the remainder of the results. Continuing with the provided token "
        "results in an inconsistent list - objects that were created, modified, or deleted between "
        "the time the first chunk was returned and now may show up in the list.",
        token({-1, position.start}));
  return position;
}

std::string key_of(const Json& object, bool with_namespace) {
  const std::string name = text_at(object, "/metadata/name");
  return with_namespace ? text_at(object, "/metadata/namespace") + "/" + name : name;
}

std::int64_t number(const Request& request, const std::string& name) {
  const std::string text = request.parameter(name);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!text.empty() && (error != std::errc{} || end != text.data() + text.size()))
    throw bad_request("strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
  return value;
}

void check_resource_version(const ObjectStore& store, const Request& request) {
  const std::int64_t asked = number(request, "resourceVersion");
  const auto current = static_cast<std::int64_t>(store.revision());
  if (asked > current) {
    std::this_thread::sleep_for(std::chrono::seconds(3));  // the server waits for its cache first
    throw resource_version_too_large(std::to_string(asked), std::to_string(current));
  }
  if (request.parameter("resourceVersionMatch") == "Exact" && asked < oldest_revision)
    throw expired("The resourceVersion for the provided list is too old.", "");
}

}  // namespace

std::string list_objects(const ObjectStore& store, const Resource& resource,
                         const std::string& name_space, const Request& request) {
  const LabelSelector labels(request.parameter("labelSelector"));
  const FieldSelector fields(resource.name, request.parameter("fieldSelector"));
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(number(request, "limit"), 0));
  check_resource_version(store, request);
  Position position{static_cast<std::int64_t>(store.revision()), ""};
  if (const auto text = request.parameter("continue"); !text.empty()) {
    position = parse_token(text);
    if (position.revision < 0) position.revision = static_cast<std::int64_t>(store.revision());
    // Keys are written with or without a leading slash, and end in a zero byte: "just after".
    if (!position.start.empty() && position.start.front() == '/') position.start.erase(0, 1);
  }

  const bool keyed_by_namespace = resource.namespaced && name_space.empty();
  std::map<std::string, Object> in_order;  // of keys as text: "a-b/x" comes before "a/x"
  for (const auto& object : store.all(resource.name, name_space))
    in_order[key_of(*object, keyed_by_namespace)] = object;

  Json items = Json::array();
  std::size_t remaining = 0;
  std::string last;
  for (const auto& [key, object] : in_order) {
    if (key < position.start || !labels.matches(*object) || !fields.matches(*object)) continue;
    if (limit > 0 && items.size() == limit) {
      ++remaining;
      continue;
    }
    items.push_back(*object);
    last = key;
  }

  Json metadata = {{"resourceVersion", std::to_string(position.revision)}};
  if (remaining > 0) {
    metadata["continue"] = token({position.revision, "/" + last + std::string(1, '\0')});
    const bool selecting =
        request.has_parameter("labelSelector") || request.has_parameter("fieldSelector");
    if (!selecting) metadata["remainingItemCount"] = remaining;
  }
  return go_json({{"kind", resource.kind + "List"},
                  {"apiVersion", resource.group_version()},
                  {"metadata", std::move(metadata)},
                  {"items", std::move(items)}});
}

}  // namespace postflight::world
