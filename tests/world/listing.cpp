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
#include "tests/world/selectable_fields.hpp"
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

// An Event as events.k8s.io/v1 has it: the same object, its fields renamed.
std::string as_events_api(const std::string& text) {
  static const std::map<std::string, std::string> names{
      {"involvedObject", "regarding"},
      {"message", "note"},
      {"source", "deprecatedSource"},
      {"firstTimestamp", "deprecatedFirstTimestamp"},
      {"lastTimestamp", "deprecatedLastTimestamp"},
      {"count", "deprecatedCount"},
      {"reportingComponent", "reportingController"}};
  const Json core = Json::parse(text);
  Json event = Json::object();
  for (const auto& [name, value] : core.items()) {
    const auto renamed = names.find(name);
    event[renamed == names.end() ? name : renamed->second] = value;
  }
  return go_json(event);
}

// A page put together from the texts of its objects.
std::string list_text(const Resource& resource, Json metadata,
                      const std::vector<const std::string*>& items) {
  std::string before, after;
  if (resource.custom()) {
    // Custom objects are written by their sorted keys, and their list always has "continue".
    nlohmann::json sorted = metadata;
    sorted.emplace("continue", "");
    before = "{\"apiVersion\":\"" + resource.group_version() + "\",\"items\":[";
    after = "],\"kind\":\"" + resource.kind + "List\",\"metadata\":" + sorted.dump() + "}";
  } else {
    before = "{\"kind\":\"" + resource.kind + "List\",\"apiVersion\":\"" +
             resource.group_version() + "\",\"metadata\":" + go_json(metadata) + ",\"items\":[";
    after = "]}";
  }
  std::size_t size = before.size() + after.size() + 1;
  for (const auto* item : items) size += item->size() + 1;
  std::string text;
  text.reserve(size);
  text += before;
  for (const auto* item : items) {
    if (item != items.front()) text += ',';
    text += *item;
  }
  return text += after;
}

}  // namespace

std::string object_text(const Resource& resource, const KeptObject& object) {
  if (resource.custom()) return object.text;
  const std::string text =
      resource.group == "events.k8s.io" ? as_events_api(object.text) : object.text;
  return "{\"kind\":\"" + resource.kind + "\",\"apiVersion\":\"" + resource.group_version() +
         "\"," + text.substr(1);
}

std::string list_objects(const ObjectStore& store, const Resource& resource,
                         const std::string& name_space, const Request& request) {
  const std::string label_text = request.parameter("labelSelector");
  const std::string field_text = request.parameter("fieldSelector");
  const LabelSelector labels(label_text);
  const FieldSelector fields(resource.fields_of(), field_text);
  auto limit = static_cast<std::size_t>(std::max<std::int64_t>(number(request, "limit"), 0));
  check_resource_version(store, request);
  Position position{static_cast<std::int64_t>(store.revision()), ""};
  if (const auto text = request.parameter("continue"); !text.empty()) {
    position = parse_token(text);
    if (position.revision < 0) position.revision = static_cast<std::int64_t>(store.revision());
    // Keys are written with or without a leading slash, and end in a zero byte: "just after".
    if (!position.start.empty() && position.start.front() == '/') position.start.erase(0, 1);
    // Inside a namespace they are names.
    if (!name_space.empty() && !position.start.empty())
      position.start = name_space + "/" + position.start;
  }
  if (resource.computed()) limit = 0;

  const auto snapshot = store.snapshot(resource.kept_as());
  const auto [begin, end] = in_namespace(*snapshot, name_space);
  auto at = std::lower_bound(begin, end, position.start,
                             [](const ObjectStore::Kept& object, const std::string& start) {
                               return object->key() < start;
                             });
  const bool selects_all = labels.selects_all() && fields.selects_all();
  const bool converts = resource.group == "events.k8s.io";
  std::vector<std::string> converted;
  std::vector<const std::string*> items;
  std::size_t remaining = 0;
  ObjectStore::Kept last;
  for (; at != end; ++at) {
    const auto& object = *at;
    if (!selects_all &&
        !(labels.matches(*object->labels) &&
          fields.matches(converts ? field_values(resource.fields_of(), *object->json())
                                  : object->fields)))
      continue;
    if (limit > 0 && items.size() == limit) {
      remaining = selects_all ? static_cast<std::size_t>(end - at) : 1;
      break;
    }
    items.push_back(&object->text);
    last = object;
  }
  if (converts) {
    converted.reserve(items.size());
    for (auto& item : items) item = &converted.emplace_back(as_events_api(*item));
  }

  Json metadata = Json::object();
  if (!resource.computed()) metadata["resourceVersion"] = std::to_string(position.revision);
  if (remaining > 0) {
    const std::string key = name_space.empty() ? last->key() : last->name;
    metadata["continue"] = token({position.revision, "/" + key + std::string(1, '\0')});
    if (label_text.empty() && field_text.empty()) metadata["remainingItemCount"] = remaining;
  }
  return list_text(resource, std::move(metadata), items);
}

}  // namespace postflight::world
