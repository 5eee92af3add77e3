#include "cli/pushgateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "clients/base64.hpp"
#include "clients/curl_http.hpp"
#include "clients/telling_clients.hpp"
#include "clients/url.hpp"
#include "reports/report.hpp"

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

std::string group_of(const std::string& url, const RunRecord& record, const std::string& cluster) {
  const auto path = url.find('/', url.find("://") + 3);
  auto group = url;
  if (path == std::string::npos || path + 1 == url.size())
    group =
        url.substr(0, path) + "/metrics/job/postflight" + group_part("checklist", record.checklist);
  while (group.ends_with('/')) group.pop_back();
  return cluster.empty() ? group : group + group_part("cluster", cluster);
}

void push(const std::string& group, const RunRecord& record, Http& http) {
  std::ostringstream metrics;
  find_report_format("prometheus")->write(record, metrics);
  HttpRequest request;
  request.method = "POST";
  request.url = group;
  request.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
  request.body = std::move(metrics).str();
  request.body_limit = 64 * 1024;
  const auto response =
      http.send(request, {std::chrono::steady_clock::now() + longest_push, {}, {}});
  if (response.status / 100 == 2) return;
  const auto said = response.body.substr(0, std::min(response.body.find('\n'), std::size_t{300}));
  throw std::runtime_error(fmt::format("the Pushgateway answered {}{}{}", response.status,
                                       said.empty() ? "" : ": ", said));
}

}  // namespace

bool is_pushgateway(const std::string& url) {
  return parse_url(url) && url.find_first_of("?#") == std::string::npos;
}

void push_metrics(const std::string& url, const RunRecord& record, Redactor& redactor) {
  CurlHttp curl;
  const OnSecret on_secret = [&](std::string_view secret) { redactor.add(secret); };
  TellingHttp http(curl, on_secret);
  if (record.clusters.empty()) return push(group_of(url, record, ""), record, http);
  std::exception_ptr first;  // one that is not accepted takes no other along
  for (const auto& cluster : record.clusters) {
    auto part = record_of(record, cluster);
    part.clusters = {cluster};
    try {
      push(group_of(url, record, cluster.name), part, http);
    } catch (const std::exception&) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace postflight
