#include "checks/support/prometheus_source.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include "checks/support/http_excerpt.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/prometheus_answer.hpp"
#include "checks/support/text.hpp"
#include "clients/clients.hpp"
#include "clients/kubernetes_path.hpp"
#include "clients/kubernetes_status.hpp"

namespace postflight {
namespace {

constexpr std::size_t longest_answer = 64u << 20;  // bytes: the rules of a large installation

// Throws what an answer that is not 2xx means. The server's own words say more than its status.
[[noreturn]] void refuse(const HttpResponse& response, const std::string& question) {
  throw_prometheus_error(response.body, question);
  auto what = fmt::format("{}: answered {}", question, response.status);
  if (response.status >= 300 && response.status < 400)
    what +=
        fmt::format(", which leads to {}: something else than Prometheus answers",
                    header_excerpt("Location", response.header("Location").value_or("nowhere")));
  else if (!response.body.empty())
    what += ": " + public_excerpt(response.body);
  throw CannotTell(std::string(reason_of_http_status(response.status)), what);
}

}  // namespace

PrometheusSource::PrometheusSource(const Settings& settings) {
  request_.body_limit = longest_answer;
  read_headers(settings, request_);
  read_tls(settings, request_);
  const bool by_url = !settings.text("url").empty(), by_service = !settings.text("service").empty();
  if (by_url && by_service)
    settings.mistake("service", "give either 'url' or 'service': where Prometheus is asked");
  if (!settings.has("url") && !settings.has("service"))
    settings.mistake("url", "give 'url' or 'service': where Prometheus is asked");
  if (by_service) read_service(settings);
  if (!by_url) return;
  const auto url = read_url(settings, request_);
  if (!url) return;
  if (!url->query.empty() || request_.url.find_first_of("?#") != std::string::npos)
    settings.mistake("url", "'url' must be the base URL alone, without ? and #");
  if (url->scheme == "http") refuse_tls(settings, request_);
  const auto without_slash = [](std::string text) {
    while (text.ends_with('/')) text.pop_back();
    return text;
  };
  base_ = without_slash(request_.url);
  shown_base_ = without_slash(url->without_query());
}

void PrometheusSource::read_service(const Settings& settings) {
  static const RE2 form(
      "([a-z0-9-]+)/((?:https?:)?[a-z0-9-]+:[a-z0-9-]+)((?:/[A-Za-z0-9._~-]+)*)/?");
  std::string name_space, name, prefix;
  const auto service = settings.text("service");
  if (!RE2::FullMatch(service, form, &name_space, &name, &prefix))
    settings.mistake(
        "service",
        fmt::format("'service' must be NAMESPACE/NAME:PORT, such as monitoring/prometheus:9090, "
                    "not '{}'",
                    service));
  for (const auto* name_of_url :
       {"headers", "resolve", "ca-file", "client-certificate", "client-key", "insecure"})
    if (settings.has(name_of_url))
      settings.mistake(name_of_url,
                       fmt::format("'{}' belongs to a URL: the Kubernetes API is asked as the "
                                   "kubeconfig says, and hands no header on",
                                   name_of_url));
  through_kubernetes_ = true;
  base_ = fmt::format("/api/v1/namespaces/{}/services/{}/proxy{}", name_space, name, prefix);
  shown_base_ = base_;
}

std::vector<std::string> PrometheusSource::kubernetes_paths() const {
  if (!through_kubernetes_) return {};
  return {base_};
}

std::string PrometheusSource::get(
    const std::string& path, const std::vector<std::pair<std::string, std::string>>& parameters,
    const CheckContext& context) const {
  if (base_.empty())
    throw CannotTell(std::string(not_installed),
                     "no Prometheus is named: neither its URL nor its Service is set");
  const auto target = parameters.empty() ? base_ + path : with_query(base_ + path, parameters);
  if (through_kubernetes_) return *context.clients.kubernetes.get(target, limits_of(context));
  auto request = request_;
  request.url = target;
  auto response = context.clients.http.send(request, limits_of(context));
  if (response.status / 100 != 2) refuse(response, question(path));
  return std::move(response.body);
}

}  // namespace postflight
