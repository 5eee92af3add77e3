#include "tests/world/users.hpp"

#include <algorithm>

#include "tests/world/refusal.hpp"
#include "tests/world/rights.hpp"

namespace postflight::world {

namespace {

bool holds(const std::vector<std::string>& list, const std::string& wanted) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& item) { return item == "*" || item == wanted; });
}

std::string full_resource(const Action& action) {
  return action.subresource.empty() ? action.resource : action.resource + "/" + action.subresource;
}

bool starts_with(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

bool path_is_allowed(const User& user, const Action& action) {
  if (action.verb != "get") return false;
  for (const char* open : {"/version", "/healthz", "/livez", "/readyz"})
    if (action.path == open || starts_with(action.path, std::string(open) + "/")) return true;
  if (!holds(user.groups, "system:authenticated")) return false;
  return action.path == "/api" || action.path == "/apis" || starts_with(action.path, "/api/") ||
         starts_with(action.path, "/apis/") || starts_with(action.path, "/openapi");
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

void Users::add(const std::string& token, User user) {
  user.groups.push_back("system:authenticated");
  by_token_[token] = std::move(user);
}

void Users::take_rights_from(const std::string& token, std::filesystem::path manifests) {
  manifests_[token] = std::move(manifests);
}

User Users::authenticate(const Request& request) const {
  const std::string authorization = request.header("Authorization");
  if (starts_with(authorization, "Bearer ")) {
    const auto found = by_token_.find(authorization.substr(7));
    if (found == by_token_.end()) throw unauthorized();
    auto user = found->second;
    if (const auto file = manifests_.find(found->first); file != manifests_.end())
      user.rules = read_rights(file->second);
    return user;
  }
  if (request.holder) {
    if (!request.holder->trusted) throw unauthorized();
    User user{request.holder->name, request.holder->groups, {}};
    user.groups.push_back("system:authenticated");
    return user;
  }
  return {"system:anonymous", {"system:unauthenticated"}, {}};
}

bool is_allowed(const User& user, const Action& action) {
  if (std::find(user.groups.begin(), user.groups.end(), "system:masters") != user.groups.end())
    return true;
  if (action.resource.empty()) return path_is_allowed(user, action);
  // Everybody who is somebody may ask about themselves (the ClusterRole system:basic-user).
  if (starts_with(action.resource, "selfsubject"))
    return action.verb == "create" && holds(user.groups, "system:authenticated");
  return std::any_of(user.rules.begin(), user.rules.end(), [&](const Rule& rule) {
    return holds(rule.verbs, action.verb) && holds(rule.groups, action.group) &&
           holds(rule.resources, full_resource(action)) &&
           (rule.name_space.empty() || rule.name_space == action.name_space) &&
           (rule.names.empty() || holds(rule.names, action.name));
  });
}

void authorize(const User& user, const Action& action) {
  if (is_allowed(user, action)) return;
  const std::string who = "User " + quoted(user.name) + " cannot " + action.verb;
  if (action.resource.empty()) throw forbidden("", "", "", who + " path " + quoted(action.path));
  const std::string where = action.name_space.empty()
                                ? " at the cluster scope"
                                : " in the namespace " + quoted(action.name_space);
  throw forbidden(action.group, action.resource, action.name,
                  who + " resource " + quoted(full_resource(action)) + " in API group " +
                      quoted(action.group) + where);
}

std::vector<Rule> reader_rules() {
  return {{{"get", "list"},
           {"", "apps", "discovery.k8s.io"},
           {"pods", "services", "endpoints", "endpointslices", "deployments", "replicasets",
            "statefulsets", "daemonsets", "nodes", "namespaces", "events"},
           ""},
          {{"get"}, {""}, {"pods/log"}, ""},
          {{"get", "create"}, {""}, {"pods/exec"}, ""}};
}

std::vector<Rule> cluster_reader_rules() {
  auto rules = reader_rules();
  rules.push_back({{"get", "list"}, {"*"}, {"*"}, ""});
  return rules;
}

}  // namespace postflight::world
