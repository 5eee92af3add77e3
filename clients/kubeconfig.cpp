#include "clients/kubeconfig.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>

#include "clients/kubeconfig_entries.hpp"

namespace postflight {
namespace {

using Entries = std::map<std::string, const ConfigNode*>;

std::optional<std::string> own_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string names_of(const Entries& entries) {
  constexpr std::size_t most = 30;
  std::string names;
  for (std::size_t count = 0; const auto& entry : entries) {
    if (++count > most) return names + " and " + std::to_string(entries.size() - most) + " more";
    names += (names.empty() ? "" : ", ") + entry.first;
  }
  return names.empty() ? "none" : names;
}

// Kubeconfig files taken together: the first that defines a name, or current-context, wins.
class Merged {
 public:
  void add(const std::string& file) {
    files_ += (files_.empty() ? "" : ", ") + file;
    documents_.push_back(read_config(file));
    const auto& document = documents_.back();
    if (document.type == ConfigNode::Type::null) return;
    if (document.type != ConfigNode::Type::map)
      throw document.mistake("not a kubeconfig: a map with clusters, users and contexts is wanted");
    if (const auto kind = text_in(document, "kind"); !kind.empty() && kind != "Config")
      throw document.find("kind")->mistake("not a kubeconfig: kind is " + kind + ", not Config");
    add_entries(document, "clusters", "cluster", clusters_);
    add_entries(document, "users", "user", users_);
    add_entries(document, "contexts", "context", contexts_);
    if (current_context_.empty()) current_context_ = text_in(document, "current-context");
  }

  bool is_empty() const { return contexts_.empty() && clusters_.empty() && users_.empty(); }

  KubernetesAccess access(const std::string& wanted) const {
    KubernetesAccess access;
    access.source = files_;
    const auto& context = context_of(wanted.empty() ? current_context_ : wanted);
    const auto cluster = text_in(context, "cluster"), user = text_in(context, "user");
    access.name_space = text_in(context, "namespace");
    if (!user.empty()) read_user(named(users_, "user", user, context), user, access);
    read_cluster(named(clusters_, "cluster", cluster, context), cluster, access);
    return access;
  }

 private:
  static void add_entries(const ConfigNode& document, const std::string& list,
                          const std::string& key, Entries& entries) {
    const auto* node = document.find(list);
    if (node == nullptr) return;
    if (node->type != ConfigNode::Type::list) throw node->mistake(list + " must be a list");
    Entries own;
    for (const auto& item : node->items) {
      const auto name = text_in(item, "name");
      if (name.empty()) throw item.mistake("an entry of " + list + " has no name");
      const auto* value = item.find(key);
      if (value != nullptr && value->type != ConfigNode::Type::map)
        throw value->mistake("\"" + key + "\" must be a map");
      if (!own.emplace(name, value == nullptr ? &item : value).second)
        throw item.mistake("the " + key + " \"" + name + "\" is written twice");
    }
    entries.merge(own);
  }

  const ConfigNode& context_of(const std::string& name) const {
    const auto there = "; there are: " + names_of(contexts_);
    if (name.empty())
      throw NoKubeconfig("kubeconfig " + files_ +
                         ": no current-context is set, choose one with --context" + there);
    const auto found = contexts_.find(name);
    if (found == contexts_.end())
      throw KubeconfigError("kubeconfig " + files_ + ": no context \"" + name + "\"" + there);
    return *found->second;
  }

  static const ConfigNode& named(const Entries& entries, const std::string& what,
                                 const std::string& name, const ConfigNode& context) {
    if (name.empty()) throw context.mistake("the context names no " + what);
    const auto found = entries.find(name);
    if (found == entries.end())
      throw context.mistake("the context names the " + what + " \"" + name +
                            "\", which is not defined; defined: " + names_of(entries));
    return *found->second;
  }

  std::string files_;
  std::deque<ConfigNode> documents_;  // the entries point into them
  Entries clusters_, users_, contexts_;
  std::string current_context_;
};

bool exists(const std::string& file) {
  std::error_code error;
  return std::filesystem::status(file, error).type() != std::filesystem::file_type::not_found;
}

KubernetesAccess access_in_pod(const std::string& host, const std::string& port,
                               const std::string& directory) {
  KubernetesAccess access;
  access.source = "the pod's service account (" + directory + ")";
  access.user = "service account";
  ConfigNode where;
  where.file = "KUBERNETES_SERVICE_HOST";
  const bool is_ipv6 = host.find(':') != std::string::npos;
  access.server =
      checked_server("https://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + port, where);
  if (!exists(directory + "/token"))
    throw NoKubeconfig("no kubeconfig, and this pod has no service account token in " + directory +
                       " (automountServiceAccountToken: false?)");
  access.token_file = directory + "/token";
  access.tls.ca_pem = read_config_file("certificate authority", directory + "/ca.crt");
  if (exists(directory + "/namespace"))
    access.name_space = read_config_file("namespace", directory + "/namespace");
  return access;
}

std::vector<std::string> split_at_colons(const std::string& list) {
  std::vector<std::string> files;
  for (std::size_t at = 0; at <= list.size();) {
    const auto end = std::min(list.find(':', at), list.size());
    if (end > at) files.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return files;
}

}  // namespace

KubernetesAccess find_kubernetes(const KubeconfigOptions& options) {
  const auto variable = [&](const std::string& name) {
    const auto value = options.environment ? options.environment(name) : own_environment(name);
    return value.value_or("");
  };
  Merged merged;
  if (!options.path.empty()) {
    merged.add(options.path);
    return merged.access(options.context);
  }
  if (const auto list = variable("KUBECONFIG"); !list.empty()) {
    bool found = false;
    for (const auto& file : split_at_colons(list)) {
      if (!exists(file)) continue;
      merged.add(file);
      found = true;
    }
    if (!found) throw NoKubeconfig("KUBECONFIG=" + list + ": no such file");
    return merged.access(options.context);
  }
  const auto home = variable("HOME") + "/.kube/config";
  const bool has_home = exists(home);
  if (has_home) merged.add(home);
  const auto host = variable("KUBERNETES_SERVICE_HOST"), port = variable("KUBERNETES_SERVICE_PORT");
  const bool in_pod = !host.empty() && !port.empty();
  if (has_home && (!in_pod || !merged.is_empty())) return merged.access(options.context);
  if (!in_pod)
    throw NoKubeconfig("no cluster to ask: there is no " + home +
                       ", KUBECONFIG is not set and this is not a pod; use --kubeconfig FILE");
  if (!options.context.empty())
    throw KubeconfigError("no context \"" + options.context +
                          "\": there is no kubeconfig, only the pod's service account");
  return access_in_pod(host, port, options.service_account_directory);
}

}  // namespace postflight
