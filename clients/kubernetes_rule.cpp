#include "clients/kubernetes_rule.hpp"

#include <algorithm>
#include <span>

namespace postflight {
namespace {

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  for (std::size_t at = 0; at < path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    if (end > at) segments.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  return segments;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// What is connected to rather than read.
bool is_connected(const std::string& resource) {
  return resource == "pods/exec" || resource == "pods/attach" || resource == "pods/portforward";
}

}  // namespace

KubernetesRule rule_for(std::string_view path) {
  const auto plain = path.substr(0, path.find('?'));
  const auto segments = segments_of(plain);
  const bool in_group = !segments.empty() && segments[0] == "apis";
  const std::size_t before = in_group ? 3 : 2;  // /apis/GROUP/VERSION, /api/VERSION
  KubernetesRule rule;
  const bool is_resource = segments.size() > before && (in_group || segments[0] == "api");
  if (!is_resource) {
    rule.verbs = {"get"};
    rule.path = plain;
    return rule;
  }
  if (in_group) rule.group = segments[1];
  std::span<const std::string> parts = std::span(segments).subspan(before);
  if (parts[0] == "namespaces" && parts.size() > 1) {
    if (parts[1] != "*") rule.name_space = parts[1];
    // A namespace is an object itself, inside of itself, with subresources of its own.
    if (parts.size() > 2 && parts[2] != "status" && parts[2] != "finalize")
      parts = parts.subspan(2);
  }
  rule.resource = parts[0];
  if (parts.size() > 1 && parts[1] != "*") rule.name = parts[1];
  if (parts.size() > 2) rule.resource += "/" + parts[2];
  rule.verbs = {parts.size() == 1 ? "list" : "get"};
  if (rule.group.empty() && is_connected(rule.resource)) rule.verbs.emplace_back("create");
  return rule;
}

std::string to_string(const KubernetesRule& rule) {
  const auto verbs = joined(rule.verbs);
  if (rule.resource.empty()) return verbs + " " + rule.path;
  auto words = verbs + " " + rule.resource;
  if (!rule.group.empty()) words += " of " + rule.group;
  return words +
         (rule.name_space.empty() ? " in the whole cluster" : " in namespace " + rule.name_space);
}

std::string place_and_rule(const KubernetesRule& rule) {
  const auto verbs = "verbs: [" + joined(rule.verbs) + "]}";
  if (rule.resource.empty())
    return "a ClusterRole: {nonResourceURLs: [" + rule.path + "], " + verbs;
  return (rule.name_space.empty() ? "a ClusterRole" : "a Role in namespace " + rule.name_space) +
         ": {apiGroups: [" + (rule.group.empty() ? "\"\"" : rule.group) + "], resources: [" +
         rule.resource + "], " + verbs;
}

}  // namespace postflight
