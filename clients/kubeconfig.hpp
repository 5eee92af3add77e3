#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/config_node.hpp"
#include "clients/http.hpp"

namespace postflight {

// users[].user.exec: a program that prints a credential.
struct ExecPlugin {
  std::string api_version;  // client.authentication.k8s.io/v1 or /v1beta1
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string install_hint;
  bool provide_cluster_info = false;
  std::string cluster_config;  // JSON of the cluster's client.authentication.k8s.io/exec extension
};

struct Impersonation {
  std::string user, uid;
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::string>> extra;
};

// One cluster and one user, files read and paths made absolute: all that a client needs.
struct KubernetesAccess {
  std::string source;      // where it was found, for messages
  std::string user;        // its name in the kubeconfig; empty means anonymous
  std::string server;      // URL without a slash at its end; it holds no user or password
  std::string name_space;  // the context's; empty means it has none
  TlsSettings tls;         // PEM texts only
  std::string proxy;       // may hold a password
  std::string token, token_file;
  std::string username, password;
  std::optional<ExecPlugin> exec;
  Impersonation impersonate;
};

struct KubeconfigOptions {
  std::string path;  // of the one file to read; empty: $KUBECONFIG, ~/.kube/config, the pod's own
  std::string context;  // empty means current-context
  // Asks for a variable of the environment; empty means this process's.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::string service_account_directory = "/var/run/secrets/kubernetes.io/serviceaccount";
};

// Finds the cluster and the credentials as kubectl does. Reads files, asks nobody. Throws
// KubeconfigError.
KubernetesAccess find_kubernetes(const KubeconfigOptions& options);

}  // namespace postflight
