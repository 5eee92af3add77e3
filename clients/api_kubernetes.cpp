#include "clients/api_kubernetes.hpp"

#include <algorithm>
#include <cstdint>

#include "clients/kubernetes_exec.hpp"
#include "clients/kubernetes_list.hpp"
#include "clients/kubernetes_path.hpp"

namespace postflight {
namespace {

// Whether somebody else answers: /api/v1/namespaces/NAMESPACE/services/NAME/proxy/...
bool is_behind_proxy(std::string_view path) {
  constexpr std::string_view namespaces = "/api/v1/namespaces/";
  if (!path.starts_with(namespaces)) return false;
  path.remove_prefix(std::min(path.find('/', namespaces.size()), path.size()));
  for (const std::string_view resource : {"/services/", "/pods/"}) {
    if (!path.starts_with(resource)) continue;
    path.remove_prefix(std::min(path.find('/', resource.size()), path.size()));
    return path.starts_with("/proxy/");
  }
  return false;
}

// Under /api and /apis live objects; /readyz, /livez, /healthz, /version, /metrics answer what
// they like.
bool is_object_path(const std::string& path) {
  const auto plain = path.substr(0, path.find('?'));
  if (is_behind_proxy(plain)) return false;
  return plain == "/api" || plain == "/apis" || plain.starts_with("/api/") ||
         plain.starts_with("/apis/");
}

void check_path(const std::string& path) {
  if (!path.starts_with('/') || path.find("/../") != std::string::npos || path.ends_with("/.."))
    throw ClientError(reason::configuration, "\"" + path + "\" is not a path of the API server");
}

// The server has no word of its own for "there is nothing to read": only its sentence tells.
bool means_no_log(const std::string& message) {
  return message.find("is waiting to start") != std::string::npos ||
         message.find("previous terminated container") != std::string::npos;
}

}  // namespace

ApiKubernetes::ApiKubernetes(Http& http, const KubernetesAccess& access, Commands& commands,
                             OnSecret on_secret, RetryPolicy policy, CredentialClocks clocks)
    : today_(clocks.system),
      connection_(http, access, commands, std::move(on_secret), std::move(policy),
                  std::move(clocks)) {}

Kubernetes::Json ApiKubernetes::get(const std::string& path, const Limits& limits) {
  check_path(path);
  return objects_.read("GET " + path, limits,
                       [&](bool& cut_short) { return ask_object(path, limits, cut_short); });
}

Kubernetes::Json ApiKubernetes::ask_object(const std::string& path, const Limits& limits,
                                           bool& cut_short) {
  KubernetesQuestion question{path};
  const bool is_object = is_object_path(path);
  if (!is_object) question.accept = "application/json, */*";
  auto response = connection_.ask(question, limits, cut_short);
  if (is_object) check_object(response, question.name());
  return std::make_shared<const std::string>(std::move(response.body));
}

Kubernetes::Pages ApiKubernetes::list(const ListRequest& request, const Limits& limits) {
  check_path(request.path);
  const auto path = list_path(request);
  return lists_.read("GET " + path, limits, [&](bool& cut_short) {
    return read_pages(connection_, path, limits, cut_short);
  });
}

std::shared_ptr<const ListReading> ApiKubernetes::read(const ListUse& use,
                                                       std::chrono::system_clock::time_point today,
                                                       const Limits& limits) {
  check_path(use.request().path);
  return scans_.read(use, today, limits);
}

ClockAnswer ApiKubernetes::clock(const Limits& limits) {
  KubernetesQuestion question{"/version"};
  bool cut_short = false;
  const auto response = connection_.ask(question, limits, cut_short);
  // The last try alone: what was waited for before it says nothing of the clock.
  const auto answered = today_();
  return {response.header("Date").value_or(""), answered - response.timings.total, answered};
}

std::string ApiKubernetes::log(const LogRequest& request, const Limits& limits) {
  std::vector<std::pair<std::string, std::string>> query;
  if (!request.container.empty()) query.emplace_back("container", request.container);
  query.emplace_back("timestamps", "true");
  if (request.previous) query.emplace_back("previous", "true");
  // The server takes no less than one second.
  if (request.since)
    query.emplace_back("sinceSeconds",
                       std::to_string(std::max<std::int64_t>(1, request.since->count())));
  KubernetesQuestion question{with_query(pod_path(request.name_space, request.pod, "log"), query)};
  question.accept = "application/json, */*";
  question.body_limit = request.limit_bytes;
  bool cut_short = false;
  try {
    auto response = connection_.ask(question, limits, cut_short);
    if (response.status == 204)
      throw ClientError(reason::no_log, question.name() + ": no log: the pod " + request.pod +
                                            " has not been given to a node");
    return std::move(response.body);
  } catch (const KubernetesError& e) {
    if (e.status() != 400 || !means_no_log(e.what())) throw;
    throw KubernetesError(reason::no_log, e.what(), e.status(), e.status_reason(), false);
  }
}

ExecResult ApiKubernetes::exec(const ExecRequest& request, const Limits& limits) {
  return run_in_container(connection_, request, limits);
}

}  // namespace postflight
