#include "tests/world/outpost.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/world/database.hpp"
#include "tests/world/json.hpp"
#include "tests/world/random.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

namespace {

constexpr char client_id[] = "Jv6mGvN2qV1a0XcBzT4oRkLwYpE8uHsD";

std::string cookie_name() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(client_id, sizeof client_id - 1, digest, &size, EVP_sha256(), nullptr);
  return fmt::format("authentik_proxy_{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2],
                     digest[3]);
}

std::string signed_token(const Json& payload, const std::string& key) {
  const std::string text =
      base64_url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64_url(payload.dump());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return text + "." + base64_url({reinterpret_cast<const char*>(digest), size});
}

std::string cookie(const Request& request, const std::string& name) {
  for (std::string pair : split(request.header("Cookie"), ';')) {
    pair.erase(0, pair.find_first_not_of(' '));
    if (pair.rfind(name + "=", 0) == 0) return pair.substr(name.size() + 1);
  }
  return {};
}

Answer no_application(const std::string& host) {
  Answer answer;
  answer.status = 400;
  answer.headers = {{"Content-Type", "application/json"}};
  answer.body =
      go_json({{"Message", "no app for hostname"},
               {"Host", host},
               {"Detail", "Check the outpost settings and make sure '" + host + "' is included."}});
  return answer;
}

}  // namespace

Outpost::Outpost(const Scenario& scenario, SessionStore& sessions,
                 std::function<void(int)> requested)
    : writes_(scenario.outpost_writes),
      has_application_(scenario.outpost_has_application),
      login_host_(scenario.login_host),
      lifetime_(scenario.validity + std::chrono::seconds(1)),
      sessions_(sessions),
      requested_(std::move(requested)),
      cookie_name_(cookie_name()),
      signing_key_(random_bytes(32)) {}

Answer Outpost::answer(const Request& request) {
  Answer answer;
  if (request.path == "/outpost.goauthentik.io/ping") {
    answer.status = 204;
  } else if (request.path == "/outpost.goauthentik.io/auth/traefik") {
    answer = forward_auth(request);
    requested_(answer.status);
  } else {
    answer.status = 404;
  }
  return answer;
}

Answer Outpost::forward_auth(const Request& request) {
  const std::string host = request.header("X-Forwarded-Host");
  const std::string uri = request.header("X-Forwarded-Uri");
  Answer answer;
  if (host.empty() || uri.empty()) {
    answer.status = 500;
    answer.body = "configuration error";
    return answer;
  }
  if (host != application_host || !has_application_) return no_application(host);
  try {
    std::string session = cookie(request, cookie_name_);
    const auto known = session.empty() ? SessionStore::Session::unknown : sessions_.find(session);
    if (known == SessionStore::Session::logged_in) {
      answer.headers = {{"X-authentik-username", "person"},
                        {"X-authentik-meta-outpost", "authentik Embedded Outpost"}};
      return answer;
    }
    if (known == SessionStore::Session::unknown) session = random_base32(52);
    if (writes_) sessions_.save(session, lifetime_);
    return begin_login(session, "https://" + host + uri);
  } catch (const std::exception&) {
    answer.status = 400;  // the Go outpost says no more than that when it cannot save a session
    return answer;
  }
}

Answer Outpost::begin_login(const std::string& session, const std::string& wanted_url) const {
  const std::string callback = fmt::format(
      "https://{}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true", login_host_);
  const std::string state =
      signed_token({{"iss", std::string("goauthentik.io/outpost/") + client_id},
                    {"sid", session},
                    {"state", base64_url(random_bytes(24))},
                    {"redirect", wanted_url}},
                   signing_key_);
  Answer answer;
  answer.status = 302;
  answer.headers = {
      {"Location",
       fmt::format("https://{}/application/o/authorize/?client_id={}&redirect_uri={}&response_type="
                   "code&scope={}&state={}",
                   login_host_, client_id, percent_encode(callback),
                   "email+openid+profile+ak_proxy", state)},
      {"Set-Cookie",
       fmt::format("{}={}; Path=/; Domain=example.com; Max-Age={}; HttpOnly; Secure; SameSite=Lax",
                   cookie_name_, session, lifetime_.count())}};
  return answer;
}

}  // namespace postflight::world
