#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// What a request needs an RBAC rule for.
struct KubernetesRule {
  std::vector<std::string> verbs;
  std::string group;       // empty: the core group
  std::string resource;    // with its subresource: "pods/log"; empty for a path
  std::string name_space;  // empty: the whole cluster
  std::string name;        // of the one object; empty: of all
  std::string path;        // a URL that is no resource's: "/readyz"
};

// Of a GET of that path, as the API server itself reads it (RequestInfo of k8s.io/apiserver). An
// exec is a GET and, since Kubernetes 1.35, needs the right to create as well. * in the path is a
// name that is not known: of all namespaces, of all objects.
KubernetesRule rule_for(std::string_view path);

// "list pods in namespace authentik", "get /readyz"
std::string to_string(const KubernetesRule& rule);

// Where to add what, ready to be pasted:
// "a Role in namespace authentik: {apiGroups: [""], resources: [pods], verbs: [list]}"
std::string place_and_rule(const KubernetesRule& rule);

}  // namespace postflight
