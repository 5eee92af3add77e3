#include "tests/matrix/world.hpp"

#include <fmt/format.h>

#include "tests/matrix/exec_answer.hpp"
#include "tests/world/api_server.hpp"
#include "tests/world/cluster.hpp"
#include "tests/world/controllers.hpp"
#include "tests/world/object_store.hpp"
#include "tests/world/outpost.hpp"
#include "tests/world/pod_logs.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/users.hpp"

namespace postflight::matrix {

namespace {

using namespace std::chrono_literals;

// What an edge with forward auth answers to a visitor without a session.
world::Answer edge_answer(const world::Request& request) {
  world::Answer answer;
  if (request.path == "/health") {
    answer.headers = {{"Content-Type", "application/json"}};
    answer.body = R"({"status": "ok", "uptime": 4211})";
    return answer;
  }
  answer.status = 302;
  answer.headers = {
      {"Location",
       "https://auth.example.com/application/o/authorize/?client_id=terminal&response_type=code"},
      {"Set-Cookie", "authentik_proxy_7e1f=AAAA; Path=/; HttpOnly; Secure; SameSite=Lax"}};
  answer.body = std::string(400, '.');  // long enough to be cut
  return answer;
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
  test::TemporaryDirectory directory;
  Certificates certificates;
  world::ObjectStore store;
  world::PodLogs logs;
  world::Users users;
  std::unique_ptr<world::ApiServer> api;

  Parts() {
    world::load_recorded_objects(store);
    world::settle(store);
    world::write_recorded_logs(store, logs);
    users.add(world::reader_token, {"system:serviceaccount:postflight:postflight",
                                    {"system:serviceaccounts"},
                                    world::reader_rules()});
    api = std::make_unique<world::ApiServer>(
        store, logs, users, [](const std::string&, const std::string&) { return nullptr; });
  }
};

World::World() : parts_(std::make_unique<Parts>()) {}
World::~World() = default;

std::string World::answer(Part part, const world::Request& request) const {
  if (part == Part::edge) return bytes_of(edge_answer(request));
  if (request.wants_websocket) return healthy_exec(request);
  return bytes_of(parts_->api->answer(request));
}

const Certificates& World::certificates() const { return parts_->certificates; }
const test::TemporaryDirectory& World::directory() const { return parts_->directory; }

std::string bytes_of(const world::Answer& answer) {
  std::string bytes = fmt::format("HTTP/1.1 {} Status\r\n", answer.status);
  for (const auto& [name, value] : answer.headers)
    if (name != "Transfer-Encoding") bytes += fmt::format("{}: {}\r\n", name, value);
  if (answer.status != 204) bytes += fmt::format("Content-Length: {}\r\n", answer.body.size());
  return bytes + "\r\n" + answer.body;
}

}  // namespace postflight::matrix
