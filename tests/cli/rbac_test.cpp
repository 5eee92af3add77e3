// What `postflight rbac` prints: the rights that a checklist needs, as manifests.
#include <catch2/catch_test_macros.hpp>

#include "tests/cli/program.hpp"

namespace postflight::test {
namespace {

constexpr const char* checklist = R"(checklist: rights
checks:
  - {id: ready, title: the API answers, kind: k8s.api-ready}
  - {id: web, title: the web has endpoints, kind: k8s.service-endpoints, with: {namespace: shop, service: web}}
  - id: logs
    title: the logs are clean
    kind: k8s.pod-logs
    with: {namespace: shop, workload: deployment/web, rules: [{name: clean, must-not-appear: panic}]}
  - id: shm
    title: there is room
    kind: k8s.tmpfs-usage
    with: {namespace: shop, selector: app=web, path: /dev/shm}
  - id: jobs
    title: no Job failed
    kind: k8s.resources
    with: {api-version: batch/v1, resource: jobs, violations: empty}
  - id: own-jobs
    title: no Job of ours failed
    kind: k8s.resources
    with: {api-version: batch/v1, resource: jobs, namespaces: [shop], violations: empty}
)";

struct Place {
  Place() { write_file(file(), checklist); }
  std::string file() const { return folder.path() + "/rights.yaml"; }
  TemporaryDirectory folder;
};

}  // namespace

TEST_CASE("rbac prints a Role for each namespace and a ClusterRole for the rest", "[rbac]") {
  const Place place;
  const auto printed = postflight({"rbac", place.file()});
  INFO(printed.errors);
  CHECK(printed.exit_code == 0);
  // What a rule for all namespaces grants already is not granted once more.
  CHECK(printed.output.substr(printed.output.find("apiVersion")) ==
        R"(apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: postflight
rules:
  # jobs, own-jobs
  - apiGroups: [batch]
    resources: [jobs]
    verbs: [list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: postflight
  namespace: shop
rules:
  # shm
  - apiGroups: [""]
    resources: [pods/exec]
    verbs: [create, get]
  # logs
  - apiGroups: [""]
    resources: [pods/log]
    verbs: [get]
  # logs, shm
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, list]
  # own-jobs
  - apiGroups: [""]
    resources: [namespaces]
    resourceNames: [shop]
    verbs: [get]
  # web
  - apiGroups: [""]
    resources: [services]
    resourceNames: [web]
    verbs: [get]
  # logs
  - apiGroups: [apps]
    resources: [replicasets]
    verbs: [list]
  # logs
  - apiGroups: [apps]
    resources: [deployments]
    resourceNames: [web]
    verbs: [get]
  # web
  - apiGroups: [discovery.k8s.io]
    resources: [endpointslices]
    verbs: [list]
)");
}

TEST_CASE("rbac prints what is selected, and binds it where it is told to whom", "[rbac]") {
  const Place place;
  const auto printed = postflight(
      {"rbac", place.file(), "--only", "web", "--name", "gate", "--service-account", "ops/ci"});
  INFO(printed.errors);
  CHECK(printed.exit_code == 0);
  CHECK_FALSE(has(printed.output, "kind: ClusterRole"));
  CHECK(has(printed.output, R"(kind: RoleBinding
metadata:
  name: gate
  namespace: shop
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: gate
subjects:
  - kind: ServiceAccount
    name: ci
    namespace: ops
)"));
  const auto none = postflight({"rbac", place.file(), "--only", "ready"});
  CHECK(none.exit_code == 0);
  CHECK(has(none.output, "# No check needs a right of its own."));
}

TEST_CASE("rbac refuses names that cannot be any", "[rbac]") {
  const Place place;
  for (const auto& words : {std::vector<std::string>{"--name", "A B"},
                            {"--service-account", "ops"},
                            {"--service-account", "ops/"},
                            {"--service-account", "/ci"},
                            {"--only", "nothing"}}) {
    auto command = std::vector<std::string>{"rbac", place.file()};
    command.insert(command.end(), words.begin(), words.end());
    const auto refused = postflight(command);
    CHECK(refused.exit_code == 3);
    CHECK(refused.output.empty());
    CHECK_FALSE(refused.errors.empty());
  }
  CHECK(postflight({"rbac"}).exit_code == 3);
}

}  // namespace postflight::test
