#include "clients/kubernetes_rule.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/scripted_api.hpp"

namespace postflight::test {
namespace {

const std::string in_authentik = "/api/v1/namespaces/authentik";

// What an API client is told when the server answers that recording.
ApiFailure refused(const std::string& recording, const std::string& path) {
  ScriptedApi api;
  api.http.respond = [&](const HttpRequest&, const Limits&) { return recorded_answer(recording); };
  return api.failure([&](auto& k) { k.get(path, a_minute()); });
}

ApiFailure refused_with(const HttpResponse& response, const std::string& path) {
  ScriptedApi api;
  api.http.respond = [&](const HttpRequest&, const Limits&) { return response; };
  return api.failure([&](auto& k) { k.get(path, a_minute()); });
}

HttpResponse forbidden_because(const std::string& message) {
  return answer(403,
                R"({"kind": "Status", "status": "Failure", "reason": "Forbidden", "message": ")" +
                    message + R"(", "code": 403})");
}

TEST_CASE("the rule for a path is the one the API server looks for", "[kubernetes][rbac]") {
  struct Wanted {
    std::string path, words, rule;
  };
  const std::vector<Wanted> all{
      {in_authentik + "/pods?limit=500&labelSelector=a%3Db", "list pods in namespace authentik",
       R"(a Role in namespace authentik: {apiGroups: [""], resources: [pods], verbs: [list]})"},
      {in_authentik + "/services/outpost", "get services in namespace authentik",
       R"(a Role in namespace authentik: {apiGroups: [""], resources: [services], verbs: [get]})"},
      {in_authentik + "/pods/web/log?container=x", "get pods/log in namespace authentik",
       R"(a Role in namespace authentik: {apiGroups: [""], resources: [pods/log], verbs: [get]})"},
      {in_authentik + "/pods/web/exec?command=true", "get, create pods/exec in namespace authentik",
       R"(a Role in namespace authentik: {apiGroups: [""], resources: [pods/exec], verbs: [get, create]})"},
      {"/apis/discovery.k8s.io/v1/namespaces/a/endpointslices",
       "list endpointslices of discovery.k8s.io in namespace a",
       "a Role in namespace a: {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: "
       "[list]}"},
      {"/apis/apps/v1/namespaces/a/deployments/b/status",
       "get deployments/status of apps in namespace a",
       "a Role in namespace a: {apiGroups: [apps], resources: [deployments/status], verbs: [get]}"},
      {"/api/v1/nodes", "list nodes in the whole cluster",
       R"(a ClusterRole: {apiGroups: [""], resources: [nodes], verbs: [list]})"},
      {"/api/v1/pods", "list pods in the whole cluster",
       R"(a ClusterRole: {apiGroups: [""], resources: [pods], verbs: [list]})"},
      // A namespace is in itself.
      {in_authentik, "get namespaces in namespace authentik",
       R"(a Role in namespace authentik: {apiGroups: [""], resources: [namespaces], verbs: [get]})"},
      {in_authentik + "/status", "get namespaces/status in namespace authentik",
       R"(a Role in namespace authentik: {apiGroups: [""], resources: [namespaces/status], verbs: [get]})"},
      {"/api/v1/namespaces", "list namespaces in the whole cluster",
       R"(a ClusterRole: {apiGroups: [""], resources: [namespaces], verbs: [list]})"},
      {"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x",
       "get customresourcedefinitions of apiextensions.k8s.io in the whole cluster",
       "a ClusterRole: {apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], "
       "verbs: [get]}"},
      {"/readyz?verbose", "get /readyz",
       "a ClusterRole: {nonResourceURLs: [/readyz], verbs: [get]}"},
      {"/version", "get /version", "a ClusterRole: {nonResourceURLs: [/version], verbs: [get]}"},
      {"/apis/apps/v1", "get /apis/apps/v1",
       "a ClusterRole: {nonResourceURLs: [/apis/apps/v1], verbs: [get]}"},
  };
  for (const auto& wanted : all) {
    INFO(wanted.path);
    CHECK(to_string(rule_for(wanted.path)) == wanted.words);
    CHECK(place_and_rule(rule_for(wanted.path)) == wanted.rule);
  }
}

