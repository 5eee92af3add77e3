#include "clients/secrets.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "clients/base64.hpp"
#include "clients/url.hpp"

namespace postflight {
namespace {

// What is called a secret may be a word such as "true": shorter values are left alone.
constexpr std::size_t shortest_by_name = 6;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
  });
  return lower;
}

// The place of a secret is none. Random text may begin with '/' as well: only what is there counts.
bool is_path(std::string_view value) {
  std::error_code error;
  return value.starts_with('/') && std::filesystem::exists(value, error);
}

void add(std::vector<std::string>& secrets, std::string_view secret) {
  if (!secret.empty()) secrets.emplace_back(secret);
}

void add_with_decoded(std::vector<std::string>& secrets, std::string_view secret) {
  add(secrets, secret);
  if (secret.find('%') != secret.npos) add(secrets, percent_decoded(secret));
}

void append(std::vector<std::string>& secrets, std::vector<std::string> more) {
  for (auto& secret : more) secrets.push_back(std::move(secret));
}

// Cut at each `end`, blanks at the begin left out.
std::vector<std::string_view> parts_of(std::string_view text, char end) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto size = std::min(text.find(end), text.size());
    auto part = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    parts.push_back(part);
  }
  return parts;
}

// "Bearer TOKEN", "Basic base64(user:password)", or any other scheme.
void add_authorization(std::vector<std::string>& secrets, std::string_view value) {
  const auto space = value.find(' ');
  const auto credential = space == value.npos ? value : value.substr(space + 1);
  add(secrets, credential);
  if (lower_case(value.substr(0, std::min(space, value.size()))) != "basic") return;
  const auto plain = base64_decoded(credential);
  if (plain && plain->find(':') != plain->npos)
    add(secrets, std::string_view(*plain).substr(plain->find(':') + 1));
}

// "name=value; name=value"
void add_cookies(std::vector<std::string>& secrets, std::string_view value) {
  for (const auto cookie : parts_of(value, ';')) {
    const auto equals = cookie.find('=');
    const auto text = equals == cookie.npos ? cookie : cookie.substr(equals + 1);
    if (text.size() >= shortest_by_name) add(secrets, text);
  }
}

}  // namespace

bool names_a_secret(std::string_view name) {
  constexpr std::array words{"token",       "secret",     "password",   "passwd",
                             "passphrase",  "apikey",     "api_key",    "api-key",
                             "access_key",  "access-key", "privatekey", "private_key",
                             "private-key", "credential", "auth_key",   "jwt",
                             "signature",   "_pwd",       "cookie",     "session_key"};
  // These tell where a secret is, or which.
  constexpr std::array places{"_file", "-file", "_path", "-path", "_name", "-name",
                              "_dir",  "_url",  "-url",  "_type", "_id",   "_ttl"};
  const auto lower = lower_case(name);
  if (lower == "authorization" || lower == "proxy-authorization") return true;
  return std::ranges::none_of(places, [&](const auto* end) { return lower.ends_with(end); }) &&
         std::ranges::any_of(words,
                             [&](const auto* word) { return lower.find(word) != lower.npos; });
}

std::vector<std::string> secrets_in_url(std::string_view url) {
  std::vector<std::string> secrets;
  const auto scheme = url.find("://");
  if (scheme == url.npos) return secrets;
  const auto rest = url.substr(scheme + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != authority.npos) {
    const auto user = authority.substr(0, at);
    const auto colon = user.find(':');
    add_with_decoded(secrets, colon == user.npos ? user : user.substr(colon + 1));
  }
  const auto mark = rest.find('?');
  if (mark == rest.npos) return secrets;
  for (const auto pair : parts_of(rest.substr(mark + 1, rest.find('#') - mark - 1), '&')) {
    const auto equals = pair.find('=');
    if (equals == pair.npos) continue;
    const auto name = percent_decoded(pair.substr(0, equals));
    if ((names_a_secret(name) || name == "sig") && pair.size() - equals > shortest_by_name)
      add_with_decoded(secrets, pair.substr(equals + 1));
  }
  return secrets;
}

std::vector<std::string> secrets_of(const HttpRequest& request) {
  auto secrets = secrets_in_url(request.url);
  append(secrets, secrets_in_url(request.proxy));
  add(secrets, request.tls.key_pem);
  for (const auto& [name, value] : request.headers) {
    const auto lower = lower_case(name);
    if (lower == "authorization" || lower == "proxy-authorization")
      add_authorization(secrets, value);
    else if (lower == "cookie")
      add_cookies(secrets, value);
    else if (names_a_secret(name) && value.size() >= shortest_by_name)
      add(secrets, value);
  }
  return secrets;
}

std::vector<std::string> secrets_in_variable(std::string_view variable) {
  const auto equals = variable.find('=');
  if (equals == variable.npos) return {};
  const auto value = variable.substr(equals + 1);
  auto secrets = secrets_in_url(value);
  if (names_a_secret(variable.substr(0, equals)) && value.size() >= shortest_by_name &&
      !is_path(value))
    add(secrets, value);
  return secrets;
}

std::vector<std::string> secrets_of(const CommandRequest& request) {
  std::vector<std::string> secrets;
  for (const auto& [name, value] : request.environment)
    append(secrets, secrets_in_variable(name + "=" + value));
  bool is_value = false;  // of the option before it: --token VALUE
  for (std::string_view argument : request.argv) {
    append(secrets, secrets_in_url(argument));
    if (is_value && argument.size() >= shortest_by_name) add(secrets, argument);
    const auto equals = argument.find('=');
    is_value = argument.starts_with('-') && equals == argument.npos && names_a_secret(argument);
    // --token=..., and -var=db_password=...
    while (argument.find('=') != argument.npos) {
      append(secrets, secrets_in_variable(argument));
      argument.remove_prefix(argument.find('=') + 1);
    }
  }
  return secrets;
}

}  // namespace postflight
