#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tests/world/http_server.hpp"

namespace postflight::world {

// How the outpost answers a visitor without a cookie.
struct OutpostBehaviour {
  bool saves_sessions = true;  // false: 302 all the same, but no row is written
  bool can_save = true;        // false: 400 with an empty body, as when the store refuses
  std::chrono::seconds validity{28 * 86400};  // Max-Age is one second more
  std::string login_host = "auth.example.com";
  std::chrono::milliseconds latency{0};
};

// authentik's proxy outpost, as forward auth sees it: every path under
// /outpost.goauthentik.io/auth/ answers 302 to the authorize endpoint with a session cookie, and
// /ping answers 204.
class Outpost {
 public:
  // `save` is called with the key of each new session.
  Outpost(OutpostBehaviour behaviour, std::function<void(const std::string& key)> save);
  std::uint16_t port() const { return server_->port(); }

 private:
  Answer answer(const Request& request) const;
  Answer start_login(const Request& request) const;

  OutpostBehaviour behaviour_;
  std::function<void(const std::string&)> save_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace postflight::world
