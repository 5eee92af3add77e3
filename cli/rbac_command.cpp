#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "cli/commands.hpp"
#include "cli/load.hpp"
#include "clients/kubernetes_list.hpp"
#include "clients/kubernetes_rule.hpp"
#include "clients/list_use.hpp"
#include "runner/exit_code.hpp"
#include "runner/plan.hpp"

namespace postflight {
namespace {

using Words = std::set<std::string>;

// One verb on one sort of object: what RBAC can grant or not.
struct Right {
  std::string name_space;  // empty: the whole cluster
  std::string group, resource, verb;
  std::string name;  // empty: every object
  std::string path;  // of what is no resource

  auto operator<=>(const Right&) const = default;

  bool covers(const Right& other) const {
    return std::tie(group, resource, verb, path) ==
               std::tie(other.group, other.resource, other.verb, other.path) &&
           (name_space.empty() || name_space == other.name_space) &&
           (name.empty() || name == other.name);
  }
};
using Rights = std::map<Right, Words>;  // and the checks that need it

// What every user of a cluster may read, by the ClusterRole system:discovery.
bool is_granted_to_all(const Right& right) {
  static constexpr std::array<std::string_view, 7> open = {
      "/api", "/apis", "/healthz", "/livez", "/openapi", "/readyz", "/version"};
  return right.resource.empty() && std::ranges::any_of(open, [&](std::string_view path) {
           return right.path == path || right.path.starts_with(std::string(path) + "/");
         });
}

void add_rights(const Check& check, const std::string& id, Rights& rights) {
  auto paths = check.kubernetes_paths();
  for (const auto* list : check.lists()) paths.push_back(list_path(list->request()));
  for (const auto& path : paths) {
    const auto rule = rule_for(path);
    for (const auto& verb : rule.verbs) {
      // A name is no help to who lists.
      const Right right{rule.name_space, rule.group, rule.resource, verb, rule.name, rule.path};
      if (!is_granted_to_all(right)) rights[right].insert(id);
    }
  }
}

// Without what another one grants already.
Rights needed_rights(const Plan& plan) {
  Rights all, needed;
  for (const auto& check : plan.checks)
    if (check.selected) add_rights(*check.entry->check, check.entry->id, all);
  for (const auto& [right, checks] : all) {
    const auto covering = std::ranges::find_if(
        all, [&](const auto& other) { return other.first != right && other.first.covers(right); });
    needed[covering == all.end() ? right : covering->first].insert(checks.begin(), checks.end());
  }
  return needed;
}

// A rule as it is written.
struct Rule {
  std::string group;
  Words resources, verbs, names, paths, checks;
};

// As few as say it: verbs of one sort of object together, then sorts with the same verbs.
std::vector<Rule> rules_of(const Rights& rights) {
  struct Sort {
    Words verbs, checks;
  };
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Sort> sorts;
  for (const auto& [right, checks] : rights) {
    auto& sort = sorts[{right.path, right.group, right.resource, right.name}];
    sort.verbs.insert(right.verb);
    sort.checks.insert(checks.begin(), checks.end());
  }
  std::map<std::tuple<bool, std::string, std::string, Words>, Rule> rules;
  for (const auto& [key, sort] : sorts) {
    const auto& [path, group, resource, name] = key;
    // Names are of one sort of object each.
    auto& rule = rules[{!path.empty(), group, name.empty() ? "" : resource, sort.verbs}];
    rule.group = group;
    rule.verbs = sort.verbs;
    if (!resource.empty()) rule.resources.insert(resource);
    if (!name.empty()) rule.names.insert(name);
    if (!path.empty()) rule.paths.insert(path);
    rule.checks.insert(sort.checks.begin(), sort.checks.end());
  }
  std::vector<Rule> all;
  for (auto& [key, rule] : rules) all.push_back(std::move(rule));
  return all;
}

std::string listed(const Words& words) {
  std::string text;
  for (const auto& word : words) {
    const bool is_plain =
        !word.empty() && word.find_first_of(":*{}[],&#?|<>=!%@`\"' ") == word.npos;
    text +=
        fmt::format(fmt::runtime(is_plain ? "{}{}" : "{}\"{}\""), text.empty() ? "" : ", ", word);
  }
  return "[" + text + "]";
}

std::string text_of(const Rule& rule) {
  auto text = fmt::format("  # {}\n", fmt::join(rule.checks, ", "));
  if (!rule.paths.empty())
    return text + fmt::format("  - nonResourceURLs: {}\n    verbs: {}\n", listed(rule.paths),
                              listed(rule.verbs));
  text += fmt::format("  - apiGroups: {}\n    resources: {}\n", listed({rule.group}),
                      listed(rule.resources));
  if (!rule.names.empty()) text += fmt::format("    resourceNames: {}\n", listed(rule.names));
  return text + fmt::format("    verbs: {}\n", listed(rule.verbs));
}

std::string metadata_of(const std::string& name, const std::string& name_space) {
  return fmt::format("metadata:\n  name: {}\n{}", name,
                     name_space.empty() ? "" : fmt::format("  namespace: {}\n", name_space));
}

std::string role_of(const std::string& name, const std::string& name_space, const Rights& rights) {
  auto text =
      fmt::format("apiVersion: rbac.authorization.k8s.io/v1\nkind: {}\n{}rules:\n",
                  name_space.empty() ? "ClusterRole" : "Role", metadata_of(name, name_space));
  for (const auto& rule : rules_of(rights)) text += text_of(rule);
  return text;
}

std::string binding_of(const std::string& name, const std::string& name_space,
                       const ServiceAccountName& account) {
  const auto* const role = name_space.empty() ? "ClusterRole" : "Role";
  return fmt::format(
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: {0}Binding\n{1}"
      "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: {0}\n  name: {2}\n"
      "subjects:\n  - kind: ServiceAccount\n    name: {3}\n    namespace: {4}\n",
      role, metadata_of(name, name_space), name, account.name, account.name_space);
}

}  // namespace

// A Role for each namespace that is asked about by its name, a ClusterRole for the rest.
int rbac_command(const Options& options, const Messages& messages) {
  const auto checklists = load_checklists(options);
  const auto plan = make_plan(checklists, options.selection);
  if (selected_count(plan) == 0) {
    messages.say("nothing is selected: --tag, --only and --skip leave no check");
    return exit_usage;
  }
  std::map<std::string, Rights> by_namespace;
  for (const auto& [right, checks] : needed_rights(plan))
    by_namespace[right.name_space].emplace(right, checks);
  auto text = fmt::format(
      "# What {} may ask of the Kubernetes API, and no more. Everybody may read /readyz, /version "
      "and\n# the list of API groups (the ClusterRole system:discovery).\n",
      fmt::join(options.checklists, ", "));
  if (by_namespace.empty()) text += "# No check needs a right of its own.\n";
  bool is_first = true;
  for (const auto& [name_space, rights] : by_namespace) {
    if (!std::exchange(is_first, false)) text += "---\n";
    text += role_of(options.role_name, name_space, rights);
    if (options.service_account)
      text += "---\n" + binding_of(options.role_name, name_space, *options.service_account);
  }
  return print(text, messages);
}

}  // namespace postflight
