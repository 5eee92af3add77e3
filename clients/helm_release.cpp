#include "clients/helm_release.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "clients/base64.hpp"
#include "clients/error.hpp"
#include "clients/gzip.hpp"
#include "clients/recording.hpp"
#include "text/go_template.hpp"
#include "text/json_depth.hpp"
#include "text/yaml_document.hpp"

namespace postflight {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest_release = 32u << 20;  // unpacked; the packed one fits into 1 MiB
constexpr std::array<std::string_view, 3> workload_kinds{"Deployment", "StatefulSet", "DaemonSet"};

[[noreturn]] void unreadable(const std::string& why) { throw ClientError(reason::unreadable, why); }

std::string decoded(std::string_view text, const char* what) {
  auto bytes = base64_decoded(text);
  if (!bytes) unreadable(std::string(what) + " is not base64");
  return std::move(*bytes);
}

const Json& member(const Json& map, const char* key) {
  static const Json nothing;
  if (!map.is_object()) return nothing;
  const auto found = map.find(key);
  return found == map.end() ? nothing : *found;
}

// Empty when it is no text.
std::string text_in(const Json& map, const char* key) {
  const auto& value = member(map, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

// Those members that are single values.
Json only(const Json& map, std::initializer_list<const char*> keys) {
  Json some = Json::object();
  for (const auto* key : keys)
    if (const auto& value = member(map, key); value.is_primitive() && !value.is_null())
      some[key] = value;
  return some;
}

Json without_values(const Json& value) {
  if (value.is_object()) {
    Json map = Json::object();
    for (const auto& [key, inner] : value.items()) map[key] = without_values(inner);
    return map;
  }
  if (value.is_array()) {
    Json list = Json::array();
    for (const auto& inner : value) list.push_back(without_values(inner));
    return list;
  }
  if (value.is_number()) return value == 0 ? 0 : 1;
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) return value;
  const auto actions = template_of(template_actions(value.get_ref<const std::string&>()));
  return actions.empty() ? std::string(secret_placeholder) : actions;
}

Json metadata_of(const Json& chart) {
  const auto& metadata = member(chart, "metadata");
  auto some = only(metadata, {"name", "version", "appVersion", "type"});
  auto dependencies = Json::array();
  if (const auto& all = member(metadata, "dependencies"); all.is_array())
    for (const auto& one : all) dependencies.push_back(only(one, {"name", "alias"}));
  if (!dependencies.empty()) some["dependencies"] = std::move(dependencies);
  return some;
}

// Of each file its actions. NOTES.txt is shown to people and reaches nothing.
Json actions_in(const Json& files) {
  auto list = Json::array();
  if (!files.is_array()) return list;
  for (const auto& file : files) {
    auto kept = only(file, {"name"});
    if (text_in(file, "name").ends_with("NOTES.txt")) continue;
    const auto& data = member(file, "data");
    const auto text = data.is_string() ? decoded(data.get<std::string>(), "a file of the chart")
                                       : text_in(file, "actions");
    kept["actions"] = template_of(template_actions(text));
    if (!kept["actions"].get_ref<const std::string&>().empty()) list.push_back(std::move(kept));
  }
  return list;
}

const YamlNode* child(const YamlNode* node, std::string_view key) {
  if (node == nullptr) return nullptr;
  for (const auto& one : node->members)
    if (one.key == key) return &one.value;
  return nullptr;
}

std::string text_at(const YamlNode* node, std::initializer_list<std::string_view> path) {
  for (const auto key : path) node = child(node, key);
  return node != nullptr && node->type == YamlNode::Type::scalar ? node->text : std::string();
}

// The workloads of a manifest: YAML documents one behind the other.
class ManifestReader {
 public:
  explicit ManifestReader(std::string_view manifest) {
    for (;;) {
      const auto end = end_of_document(manifest);
      read_document(manifest.substr(0, end));
      if (end == manifest.size()) break;
      manifest.remove_prefix(end + 3);  // what is behind --- belongs to the next one
    }
  }

  Json workloads = Json::array();

 private:
  // At a line that begins with ---: no value of YAML can hold one.
  static std::size_t end_of_document(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      if (text.substr(at).starts_with("---")) {
        const auto behind = text.substr(at + 3, 1);
        if (behind.empty() || behind.find_first_of(" \t\r\n") == 0) return at;
      }
      const auto line = text.find('\n', at);
      if (line == text.npos) break;
      at = line + 1;
    }
    return text.size();
  }

  void read_document(std::string_view text) {
    ++number_;
    bool may_be_one = false;
    for (const auto kind : workload_kinds) may_be_one = may_be_one || text.find(kind) != text.npos;
    if (!may_be_one) return;
    const YamlLimits limits{largest_release, 500'000};
    std::vector<YamlFault> faults;
    if (auto fault = fault_in_bytes(text, limits)) {
      faults.push_back(std::move(*fault));
    } else {
      const auto document = read_yaml_document(std::string(text), limits, faults);
      if (faults.empty()) return read_object(document);
    }
    // Not what is wrong with it: that may quote a value.
    workloads.push_back({{"unreadable", "document " + std::to_string(number_) +
                                            " of its manifest is not YAML that can be read (line " +
                                            std::to_string(faults.front().line) + ")"}});
  }

  void read_object(const YamlNode& object) {
    if (const auto* items = child(&object, "items"); text_at(&object, {"kind"}) == "List" && items)
      for (const auto& item : items->items) read_object(item);
    const auto kind = text_at(&object, {"kind"}), version = text_at(&object, {"apiVersion"});
    const bool is_ours = std::ranges::find(workload_kinds, kind) != workload_kinds.end() &&
                         (version.starts_with("apps/") || version.starts_with("extensions/"));
    if (!is_ours) return;
    const auto* pod = child(child(child(&object, "spec"), "template"), "spec");
    auto containers = Json::array();
    for (const auto* list : {"initContainers", "containers"})
      if (const auto* all = child(pod, list))
        for (const auto& one : all->items)
          containers.push_back(
              {{"name", text_at(&one, {"name"})}, {"image", text_at(&one, {"image"})}});
    workloads.push_back({{"kind", kind},
                         {"namespace", text_at(&object, {"metadata", "namespace"})},
                         {"name", text_at(&object, {"metadata", "name"})},
                         {"containers", std::move(containers)}});
  }

  std::size_t number_ = 0;
};

Json workloads_of(const Json& release) {
  if (const auto& manifest = member(release, "manifest"); manifest.is_string())
    return ManifestReader(manifest.get_ref<const std::string&>()).workloads;
  auto workloads = Json::array();
  if (const auto& all = member(release, "workloads"); all.is_array())
    for (const auto& one : all) {
      auto kept = only(one, {"kind", "namespace", "name", "unreadable"});
      if (const auto& containers = member(one, "containers"); containers.is_array()) {
        kept["containers"] = Json::array();
        for (const auto& container : containers)
          kept["containers"].push_back(only(container, {"name", "image"}));
      }
      workloads.push_back(std::move(kept));
    }
  return workloads;
}

}  // namespace

std::string read_helm_release(std::string_view data) {
  auto bytes = decoded(decoded(data, "data.release"), "what is in data.release");
  // Helm 2 left its oldest ones unpacked, and Helm 3 still reads such.
  if (is_gzip(bytes)) bytes = gunzipped(bytes, largest_release);
  if (!is_nested_at_most(bytes, deepest_answer)) unreadable("its JSON is nested too deeply");
  const auto release = Json::parse(bytes, nullptr, false);
  if (!release.is_object()) unreadable("it is not a JSON object");
  const auto& chart = member(release, "chart");
  auto kept = only(release, {"name", "namespace", "version"});
  kept["info"] =
      only(member(release, "info"), {"status", "first_deployed", "last_deployed", "deleted"});
  kept["chart"] = {{"metadata", metadata_of(chart)},
                   {"values", without_values(member(chart, "values"))},
                   {"templates", actions_in(member(chart, "templates"))},
                   {"files", actions_in(member(chart, "files"))}};
  kept["config"] = without_values(member(release, "config"));
  kept["workloads"] = workloads_of(release);
  return kept.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string packed_helm_release(std::string_view json) {
  return base64_encoded(base64_encoded(gzipped(json)));
}

}  // namespace postflight
