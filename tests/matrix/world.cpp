#include "tests/matrix/world.hpp"

#include <fmt/format.h>

#include "clients/helm_release.hpp"
#include "tests/matrix/exec_answer.hpp"
#include "tests/matrix/front.hpp"
#include "tests/matrix/network.hpp"
#include "tests/matrix/prometheus_answer.hpp"
#include "tests/matrix/tools.hpp"
#include "tests/world/api_server.hpp"
#include "tests/world/cluster.hpp"
#include "tests/world/controllers.hpp"
#include "tests/world/json.hpp"
#include "tests/world/object_store.hpp"
#include "tests/world/outpost.hpp"
#include "tests/world/pod_logs.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/url.hpp"
#include "tests/world/users.hpp"

namespace postflight::matrix {

namespace {

using namespace std::chrono_literals;

constexpr char outpost[] = "ak-outpost-authentik-embedded-outpost";

world::Answer health_page() {
  world::Answer answer;
  answer.headers = {{"Content-Type", "application/json"}};
  answer.body = R"({"status": "ok", "uptime": 4211})";
  return answer;
}

// What an edge with forward auth answers to a visitor without a session.
world::Answer redirect_to_login() {
  world::Answer answer;
  answer.status = 302;
  answer.headers = {
      {"Location",
       "https://auth.example.com/application/o/authorize/?client_id=terminal&response_type=code"},
      {"Set-Cookie", "authentik_proxy_7e1f=AAAA; Path=/; HttpOnly; Secure; SameSite=Lax"}};
  answer.body = std::string(400, '.');  // long enough to be cut
  return answer;
}

// The Secret of the database's password.
world::Json database_secret(const std::string& password) {
  return {{"kind", "Secret"},
          {"apiVersion", "v1"},
          {"metadata", {{"name", "database"}, {"namespace", "authentik"}}},
          {"data", {{"password", world::base64(password)}}},
          {"type", "Opaque"}};
}

// A release whose manifest has the outpost's Deployment as it is.
world::Json release_secret(world::Json deployment) {
  deployment["apiVersion"] = "apps/v1";
  deployment["kind"] = "Deployment";
  const world::Json release = {
      {"name", "outpost"},
      {"version", 1},
      {"info", {{"status", "deployed"}}},
      {"chart", {{"metadata", {{"name", "outpost"}, {"version", "1.0.0"}}}}},
      {"manifest", deployment.dump()}};
  return {{"kind", "Secret"},
          {"apiVersion", "v1"},
          {"metadata",
           {{"name", "sh.helm.release.v1.outpost.v1"},
            {"namespace", "authentik"},
            {"labels", {{"owner", "helm"}, {"status", "deployed"}}}}},
          {"data", {{"release", packed_helm_release(release.dump())}}},
          {"type", "helm.sh/release.v1"}};
}

world::Json tls_secret(const test::Identity& identity) {
  return {{"kind", "Secret"},
          {"apiVersion", "v1"},
          {"metadata", {{"name", "edge"}, {"namespace", "authentik"}}},
          {"data",
           {{"tls.crt", world::base64(identity.certificate_pem)},
            {"tls.key", world::base64(identity.key_pem)}}},
          {"type", "kubernetes.io/tls"}};
}

// One whose host is covered by that Secret's certificate.
world::Json ingress() {
  return {
      {"metadata", {{"name", "edge"}, {"namespace", "authentik"}}},
      {"spec",
       {{"tls",
         {{{"hosts", world::Json::array({world::application_host})}, {"secretName", "edge"}}}}}},
      {"status", world::Json::object()}};
}

}  // namespace

Certificates::Certificates()
    : good(authority.issue(
          {.common_name = "the world",
           .names = {"IP:127.0.0.1", fmt::format("DNS:{}", world::application_host)}})),
      expired(authority.issue(
          {.common_name = "the world",
           .names = {"IP:127.0.0.1", fmt::format("DNS:{}", world::application_host)},
           .begins = -48h,
           .ends = -24h})),
      wrong_host(
          authority.issue({.common_name = "elsewhere", .names = {"DNS:elsewhere.example.com"}})),
      untrusted(stranger.issue(
          {.common_name = "the world",
           .names = {"IP:127.0.0.1", fmt::format("DNS:{}", world::application_host)}})),
      client(authority.issue({.common_name = "checker"})) {}

struct World::Parts {
  Certificates certificates;
  Tools tools;
  Network network{certificates};
  Database database;
  world::ObjectStore store;
  world::PodLogs logs;
  world::Users users;
  std::unique_ptr<world::ApiServer> api;
  std::unique_ptr<BrokenWorld> cluster, edge;  // with servers of their own, in which nothing fails
  Addresses addresses;

