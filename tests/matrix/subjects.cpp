#include <fmt/format.h>

#include "tests/matrix/subject.hpp"

namespace postflight::matrix {

namespace {

constexpr char outpost[] = "ak-outpost-authentik-embedded-outpost";

using Families = std::set<std::string>;
const Families over_http{"connection", "status", "body"};
const Families on_kubernetes{"connection", "status", "body", "kubernetes"};

Families with(Families families, const std::string& another) {
  families.insert(another);
  return families;
}

// What of a Deployment's pods is asked for, by every kind that looks at them.
std::vector<Question> questions_about_pods() {
  return {
      {"deployment", "/deployments/"}, {"replicasets", "/replicasets\\?"}, {"pods", "/pods\\?"}};
}

Subject api_ready() {
  return {"k8s.api-ready",
          "",
          Part::kubernetes,
          on_kubernetes,
          {{"readyz", "^/readyz"}, {"version", "^/version"}},
          [](const Addresses&) { return std::string(R"({min-version: "1.20"})"); }};
}

Subject api_clock() {
  auto subject = api_ready();
  subject.variant = "its clock";
  subject.settings = [](const Addresses&) { return std::string("{clock-skew: 30s}"); };
  return subject;
}

Subject service_endpoints() {
  auto questions = questions_about_pods();
  questions.insert(questions.begin(),
                   {{"service", "/services/"}, {"endpointslices", "/endpointslices\\?"}});
  return {"k8s.service-endpoints",
          "",
          Part::kubernetes,
          on_kubernetes,
          questions,
          [](const Addresses&) {
            return fmt::format(
                "{{namespace: authentik, service: {0}, ready: 2, ports: [9000], owner: "
                "deployment/{0}}}",
                outpost);
          }};
}

Subject service_selector() {
  auto questions = questions_about_pods();
  questions.insert(questions.begin(), {"service", "/services/"});
  return {
      "k8s.service-selector", "", Part::kubernetes, on_kubernetes, questions, [](const Addresses&) {
        return fmt::format(
            "{{namespace: authentik, service: {0}, selects: {{workload: deployment/{0}}}}}",
            outpost);
      }};
}

// The log of the outpost's pods, held against that rule and more settings.
Subject pod_logs(const std::string& variant, const std::string& settings) {
  auto questions = questions_about_pods();
  questions.push_back({"log", "/log\\?"});
  return {"k8s.pod-logs",
          variant,
          Part::kubernetes,
          with(on_kubernetes, "logs"),
          questions,
          [settings](const Addresses&) {
            return fmt::format(
                "{{namespace: authentik, workload: deployment/{}, container: proxy, {}}}", outpost,
                settings);
          }};
}

std::vector<Subject> all_pod_logs() {
  const std::string embedded =
      "{name: it runs embedded, json: {event: outpost mode}, expect: {embedded: true}}";
  const std::string nothing_fails =
      "{name: nothing fails, must-not-appear: '(?i)failed to setup application'}";
  const auto whole = "rules: [" + embedded + ", " + nothing_fails + "]";
  auto recent = pod_logs("the last 10 minutes", "since: 10m, rules: [" + nothing_fails + "]");
  auto previous = pod_logs("and the instance before", "previous: true, " + whole);
  recent.families = previous.families = {"logs"};  // they ask what the first one asks
  return {pod_logs("", whole), recent, previous};
}

Subject tmpfs_usage() {
  auto questions = questions_about_pods();
  questions.push_back({"exec", "/exec\\?"});
  return {"k8s.tmpfs-usage",
          "",
          Part::kubernetes,
          with(on_kubernetes, "exec"),
          questions,
          [](const Addresses&) {
            return fmt::format(
                "{{namespace: authentik, workload: deployment/{}, container: proxy, "
                "min-capacity: 64Mi, files-fail: 100}}",
                outpost);
          }};
}

Subject nodes() {
  return {"k8s.nodes",
          "",
          Part::kubernetes,
          on_kubernetes,
          {{"nodes", "/nodes\\?"}, {"version", "^/version"}},
          [](const Addresses&) { return std::string("{}"); }};
}

Subject rollout() {
  return {"k8s.rollout",
          "",
          Part::kubernetes,
          on_kubernetes,
          {{"deployments", "/deployments\\?"},
           {"statefulsets", "/statefulsets\\?"},
           {"daemonsets", "/daemonsets\\?"},
           {"replicasets", "/replicasets\\?"},
           {"pods", "/pods\\?"}},
          [](const Addresses&) { return std::string("{namespaces: authentik}"); }};
}

std::vector<Subject> resources() {
  const std::string pods = "api-version: v1, resource: pods, ";
  return {{"k8s.resources",
           "",
           Part::kubernetes,
           on_kubernetes,
           {{"pods", "/pods\\?"}},
           [pods](const Addresses&) {
             return "{" + pods +
                    "namespaces: authentik, violations: 'select(.status.phase == \"Failed\") | "
                    "\"it failed\"'}";
           }},
          {"k8s.resources",
           "references",
           Part::kubernetes,
           on_kubernetes,
           {{"pods", "/pods\\?"}, {"namespaces", "/namespaces\\?"}},
           [pods](const Addresses&) {
             return "{" + pods +
                    "must-exist: {api-version: v1, resource: namespaces, called: namespace that "
                    "is there, names: .metadata.namespace, found-by: .metadata.name}}";
           }},
          {"k8s.resources",
           "those that are meant",
           Part::kubernetes,
           on_kubernetes,
           {{"pods", "/pods\\?"}},
           [pods](const Addresses&) {
             return "{" + pods +
                    "where: '.metadata.namespace == \"authentik\"', violations: "
                    "'select(.status.phase == \"Failed\") | \"it failed\"'}";
           }},
          {"k8s.resources",
           "counts",
           Part::kubernetes,
           on_kubernetes,
           {{"pods", "/pods\\?"}},
           [pods](const Addresses&) { return "{" + pods + "min: 1, max: 1000}"; }}};
}

Subject helm_release() {
  return {"helm.release",
          "",
          Part::kubernetes,
          on_kubernetes,
          {{"secrets", "/secrets\\?"}, {"deployment", "/deployments/"}},
          [](const Addresses&) { return std::string("{namespace: authentik}"); }};
}

Subject certificates() {
  return {"k8s.certificates",
          "",
          Part::kubernetes,
          on_kubernetes,
          {{"secrets", "/secrets\\?"}},
          [](const Addresses&) { return std::string("{fail-days: 0, warn-days: 0}"); }};
}

Subject ingress_hosts() {
  return {"k8s.certificates",
          "hosts of Ingresses",
          Part::kubernetes,
          on_kubernetes,
          {{"secrets", "/secrets\\?"}, {"ingresses", "/ingresses\\?"}},
          [](const Addresses&) {
            return std::string("{fail-days: 0, warn-days: 0, ingress-hosts: true}");
          }};
}

std::string of_edge(const Addresses& world, const std::string& url, const std::string& rest) {
  return fmt::format(
      "{{url: '{}', resolve: '{}', ca-file: '{}', client-certificate: '{}', client-key: '{}', {}}}",
      url, world.edge_address, world.edge_ca_file, world.edge_certificate_file, world.edge_key_file,
      rest);
}

constexpr char forward_auth[] =
    "requests: 2, status: [302], header-absent: [X-Auth-Fallback], "
    "redirect: {host: auth.example.com, query-present: [client_id]}, "
    "cookies: [{name-matches: ^authentik_proxy_, secure: true}]";

std::vector<Subject> responses() {
  return {{"http.response",
           "forward auth",
           Part::edge,
           over_http,
           {},
           [](const Addresses& world) { return of_edge(world, world.edge_url, forward_auth); }},
          {"http.response",
           "certificate days",
           Part::edge,
           over_http,
           {},
           [](const Addresses& world) {
             return of_edge(world, world.edge_url,
                            std::string("certificate-days-fail: 0, ") + forward_auth);
           }},
          {"http.response", "health page", Part::edge, over_http, {}, [](const Addresses& world) {
             return of_edge(world, world.health_url,
                            R"(status: [200], body-matches: '"status": "ok"')");
           }}};
}

Subject growth_request() {
  return {"postgres.session-growth",
          "its request",
          Part::edge,
          over_http,
          {},
          [](const Addresses& world) {
            return fmt::format(
                "{{url: '{}', password: \"{}\", table: {}, growth: {{request: {{url: '{}', "
                "resolve: '{}', ca-file: '{}', redirect: {{host: auth.example.com}}}}}}}}",
                world.database_url, world.database_password, world.session_table, world.edge_url,
                world.edge_address, world.edge_ca_file);
          }};
}

Subject password_in_secret() {
  return {"postgres.query",
          "password in a Secret",
          Part::kubernetes,
          on_kubernetes,
          {{"secret", "/secrets/"}},
          [](const Addresses& world) {
            return fmt::format(
                "{{url: '{}', password-secret: {{namespace: authentik, name: database, "
                "key: password}}, sql: SELECT 1, rows: 1}}",
                world.database_url);
          }};
}

}  // namespace

const std::vector<Subject>& subjects() {
  static const auto all = [] {
    std::vector<Subject> list{
        api_ready(), api_clock(), service_endpoints(), service_selector(), tmpfs_usage(),
        nodes(),     rollout(),   helm_release(),      certificates(),     ingress_hosts()};
    for (auto& subject : resources()) list.push_back(std::move(subject));
    for (auto& logs : all_pod_logs()) list.push_back(std::move(logs));
    for (auto& response : responses()) list.push_back(std::move(response));
    list.push_back(growth_request());
    list.push_back(password_in_secret());
    for (auto& subject : database_subjects()) list.push_back(std::move(subject));
    for (auto& subject : command_subjects()) list.push_back(std::move(subject));
    for (auto& subject : plug_in_subjects()) list.push_back(std::move(subject));
    for (auto& subject : network_subjects()) list.push_back(std::move(subject));
    for (auto& subject : prometheus_subjects()) list.push_back(std::move(subject));
    return list;
  }();
  return all;
}

}  // namespace postflight::matrix
