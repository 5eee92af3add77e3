#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/world/http_server.hpp"
#include "tests/world/scenario.hpp"

namespace postflight::world {

class SessionStore;

inline constexpr char application_host[] = "terminal.example.com";

// The forward-auth part of an authentik proxy outpost (the Go one, with its sessions in
// PostgreSQL): a visitor without a session is sent to the login, and a row is kept of that.
class Outpost {
 public:
  // `requested` hears of each forward-auth request and the status that it was answered with.
  Outpost(const Scenario& scenario, SessionStore& sessions,
          std::function<void(int status)> requested);
  Answer answer(const Request& request);

 private:
  Answer forward_auth(const Request& request);
  Answer begin_login(const std::string& session, const std::string& wanted_url) const;

  bool writes_;
  bool has_application_;
  std::string login_host_;
  std::chrono::seconds lifetime_;
  SessionStore& sessions_;
  std::function<void(int)> requested_;
  std::string cookie_name_;
  std::string signing_key_;
};

}  // namespace postflight::world
