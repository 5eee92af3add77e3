#include "tests/world/outpost.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <nlohmann/json.hpp>
#include <thread>

namespace postflight::world {
namespace {

constexpr auto client_id = "standInClientIdOfTheProxyProvider";

// 52 characters of A-Z2-7, as the real outpost makes of 32 random bytes.
std::string session_key() {
  std::array<unsigned char, 52> bytes{};
  RAND_bytes(bytes.data(), bytes.size());
  std::string key;
  for (const auto byte : bytes) key += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32];
  return key;
}

std::string base64url(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                      static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  while (text.ends_with('=')) text.pop_back();
  for (auto& letter : text) letter = letter == '+' ? '-' : letter == '/' ? '_' : letter;
  return text;
}

std::string state_token(const std::string& key, const std::string& url) {
  const nlohmann::json payload{{"iss", std::string("goauthentik.io/outpost/") + client_id},
                               {"sid", key},
                               {"state", session_key()},
                               {"redirect", url}};
  const auto signed_part =
      base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url(payload.dump());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  constexpr std::string_view key_text = "stand-in signing key";
  HMAC(EVP_sha256(), key_text.data(), static_cast<int>(key_text.size()),
       reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(),
       digest.data(), &size);
  return signed_part + "." +
         base64url(std::string(reinterpret_cast<const char*>(digest.data()), size));
}

std::string url_encoded(const std::string& text) {
  std::string encoded;
  for (const auto letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isalnum(byte) != 0 || letter == '-' || letter == '_' || letter == '.' || letter == '~')
      encoded += letter;
    else
      encoded += fmt::format("%{:02X}", byte);
  }
  return encoded;
}

Answer plain(int status, std::string body = {}) {
  Answer answer;
  answer.status = status;
  answer.body = std::move(body);
  return answer;
}

}  // namespace

Outpost::Outpost(OutpostBehaviour behaviour, std::function<void(const std::string&)> save)
    : behaviour_(std::move(behaviour)), save_(std::move(save)) {
  server_ = std::make_unique<HttpServer>([this](const Request& request) { return answer(request); },
                                         std::nullopt);
}

Answer Outpost::answer(const Request& request) const {
  std::this_thread::sleep_for(behaviour_.latency);
  if (request.path == "/outpost.goauthentik.io/ping") return plain(204);
  if (request.path.starts_with("/outpost.goauthentik.io/auth/")) return start_login(request);
  return plain(404);
}

Answer Outpost::start_login(const Request& request) const {
  const auto host = request.header("X-Forwarded-Host");
  if (host.empty()) return plain(500, "configuration error");
  if (!behaviour_.can_save) return plain(400);
  const auto key = session_key();
  if (behaviour_.saves_sessions) save_(key);
  const auto url =
      request.header("X-Forwarded-Proto") + "://" + host + request.header("X-Forwarded-Uri");
  const auto callback =
      fmt::format("https://{}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true",
                  behaviour_.login_host);
  const auto location = fmt::format(
      "https://{}/application/o/authorize/"
      "?client_id={}&redirect_uri={}&response_type=code&scope={}&state={}",
      behaviour_.login_host, client_id, url_encoded(callback), "openid+profile+email",
      state_token(key, url));
  const auto cookie = fmt::format(
      "authentik_proxy_5f3d2a1b={}; Path=/; Domain=example.com; Max-Age={}; HttpOnly; Secure; "
      "SameSite=Lax",
      key, behaviour_.validity.count() + 1);
  auto answer = plain(302);
  answer.headers = {{"Location", location}, {"Set-Cookie", cookie}};
  return answer;
}

}  // namespace postflight::world