  Parts() {
    world::load_recorded_objects(store);
    store.put("secrets", database_secret(database.password()));
    store.put("secrets", release_secret(*store.find("deployments", "authentik", outpost)));
    store.put("secrets", tls_secret(certificates.good));
    store.put("ingresses", ingress());
    world::settle(store);
    world::write_recorded_logs(store, logs);
    make_young_and_chatty();
    auto rules = world::reader_rules();
    rules.push_back({{"get", "list"}, {""}, {"secrets"}, ""});
    rules.push_back({{"list"}, {"networking.k8s.io"}, {"ingresses"}, ""});
    users.add(world::reader_token,
              {"system:serviceaccount:postflight:postflight", {"system:serviceaccounts"}, rules});
    api = std::make_unique<world::ApiServer>(
        store, logs, users, [](const std::string&, const std::string&) { return nullptr; });
    addresses.database_url = database.url();
    addresses.database_password = database.password();
    addresses.terraform = tools.program();
    addresses.terraform_directory = tools.configuration();
    network.publish(addresses);
    addresses.plug_in = tools.plug_in();
    addresses.plug_in_directory = tools.configuration();
  }

  // The outpost's containers were never restarted, and wrote a line just now.
  void make_young_and_chatty() {
    for (const auto& pod : store.all("pods", "authentik")) {
      const auto* proxy = world::container_status(*pod, "proxy");
      if (proxy == nullptr) continue;
      logs.append(world::text_at(*proxy, "/containerID"), R"({"event":"somebody came"})");
      store.change("pods", "authentik", world::text_at(*pod, "/metadata/name"), [](auto& changed) {
        for (auto& container : changed["status"]["containerStatuses"])
          container["restartCount"] = 0;
      });
    }
  }
};

World::World() : parts_(std::make_unique<Parts>()) {
  parts_->cluster = world_behind(*this, Part::kubernetes, Door::open, {}, "");
  parts_->addresses = parts_->cluster->addresses;
  parts_->edge = world_behind(*this, Part::edge, Door::open, {}, "");
  parts_->addresses = parts_->edge->addresses;
}

World::~World() = default;

std::string World::edge_answer(const world::Request& request,
                               const std::string& session_table) const {
  if (asks_prometheus(request)) return bytes_of(prometheus_answer(request));
  if (request.path == "/health") return bytes_of(health_page());
  parts_->database.visit(session_table);
  return bytes_of(redirect_to_login());
}

std::string World::api_answer(const world::Request& request) const {
  if (asks_prometheus(request)) return bytes_of(prometheus_answer(request));
  return request.wants_websocket ? healthy_exec(request) : bytes_of(parts_->api->answer(request));
}

const Addresses& World::addresses() const { return parts_->addresses; }
const Certificates& World::certificates() const { return parts_->certificates; }
const Database& World::database() const { return parts_->database; }

std::string bytes_of(const world::Answer& answer) {
  std::string bytes = fmt::format("HTTP/1.1 {} Status\r\n", answer.status);
  if (answer.date) bytes += fmt::format("Date: {}\r\n", world::http_date(*answer.date));
  for (const auto& [name, value] : answer.headers)
    if (name != "Transfer-Encoding") bytes += fmt::format("{}: {}\r\n", name, value);
  if (answer.status != 204) bytes += fmt::format("Content-Length: {}\r\n", answer.body.size());
  return bytes + "\r\n" + answer.body;
}

}  // namespace postflight::matrix
