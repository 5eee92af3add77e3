#include "checks/support/api_resource.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "checks/support/json_reader.hpp"
#include "clients/kubernetes_path.hpp"

namespace postflight {
namespace {

bool is_path_word(const std::string& text, std::string_view also) {
  return !text.empty() && std::ranges::all_of(text, [&](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           also.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

std::string group_of(const std::string& api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

std::string version_path(const std::string& api_version) {
  return (group_of(api_version).empty() ? "/api/" : "/apis/") + api_version;
}

// The names of all in `list` of the document at `path`.
std::vector<std::string> names_at(Kubernetes& kubernetes, const std::string& path, const char* list,
                                  const Limits& limits) {
  const auto text = kubernetes.get(path, limits);
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  std::vector<std::string> names;
  const JsonReader document(json, "the API server's answer for " + path);
  if (!document.has(list))
    throw CannotTell("unreadable",
                     fmt::format("the API server's answer for {} has no {}", path, list));
  for (const auto& entry : document.maps(list)) names.push_back(entry.required_text("name"));
  return names;
}

bool answers_not_found(const KubernetesError& error) { return error.status() == 404; }

}  // namespace

std::string ApiResource::list_path(const std::string& name_space) const {
  return version_path(api_version) +
         (name_space.empty() ? "" : "/namespaces/" + percent_encoded(name_space)) + "/" + resource;
}

std::string ApiResource::plural() const {
  // Groups of Kubernetes itself go without saying.
  const auto group = group_of(api_version);
  const bool is_own = group.find('.') == std::string::npos || group.ends_with(".k8s.io");
  return is_own ? resource : resource + "." + group;
}

std::string ApiResource::singular() const {
  const auto cut = [&](std::size_t letters) {
    return resource.substr(0, resource.size() - letters);
  };
  if (resource.ends_with("ies")) return cut(3) + "y";
  for (const auto* ending : {"sses", "xes", "ches"})
    if (resource.ends_with(ending)) return cut(2);
  return resource.ends_with('s') ? cut(1) : resource;
}

std::string ApiResource::subject_of(const std::string& name_space, const std::string& name) const {
  return fmt::format("{} {}{}{}", singular(), name_space, name_space.empty() ? "" : "/", name);
}

ApiResource read_api_resource(const Settings& settings) {
  ApiResource resource{settings.text("api-version"), settings.text("resource")};
  const auto& version = resource.api_version;
  const auto slash = version.find('/');
  if (!is_path_word(version.substr(slash == std::string::npos ? 0 : slash + 1), "") ||
      (slash != std::string::npos && !is_path_word(version.substr(0, slash), "-.")))
    settings.mistake("api-version",
                     fmt::format("'{}' is no API version: v1, or GROUP/VERSION", version));
  if (!is_path_word(resource.resource, "-"))
    settings.mistake("resource", fmt::format("'{}' is no resource: its plural name in lower case, "
                                             "such as pods",
                                             resource.resource));
  return resource;
}

void explain_not_found(Kubernetes& kubernetes, const ApiResource& resource, const Limits& limits) {
  const auto group = group_of(resource.api_version);
  if (!group.empty()) {
    const auto groups = names_at(kubernetes, "/apis", "groups", limits);
    if (groups.empty()) throw CannotTell("unreadable", "the API server names no API group at all");
    if (std::ranges::find(groups, group) == groups.end())
      throw CannotTell(std::string(not_installed),
                       fmt::format("the API server serves no {}: {} is not among its {} API groups",
                                   resource.plural(), group, groups.size()));
  }
  std::vector<std::string> resources;
  try {
    resources = names_at(kubernetes, version_path(resource.api_version), "resources", limits);
  } catch (const KubernetesError& error) {
    if (!answers_not_found(error)) throw;
    throw CannotTell("not-found", fmt::format("the API server serves no {} in that version",
                                              resource.api_version));
  }
  const bool is_served = std::ranges::find(resources, resource.resource) != resources.end();
  throw CannotTell(
      "not-found",
      is_served ? fmt::format("{} cannot be listed there: has it no namespace?", resource.plural())
                : fmt::format("{} has no resource '{}' (plural name, lower case)",
                              resource.api_version, resource.resource));
}

}  // namespace postflight
