#include "cli/pushgateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "clients/base64.hpp"
#include "clients/curl_http.hpp"
#include "clients/telling_clients.hpp"

namespace postflight {
namespace {

constexpr std::chrono::seconds longest_push{15};

// As it stands in a path; what cannot, in base64 as the Pushgateway knows it.
std::string group_part(std::string_view label, std::string_view value) {
  const bool is_plain =
      !value.empty() && value != "." && value != ".." && std::ranges::all_of(value, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
      });
  if (is_plain) return fmt::format("/{}/{}", label, value);
  auto code = base64_encoded(value);
  std::ranges::replace(code, '+', '-');
  std::ranges::replace(code, '/', '_');
  return fmt::format("/{}@base64/{}", label, code.empty() ? "=" : code);
}

}  // namespace

std::string pushgateway_group(const std::string& url, const RunRecord& record) {
  const auto host = url.find("://") + 3;
  const auto path = url.find('/', host);
  if (path != std::string::npos && path + 1 < url.size()) return url;
  return url.substr(0, path) + "/metrics/job/postflight" +
         group_part("checklist", record.checklist);
}

void push_metrics(const std::string& url, const std::string& metrics, Redactor& redactor) {
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
  request.body = metrics;
  request.body_limit = 64 * 1024;
  CurlHttp curl;
  const OnSecret on_secret = [&](std::string_view secret) { redactor.add(secret); };
  const auto response =
      TellingHttp(curl, on_secret)
          .send(request, {std::chrono::steady_clock::now() + longest_push, {}, {}});
  if (response.status / 100 == 2) return;
  const auto said = response.body.substr(0, std::min(response.body.find('\n'), std::size_t{300}));
  throw std::runtime_error(fmt::format("the Pushgateway answered {}{}{}", response.status,
                                       said.empty() ? "" : ": ", said));
}

}  // namespace postflight
