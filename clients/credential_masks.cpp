#include "clients/credential_masks.hpp"

#include <algorithm>
#include <array>

#include "clients/recording_secrets.hpp"

namespace postflight {
namespace {

bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The end of the credential that begins at `at`, or `at`: and where its secret part begins.
struct Span {
  std::size_t begin = 0, end = 0;
};

Span json_web_token(std::string_view text, std::size_t at) {
  // In the midst of a word it is some other base64, such as a certificate.
  if (!text.substr(at).starts_with("eyJ") || (at > 0 && is_alphanumeric(text[at - 1]))) return {};
  auto end = at + 3;
  while (end < text.size() && (is_alphanumeric(text[end]) || is_one_of(text[end], "_=-."))) ++end;
  return end - at < 11 ? Span{} : Span{at + 3, end};
}

Span private_key(std::string_view text, std::size_t at) {
  constexpr std::string_view begin = "-----BEGIN ", label_end = "PRIVATE KEY-----";
  if (!text.substr(at).starts_with(begin)) return {};
  const auto label = text.substr(at, 80).find(label_end);
  if (label == text.npos) return {};
  const auto body = at + label + label_end.size();
  return {body, std::min(text.find("-----END", body), text.size())};
}

// user:password@ behind ://
Span url_password(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("://")) return {};
  const auto begin = at + 3;
  auto end = begin;
  while (end < text.size() && !is_one_of(text[end], "/ \t\r\n\"'<>\\@?#")) ++end;
  if (end == text.size() || text[end] != '@') return {};
  const auto colon = text.substr(begin, end - begin).find(':');
  return colon == text.npos ? Span{} : Span{begin + colon + 1, end};
}

// ?name=value, &name=value and #name=value, also as HTML and JSON write an ampersand.
Span url_parameter(std::string_view text, std::size_t at) {
  if (!is_one_of(text[at], "?&#") && !text.substr(at).starts_with("\\u0026")) return {};
  auto begin = at + (text[at] == '\\' ? 6 : 1);
  if (text.substr(begin).starts_with("amp;")) begin += 4;
  auto equals = begin;
  while (equals < text.size() && (is_alphanumeric(text[equals]) || is_one_of(text[equals], "_-.")))
    ++equals;
  if (equals == text.size() || text[equals] != '=' ||
      !names_secret_parameter(text.substr(begin, equals - begin)))
    return {};
  auto end = equals + 1;
  while (end < text.size() && !is_one_of(text[end], "& \t\r\n\"'<>\\#")) ++end;
  return {equals + 1, end};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

template <std::size_t size>
bool contains_any(std::string_view name, const std::array<std::string_view, size>& words) {
  const auto lower = lower_case(name);
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return lower.find(word) != lower.npos; });
}

}  // namespace

bool names_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 15> words{"cookie",        "token",
                                                          "secret",        "password",
                                                          "passwd",        "jwt",
                                                          "api-key",       "apikey",
                                                          "csrf",          "xsrf",
                                                          "session",       "signature",
                                                          "authorization", "authentication-info",
                                                          "credential"};
  return contains_any(name, words);
}

bool names_secret_variable(std::string_view name) {
  static constexpr std::array<std::string_view, 8> words{
      "password", "passwd", "secret", "token", "_key", "apikey", "credential", "private"};
  return contains_any(name, words);
}

bool names_secret_parameter(std::string_view name) {
  const auto lower = lower_case(name);
  for (const auto* whole : {"code", "state", "nonce", "sig", "key", "assertion"})
    if (lower == whole) return true;
  static constexpr std::array<std::string_view, 7> words{"password",  "secret", "token", "session",
                                                         "signature", "jwt",    "apikey"};
  return contains_any(name, words);
}

std::string masked(std::string_view text) {
  std::string mask(text);
  for (std::size_t at = 0; at < mask.size(); ++at) {
    auto& c = mask[at];
    if (c == '\\') {  // an escape of JSON stays one
      ++at;
      continue;
    }
    if (c >= 'a' && c <= 'z') c = 'a';
    if (c >= 'A' && c <= 'Z') c = 'A';
    if (c >= '0' && c <= '9') c = '0';
  }
  return mask;
}

std::string replaced_credentials(std::string_view text,
                                 const std::function<std::string(std::string_view)>& replacement) {
  std::string clean;
  std::size_t copied = 0;
  for (auto at = text.find_first_of("e-:?&#\\"); at != text.npos;
       at = text.find_first_of("e-:?&#\\", at)) {
    Span found;
    for (const auto find : {json_web_token, private_key, url_password, url_parameter})
      if (found.end == 0) found = find(text, at);
    if (found.end == 0 || found.begin < copied) {
      ++at;
      continue;
    }
    clean += text.substr(copied, found.begin - copied);
    clean += replacement(text.substr(found.begin, found.end - found.begin));
    at = copied = std::max(found.end, at + 1);
  }
  return clean.append(text.substr(std::min(copied, text.size())));
}

std::string with_masked_credentials(std::string_view text) {
  return replaced_credentials(text, masked);
}

}  // namespace postflight
