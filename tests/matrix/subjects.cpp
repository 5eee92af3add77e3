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

Subject pod_logs() {
  auto questions = questions_about_pods();
  questions.push_back({"log", "/log\\?"});
  return {"k8s.pod-logs",
          "",
          Part::kubernetes,
          with(on_kubernetes, "logs"),
          questions,
          [](const Addresses&) {
            return fmt::format(
                "{{namespace: authentik, workload: deployment/{}, container: proxy, rules: ["
                "{{name: it runs embedded, json: {{event: outpost mode}}, "
                "expect: {{embedded: true}}}}, "
                "{{name: nothing fails, must-not-appear: '(?i)failed to setup application'}}]}}",
                outpost);
          }};
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

}  // namespace

const std::vector<Subject>& subjects() {
  static const auto all = [] {
    std::vector<Subject> list{api_ready(), service_endpoints(), service_selector(), pod_logs(),
                              tmpfs_usage()};
    for (auto& response : responses()) list.push_back(std::move(response));
    return list;
  }();
  return all;
}

}  // namespace postflight::matrix