TEST_CASE("a rule knows the one object that it is about, where there is one",
          "[kubernetes][rbac]") {
  CHECK(rule_for(in_authentik + "/services/outpost").name == "outpost");
  CHECK(rule_for(in_authentik + "/services/http:web:9000/proxy/x").name == "http:web:9000");
  CHECK(rule_for(in_authentik).name == "authentik");
  CHECK(rule_for(in_authentik + "/pods").name.empty());
  CHECK(rule_for(in_authentik + "/pods/*/log").name.empty());
  const auto anywhere = rule_for("/apis/apps/v1/namespaces/*/deployments/*");
  CHECK(to_string(anywhere) == "get deployments of apps in the whole cluster");
  CHECK(anywhere.name.empty());
}

TEST_CASE("a right that is missing names the rule to add", "[kubernetes][rbac]") {
  const auto pod = refused("error_403_get_pod", in_authentik + "/pods/web");
  CHECK(pod.message.ends_with(R"(; add to a Role in namespace authentik: {apiGroups: [""], )"
                              "resources: [pods], verbs: [get]}"));
  CHECK(pod.cause == "no right to get pods in namespace authentik");
  const auto nodes = refused("error_403_cluster_scope", "/api/v1/nodes");
  CHECK(nodes.message.ends_with(
      R"(; add to a ClusterRole: {apiGroups: [""], resources: [nodes], verbs: [list]})"));
  const auto log = refused("error_log_403", in_authentik + "/pods/web/log");
  CHECK(contains(log.message, "resources: [pods/log], verbs: [get]}"));
}

TEST_CASE("who is not known is not helped by a rule", "[kubernetes][rbac]") {
  const auto failure = refused("error_403_anonymous", in_authentik + "/pods");
  CHECK(failure.message.ends_with("; the API server does not know who asked"));
  CHECK(failure.cause == "the API server does not know who asks");
}

TEST_CASE("a 403 that is not the API server's own names no rule", "[kubernetes][rbac]") {
  const auto failure =
      refused_with(answer(403, "<h1>Blocked</h1>", "text/html"), in_authentik + "/pods");
  CHECK(contains(failure.message, "such as a proxy"));
  CHECK_FALSE(contains(failure.message, "add to"));
  CHECK(failure.cause.empty());
}

TEST_CASE("a missing right to impersonate is named, not the one for the path",
          "[kubernetes][rbac]") {
  const auto user = refused_with(
      forbidden_because(R"(users \"jane\" is forbidden: User \"bob\" cannot impersonate resource )"
                        R"(\"users\" in API group \"\" at the cluster scope)"),
      in_authentik + "/pods");
  CHECK(user.message.ends_with(
      R"(; add to a ClusterRole: {apiGroups: [""], resources: [users], verbs: [impersonate]})"));
  const auto account = refused_with(
      forbidden_because(
          R"(serviceaccounts \"x\" is forbidden: User \"bob\" cannot impersonate resource )"
          R"(\"serviceaccounts\" in API group \"\" in the namespace \"ops\")"),
      in_authentik + "/pods");
  CHECK(contains(account.message,
                 "a Role in namespace ops: {apiGroups: [\"\"], resources: "
                 "[serviceaccounts], verbs: [impersonate]}"));
}

TEST_CASE("credentials that are not accepted are one cause for all that is asked", "[kubernetes]") {
  const auto pods = refused("error_401_bad_token", in_authentik + "/pods");
  const auto ready = refused("error_401_bad_token", "/readyz");
  CHECK(pods.cause ==
        "https://kubernetes.example.com:6443: does not accept the token of \"dev\" "
        "(/home/me/.kube/config)");
  CHECK(pods.cause == ready.cause);
}

}  // namespace
}  // namespace postflight::test
