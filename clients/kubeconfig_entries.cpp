#include "clients/kubeconfig_entries.hpp"

#include <algorithm>
#include <filesystem>

#include "clients/base64.hpp"

namespace postflight {
namespace {

bool flag_in(const ConfigNode& map, std::string_view key) {
  const auto* node = map.find(key);
  if (node == nullptr) return false;
  if (node->text != "true" && node->text != "false")
    throw node->mistake(std::string(key) + " must be true or false");
  return node->text == "true";
}

std::vector<std::string> texts_in(const ConfigNode& map, std::string_view key) {
  std::vector<std::string> texts;
  const auto* node = map.find(key);
  if (node == nullptr) return texts;
  if (node->type != ConfigNode::Type::list)
    throw node->mistake(std::string(key) + " must be a list");
  for (const auto& item : node->items) {
    if (item.type != ConfigNode::Type::scalar)
      throw item.mistake(std::string(key) + " must be a list of texts");
    texts.push_back(item.text);
  }
  return texts;
}

std::string beside(const ConfigNode& map, const std::string& path) {
  return (std::filesystem::path(map.file).parent_path() / path).string();
}

std::string path_in(const ConfigNode& map, std::string_view key) {
  const auto path = text_in(map, key);
  return path.empty() ? path : beside(map, path);
}

// The PEM text of `key`-data (base64) or else of the file that `key` names; empty without either.
std::string pem_in(const ConfigNode& map, const std::string& key, std::string_view marker) {
  const auto* data = map.find(key + "-data");
  if (data != nullptr && !text_in(map, key + "-data").empty()) {
    const auto pem = base64_decoded(data->text);
    if (!pem) throw data->mistake(key + "-data is not base64");
    if (pem->find(marker) == std::string::npos)
      throw data->mistake(key + "-data holds no PEM text with \"" + std::string(marker) + "\"");
    return *pem;
  }
  const auto path = path_in(map, key);
  if (path.empty()) return {};
  const auto& where = *map.find(key);
  try {
    const auto pem = read_config_file(key, path);
    if (pem.find(marker) == std::string::npos)
      throw KubeconfigError(key + " " + path + ": holds no PEM text with \"" + std::string(marker) +
                            "\"");
    return pem;
  } catch (const KubeconfigError& e) {
    throw where.mistake(e.what());
  }
}

void read_client_certificate(const ConfigNode& user, KubernetesAccess& access) {
  access.tls.certificate_pem = pem_in(user, "client-certificate", "BEGIN CERTIFICATE");
  access.tls.key_pem = pem_in(user, "client-key", "PRIVATE KEY");
  if (access.tls.certificate_pem.empty() && access.tls.key_pem.empty()) return;
  if (access.tls.key_pem.empty()) throw user.mistake("client-certificate without a client-key");
  if (access.tls.certificate_pem.empty())
    throw user.mistake("client-key without a client-certificate");
  if (access.tls.key_pem.find("ENCRYPTED") != std::string::npos)
    throw user.mistake("the client key is encrypted, and nobody is there to give its pass phrase");
}

void read_exec_environment(const ConfigNode& exec, ExecPlugin& plugin) {
  const auto* environment = exec.find("env");
  if (environment == nullptr) return;
  if (environment->type != ConfigNode::Type::list)
    throw environment->mistake("exec.env must be a list");
  for (const auto& variable : environment->items) {
    const auto name = text_in(variable, "name");
    if (name.empty()) throw variable.mistake("an entry of exec.env has no name");
    plugin.environment.emplace_back(name, text_in(variable, "value"));
  }
}

ExecPlugin read_exec(const ConfigNode& exec) {
  ExecPlugin plugin;
  plugin.api_version = text_in(exec, "apiVersion");
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1")
    throw exec.mistake("exec.apiVersion is \"" + plugin.api_version +
                       "\"; known are client.authentication.k8s.io/v1 and .../v1beta1");
  const auto command = text_in(exec, "command");
  if (command.empty()) throw exec.mistake("exec has no command");
  // A bare name is looked up in PATH.
  plugin.argv = {command.find('/') == std::string::npos ? command : beside(exec, command)};
  const auto arguments = texts_in(exec, "args");
  plugin.argv.insert(plugin.argv.end(), arguments.begin(), arguments.end());
  read_exec_environment(exec, plugin);
  plugin.install_hint = text_in(exec, "installHint");
  plugin.provide_cluster_info = flag_in(exec, "provideClusterInfo");
  const auto mode = text_in(exec, "interactiveMode");
  if (mode == "Always")
    throw exec.mistake("the exec plug-in " + command +
                       " needs a terminal (interactiveMode: Always), and postflight gives none");
  if (mode != "Never" && mode != "IfAvailable" && !mode.empty())
    throw exec.mistake("exec.interactiveMode is \"" + mode +
                       "\"; known are Never, IfAvailable and Always");
  return plugin;
}

void read_impersonation(const ConfigNode& user, Impersonation& impersonate) {
  impersonate.user = text_in(user, "as");
  impersonate.uid = text_in(user, "as-uid");
  impersonate.groups = texts_in(user, "as-groups");
  if (const auto* extra = user.find("as-user-extra"); extra != nullptr) {
    if (extra->type != ConfigNode::Type::map) throw extra->mistake("as-user-extra must be a map");
    for (const auto& member : extra->members)
      for (const auto& value : texts_in(*extra, member.key))
        impersonate.extra.emplace_back(member.key, value);
  }
  if (impersonate.user.empty() &&
      !(impersonate.uid.empty() && impersonate.groups.empty() && impersonate.extra.empty()))
    throw user.mistake("as-uid, as-groups and as-user-extra need an \"as\"");
}

// The exec extension is for the plug-in, whoever the user is: read with the cluster, used if asked.
std::string exec_extension(const ConfigNode& cluster) {
  const auto* extensions = cluster.find("extensions");
  if (extensions == nullptr) return {};
  for (const auto& item : extensions->items) {
    const auto* extension = item.find("extension");
    if (extension != nullptr && text_in(item, "name") == "client.authentication.k8s.io/exec")
      return json_of(*extension);
  }
  return {};
}

}  // namespace

std::string text_in(const ConfigNode& map, std::string_view key) {
  const auto* node = map.find(key);
  if (node == nullptr) return {};
  if (node->type != ConfigNode::Type::scalar)
    throw node->mistake(std::string(key) + " must be a text");
  return node->text;
}

std::string checked_server(const std::string& url, const ConfigNode& where) {
  const auto scheme_end = url.find("://");
  const auto scheme = url.substr(0, scheme_end);
  const auto host =
      scheme_end == std::string::npos
          ? ""
          : url.substr(scheme_end + 3, url.find_first_of("/?#", scheme_end + 3) - scheme_end - 3);
  if ((scheme != "https" && scheme != "http") || host.empty())
    throw where.mistake("the server \"" + (host.find('@') == std::string::npos ? url : scheme) +
                        "\" must be a URL: https://host:port");
  if (host.find('@') != std::string::npos || url.find_first_of("?#") != std::string::npos)
    throw where.mistake("the server URL must hold no user, password or query");
  const auto control = [](unsigned char c) { return c <= ' ' || c == 127; };
  if (std::any_of(url.begin(), url.end(), control))
    throw where.mistake("the server URL holds a blank or a control character");
  return url.substr(0, url.find_last_not_of('/') + 1);
}

void read_cluster(const ConfigNode& cluster, const std::string& name, KubernetesAccess& access) {
  if (cluster.find("server") == nullptr)
    throw cluster.mistake("the cluster \"" + name + "\" has no server");
  access.server = checked_server(text_in(cluster, "server"), *cluster.find("server"));
  access.tls.ca_pem = pem_in(cluster, "certificate-authority", "BEGIN CERTIFICATE");
  access.tls.server_name = text_in(cluster, "tls-server-name");
  access.tls.verify = !flag_in(cluster, "insecure-skip-tls-verify");
  if (!access.tls.verify && !access.tls.ca_pem.empty())
    throw cluster.mistake("certificate-authority contradicts insecure-skip-tls-verify: true");
  access.proxy = text_in(cluster, "proxy-url");
  const auto scheme = access.proxy.substr(0, access.proxy.find("://"));
  if (!access.proxy.empty() && scheme != "http" && scheme != "https" && scheme != "socks5")
    throw cluster.find("proxy-url")->mistake("proxy-url must be an http, https or socks5 URL");
  if (const auto config = exec_extension(cluster); access.exec)
    access.exec->cluster_config = config;
}

void read_user(const ConfigNode& user, const std::string& name, KubernetesAccess& access) {
  access.user = name;
  if (user.find("auth-provider") != nullptr)
    throw user.find("auth-provider")
        ->mistake("auth-provider was removed from Kubernetes 1.26; use an exec plug-in instead");
  access.token = text_in(user, "token");
  access.token_file = path_in(user, "tokenFile");
  access.username = text_in(user, "username");
  access.password = text_in(user, "password");
  if (!access.username.empty() && !(access.token.empty() && access.token_file.empty()))
    throw user.mistake("the user \"" + name + "\" has both a token and a username; keep one");
  if (access.username.empty() && !access.password.empty())
    throw user.mistake("password without a username");
  read_client_certificate(user, access);
  if (const auto* exec = user.find("exec"); exec != nullptr) access.exec = read_exec(*exec);
  read_impersonation(user, access.impersonate);
}

}  // namespace postflight
