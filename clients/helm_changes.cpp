#include "clients/helm_changes.hpp"

#include <nlohmann/json.hpp>

#include "clients/error.hpp"
#include "clients/helm_release.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using nlohmann::json;

// Calls edit(data.release) of every Secret of Helm in there.
template <typename Edit>
void for_each_release(json& node, const Edit& edit) {
  if (node.is_object()) {
    const auto type = node.find("type"), data = node.find("data");
    if (type != node.end() && *type == helm_release_type && data != node.end() &&
        data->is_object() && data->contains("release"))
      edit((*data)["release"]);
  }
  if (node.is_structured())
    for (auto& inner : node) for_each_release(inner, edit);
}

template <typename Edit>
std::string edited(const std::string& text, const Edit& edit) {
  auto document = json::parse(text, nullptr, false);
  for_each_release(document, edit);
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Each release as the JSON that it is. One that cannot be read stays as it is.
std::string opened(const std::string& text) {
  return edited(text, [](json& release) {
    if (!release.is_string()) return;
    try {
      release = json::parse(read_helm_release(release.get_ref<const std::string&>()));
    } catch (const ClientError&) {
      return;
    }
  });
}

std::string closed(const std::string& text) {
  return edited(text, [](json& release) {
    if (release.is_object()) release = packed_helm_release(release.dump());
  });
}

TextChange value_of_no_chart() {
  return {"data.release.config: a value that no chart knows", 0, [](const std::string& text) {
            return edited(text, [](json& release) {
              if (release.is_object()) release["config"]["changed"] = "changed";
            });
          }};
}

// Verdicts rest on the rest of a release more than on each line of a template.
bool is_inside_chart(const TextChange& change) {
  for (const auto* part : {"templates", "files", "values"})
    if (change.what.find(std::string("data.release.chart.") + part) != std::string::npos)
      return true;
  return false;
}

}  // namespace

std::vector<TextChange> object_changes(const std::string& text, const std::vector<Plant>& plants) {
  if (text.find(helm_release_type) == text.npos || !is_nested_at_most(text, deepest_answer))
    return json_changes(text, plants);
  auto changes = json_changes(opened(text), plants);
  if (!changes.empty()) changes.push_back(value_of_no_chart());
  for (auto& change : changes) {
    if (is_inside_chart(change)) change.rank += 2;
    change.apply = [apply = std::move(change.apply)](const std::string& old) {
      return closed(apply(opened(old)));
    };
  }
  return changes;
}

}  // namespace postflight
