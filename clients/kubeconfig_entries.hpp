#pragma once

#include <string>

#include "clients/kubeconfig.hpp"

namespace postflight {

// The text of a member, empty when there is none. Throws KubeconfigError when it is not text.
std::string text_in(const ConfigNode& map, std::string_view key);

// Reads clusters[].cluster, and users[].user, into `access`. Relative paths are relative to the
// folder of the file they are written in. Throws KubeconfigError for what kubectl refuses too, and
// for what would need a terminal.
void read_cluster(const ConfigNode& cluster, const std::string& name, KubernetesAccess& access);
void read_user(const ConfigNode& user, const std::string& name, KubernetesAccess& access);

// Throws KubeconfigError, after the place `where`, unless it is a URL that a client can ask.
// Answers it without the slash at its end.
std::string checked_server(const std::string& url, const ConfigNode& where);

}  // namespace postflight
