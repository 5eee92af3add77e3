#include "checks/support/http_settings.hpp"

#include <fmt/format.h>

#include "checks/support/pattern.hpp"

namespace postflight {

void read_headers(const Settings& settings, HttpRequest& request) {
  static const Pattern token("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$");
  static const Pattern unsendable(R"([\x00-\x08\x0a-\x1f\x7f])");
  for (const auto& [name, value] : settings.text_map("headers")) {
    if (!token.found_in(name) || unsendable.found_in(value))
      settings.mistake("headers", fmt::format("the header '{}' cannot be sent: a name is one word, "
                                              "a value one line",
                                              name));
    request.headers.push_back({name, value});
  }
}

void read_tls(const Settings& settings, HttpRequest& request) {
  auto& tls = request.tls;
  tls.ca_file = settings.text("ca-file");
  tls.certificate_file = settings.text("client-certificate");
  tls.key_file = settings.text("client-key");
  tls.verify = !settings.flag("insecure");
  if (tls.certificate_file.empty() != tls.key_file.empty())
    settings.mistake(tls.key_file.empty() ? "client-certificate" : "client-key",
                     "'client-certificate' and 'client-key' belong together: one is missing");
  if (!tls.ca_file.empty() && !tls.verify)
    settings.mistake("insecure", "'insecure' verifies nothing, so 'ca-file' would not be used");
}

std::optional<Url> read_url(const Settings& settings, HttpRequest& request) {
  static const Pattern address(
      R"(^([0-9.]+(:[0-9]+)?|\[[0-9a-fA-F:.]+\](:[0-9]+)?|[0-9a-fA-F:.]+)$)");
  request.url = settings.text("url");
  request.resolve = settings.text("resolve");
  if (!request.resolve.empty() && !address.found_in(request.resolve))
    settings.mistake("resolve", fmt::format("'resolve' must be an address, ip or ip:port, not '{}'",
                                            request.resolve));
  auto url = parse_url(request.url);
  if (!url) {
    if (settings.has("url"))
      settings.mistake(
          "url", fmt::format("'url' must be an absolute http or https URL, not '{}'", request.url));
    return url;
  }
  if (url->has_credentials)
    settings.mistake("url",
                     "'url' must not hold a user or password: send a header instead, from a "
                     "variable marked secret");
  return url;
}

void refuse_without_tls(const Settings& settings, std::string_view name) {
  settings.mistake(name, fmt::format("'{}' means nothing for an http URL: no certificate is "
                                     "shown or checked",
                                     name));
}

void refuse_tls(const Settings& settings, const HttpRequest& request) {
  if (!request.tls.ca_file.empty()) refuse_without_tls(settings, "ca-file");
  if (!request.tls.certificate_file.empty()) refuse_without_tls(settings, "client-certificate");
  if (!request.tls.verify) refuse_without_tls(settings, "insecure");
}

void tell_unverified(const HttpRequest& request, Outcome& outcome) {
  if (request.tls.verify) return;
  outcome.evidence.push_back({"certificate", "not verified, as 'insecure' asks", "not verified"});
  if (outcome.status == Status::passed) outcome.summary += "; the certificate is not verified";
}

}  // namespace postflight
