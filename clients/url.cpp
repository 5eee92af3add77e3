#include "clients/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace postflight {
namespace {

struct Free {
  void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
  void operator()(char* text) const { curl_free(text); }
};
using Handle = std::unique_ptr<CURLU, Free>;
using Text = std::unique_ptr<char, Free>;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) {
    return static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter);
  });
  return text;
}

std::string part(CURLU* handle, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle, which, &text, flags) != CURLUE_OK) return {};
  return Text(text).get();
}

bool has(CURLU* handle, CURLUPart which) {
  char* text = nullptr;
  const auto code = curl_url_get(handle, which, &text, 0);
  Text(text).reset();
  return code == CURLUE_OK;
}

// Forms write a space as '+'. A broken escape stays as it was sent.
std::string decoded(std::string text) {
  std::ranges::replace(text, '+', ' ');
  int size = 0;
  const Text plain(curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()), &size));
  return plain == nullptr ? text : std::string(plain.get(), static_cast<std::size_t>(size));
}

std::vector<std::pair<std::string, std::string>> query_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> query;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    query.emplace_back(decoded(std::string(pair.substr(0, equals))), decoded(std::string(value)));
  }
  return query;
}

std::optional<Url> taken_apart(CURLU* handle) {
  Url url;
  url.scheme = lower(part(handle, CURLUPART_SCHEME));
  url.host = lower(part(handle, CURLUPART_HOST));
  if ((url.scheme != "http" && url.scheme != "https") || url.host.empty()) return std::nullopt;
  const auto port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (url.port == 0) return std::nullopt;  // nothing can be asked there
  url.path = part(handle, CURLUPART_PATH);
  url.query = query_of(part(handle, CURLUPART_QUERY));
  url.has_credentials = has(handle, CURLUPART_USER) || has(handle, CURLUPART_PASSWORD);
  return url;
}

// What curl itself accepts of a Location: spaces and bytes above ASCII are encoded.
constexpr unsigned lenient = CURLU_URLENCODE | CURLU_ALLOW_SPACE | CURLU_NON_SUPPORT_SCHEME;

}  // namespace

std::string Url::without_query() const {
  const bool own_port = port == (scheme == "https" ? 443 : 80);
  return scheme + "://" + host + (own_port ? "" : ":" + std::to_string(port)) + path;
}

std::optional<Url> parse_url(const std::string& text) {
  const Handle handle(curl_url());
  if (curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK)
    return std::nullopt;
  return taken_apart(handle.get());
}

std::optional<Url> resolve_url(const std::string& base, const std::string& reference) {
  if (reference.empty()) return std::nullopt;
  const Handle handle(curl_url());
  if (curl_url_set(handle.get(), CURLUPART_URL, base.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
          CURLUE_OK ||
      curl_url_set(handle.get(), CURLUPART_URL, reference.c_str(), lenient) != CURLUE_OK)
    return std::nullopt;
  return taken_apart(handle.get());
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned char byte = 0;
    const auto digits = text[at] == '%' ? text.substr(at + 1, 2) : std::string_view();
    const auto* end = digits.data() + digits.size();
    if (digits.size() == 2 && std::from_chars(digits.data(), end, byte, 16).ptr == end) {
      decoded += static_cast<char>(byte);
      at += 2;
    } else {
      decoded += text[at];
    }
  }
  return decoded;
}

}  // namespace postflight
