#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <optional>

#include "checks/support/api_resource.hpp"
#include "checks/support/endpoints.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/list_of.hpp"
#include "checks/support/workloads.hpp"
#include "clients/clients.hpp"
#include "runner/check.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind k8s_service_endpoints;

namespace {

constexpr Setting settings_of_service_endpoints[] = {
    namespace_setting,
    {"service", SettingType::text, "name of the Service", true},
    {"ready", SettingType::integer, "how many ready addresses there are, exactly"},
    {"min-ready", SettingType::integer,
     "how many ready addresses there are at least; 1 when 'ready' is not given either"},
    {"ports", SettingType::texts,
     "names or numbers of the pods' ports that every ready address serves"},
    {"owner", SettingType::text, "whose pod every ready address is: deployment/NAME and the like"},
    {"pods", SettingType::text, "label selector that the pod of every ready address meets"},
    {"forbidden", SettingType::text, "label selector that the pod of no ready address meets"},
};

struct Wanted {
  std::string name_space, service;
  std::optional<std::size_t> exactly;
  std::size_t at_least = 1;
  std::vector<std::string> ports;
  std::optional<WorkloadName> owner;
  std::optional<Selector> pods, forbidden;

  bool asks_whose() const { return owner || pods || forbidden; }
  bool is_enough(std::size_t ready) const {
    return exactly ? ready == *exactly : ready >= at_least;
  }
  bool is_short(std::size_t ready) const { return ready < exactly.value_or(at_least); }
  std::string count_text() const {
    return exactly ? counted(*exactly, "ready address", "ready addresses")
                   : "at least " + counted(at_least, "ready address", "ready addresses");
  }
  // What is expected of each ready address.
  std::string address_text() const {
    std::string text = "ready";
    if (!ports.empty()) text += fmt::format(", serves {}", fmt::join(ports, ", "));
    if (owner) text += ", of " + owner->text();
    if (pods) text += ", with " + pods->text();
    if (forbidden) text += ", not one with " + forbidden->text();
    return text;
  }
};

std::string service_subject(const Wanted& wanted) {
  return fmt::format("service {}/{}", wanted.name_space, wanted.service);
}

// What is wrong with the pod behind a ready endpoint; empty when nothing is.
std::string wrong_pod(const Wanted& wanted, const Ownership* owner, const Pod& pod) {
  const auto controller = pod.controller
                              ? fmt::format("{}/{}", pod.controller->kind, pod.controller->name)
                              : std::string("nothing");
  if (wanted.forbidden && wanted.forbidden->matches(pod.labels))
    return fmt::format("its pod is a forbidden one: it has {}, and is owned by {}",
                       wanted.forbidden->text(), controller);
  if (owner != nullptr && !owner->owns(pod))
    return fmt::format("its pod is not of {}: it is owned by {}", wanted.owner->text(), controller);
  if (wanted.pods && !wanted.pods->matches(pod.labels))
    return "its pod has not the labels " + lacking(*wanted.pods, pod);
  return {};
}

class ServiceEndpointsCheck : public Check {
 public:
  explicit ServiceEndpointsCheck(Wanted wanted) : wanted_(std::move(wanted)) {}

  std::vector<std::string> kubernetes_paths() const override {
    const auto& place = wanted_.name_space;
    std::vector<std::string> paths{
        ApiResource{"v1", "services"}.list_path(place) + "/" + wanted_.service,
        ApiResource{"discovery.k8s.io/v1", "endpointslices"}.list_path(place)};
    if (wanted_.asks_whose()) paths.push_back(ApiResource{"v1", "pods"}.list_path(place));
    if (wanted_.owner) append_to(paths, wanted_.owner->owner_paths(place));
    return paths;
  }

  Outcome run(const CheckContext& context) const override {
    try {
      return judge(context.clients.kubernetes, limits_of(context));
    } catch (const ObjectMissing& missing) {
      return missing.outcome();
    }
  }

 private:
  // None of the questions waits for another's answer.
  Outcome judge(Kubernetes& kubernetes, const Limits& limits) const {
    const auto ask = [](auto question) { return std::async(std::launch::async, question); };
    auto found_later = ask(
        [&] { return find_endpoints(kubernetes, wanted_.name_space, wanted_.service, limits); });
    std::future<Ownership> owner_later;
    if (wanted_.owner)
      owner_later =
          ask([&] { return Ownership(kubernetes, wanted_.name_space, *wanted_.owner, limits); });
    std::future<PodDirectory> pods_later;
    if (wanted_.asks_whose())
      pods_later = ask([&] { return PodDirectory(kubernetes, wanted_.name_space, limits); });
    const auto service = find_service(kubernetes, wanted_.name_space, wanted_.service, limits);
    if (service.type == "ExternalName") return external_name(service);

    const auto found = found_later.get();
    const auto types = address_types(service, found);
    const bool enough = std::ranges::all_of(types, [&](const std::string& type) {
      return wanted_.is_enough(ready_count(found.endpoints, type));
    });
    std::optional<Ownership> owner;
    if (wanted_.owner) owner = owner_later.get();
    std::optional<PodDirectory> pods;
    if (wanted_.asks_whose())
      pods.emplace(pods_later.get());
    else if (!enough)
      pods.emplace(kubernetes, wanted_.name_space, limits);

    Findings findings;
    std::string shortage;
    for (const auto& type : types)
      judge_count(service, found, type, types.size() > 1, enough ? nullptr : &*pods,
                  owner ? &*owner : nullptr, findings, shortage);
    for (const auto& endpoint : found.endpoints)
      judge_endpoint(endpoint, pods ? &*pods : nullptr, owner ? &*owner : nullptr,
                     wanted_.is_short(ready_count(found.endpoints, endpoint.type)), findings);
    return findings.outcome(summary(findings, found.endpoints, shortage), found.endpoints.size());
  }

  Outcome external_name(const Service& service) const {
    const auto observed =
        fmt::format("another name for {}: it routes to no pod", service.external_name);
    return {Status::failed,
            fmt::format("the {} is {}", service_subject(wanted_), observed),
            {{service_subject(wanted_), wanted_.count_text(), observed, Status::failed}},
            1,
            {}};
  }

  static std::size_t ready_count(const std::vector<Endpoint>& endpoints, const std::string& type) {
    return static_cast<std::size_t>(std::ranges::count_if(endpoints, [&](const Endpoint& endpoint) {
      return endpoint.type == type && endpoint.ready;
    }));
  }

  // Each address type must have its endpoints: a client over IPv6 is not served by IPv4 ones.
  static std::vector<std::string> address_types(const Service& service,
                                                const ServiceEndpoints& found) {
    auto types = service.address_types;
    if (!found.from_slices && types.size() > 1) types.resize(1);
    for (const auto& endpoint : found.endpoints)
      if (std::ranges::find(types, endpoint.type) == types.end()) types.push_back(endpoint.type);
    if (types.empty()) types.emplace_back();
    return types;
  }

  void judge_count(const Service& service, const ServiceEndpoints& found, const std::string& type,
                   bool several_types, const PodDirectory* pods, const Ownership* owner,
                   Findings& findings, std::string& shortage) const {
    const auto ready = ready_count(found.endpoints, type);
    auto observed = counted(ready, "ready address", "ready addresses");
    for (const auto& [text, terminating] : {std::pair{"not ready", false}, {"terminating", true}})
      if (const auto count = std::ranges::count_if(found.endpoints,
                                                   [&](const Endpoint& endpoint) {
                                                     return endpoint.type == type &&
                                                            !endpoint.ready &&
                                                            endpoint.terminating == terminating;
                                                   });
          count > 0)
        observed += fmt::format(", {} {}", count, text);
    if (!found.from_slices) observed += " (read from v1 Endpoints: no EndpointSlices here)";
    const bool enough = wanted_.is_enough(ready);
    if (pods != nullptr && wanted_.is_short(ready))
      if (const auto why =
              pods->why_not_enough(service, found.endpoints, intended_pods(*pods, owner));
          !why.empty())
        observed += ": " + why;
    if (!enough && shortage.empty())
      shortage = several_types ? fmt::format("{}: {}", type, observed) : observed;
    findings.add(enough ? Status::passed : Status::failed,
                 service_subject(wanted_) + (several_types ? " over " + type : ""),
                 wanted_.count_text(), observed);
  }

  std::vector<Pod> intended_pods(const PodDirectory& pods, const Ownership* owner) const {
    std::vector<Pod> intended;
    try {
      for (const auto& pod : pods.pods())
        if ((owner != nullptr && owner->owns(pod)) ||
            (wanted_.pods && wanted_.pods->matches(pod.labels)))
          intended.push_back(pod);
    } catch (const ClientError&) {
      // Only the explanation of a shortage suffers.
    } catch (const CannotTell&) {
    }
    return intended;
  }

  void judge_endpoint(const Endpoint& endpoint, const PodDirectory* pods, const Ownership* owner,
                      bool is_short, Findings& findings) const {
    const auto expected = wanted_.address_text();
    const auto subject = endpoint.subject();
    if (!endpoint.ready) {
      // It takes no traffic: that is wrong only where it is missed.
      const bool missed = is_short && !endpoint.terminating;
      findings.add(missed ? Status::failed : Status::passed, subject,
                   missed ? "it is ready" : "not counted",
                   endpoint.terminating ? "terminating" : not_ready_text(endpoint, pods));
      return;
    }
    std::vector<std::string> unserved;
    for (const auto& port : wanted_.ports)
      if (!endpoint.serves(port)) unserved.push_back(port);
    if (!unserved.empty()) {
      findings.add(Status::failed, subject, expected,
                   fmt::format("it does not serve {}, only {}", fmt::join(unserved, ", "),
                               endpoint.ports_text()));
      return;
    }
    auto observed = "ready, " + endpoint.ports_text();
    if (!wanted_.asks_whose()) {
      findings.add(Status::passed, subject, expected, observed);
      return;
    }
    try {
      const auto pod = pods->pod_of(endpoint);
      const auto wrong =
          pod ? wrong_pod(wanted_, owner, *pod) : "its pod no longer exists: the endpoint is stale";
      if (pod && pod->controller)
        observed += fmt::format(", owned by {}/{}", pod->controller->kind, pod->controller->name);
      findings.add(wrong.empty() ? Status::passed : Status::failed, subject, expected,
                   wrong.empty() ? observed : wrong);
    } catch (...) {
      findings.add_unknown(subject, expected, std::current_exception());
    }
  }

  static std::string not_ready_text(const Endpoint& endpoint, const PodDirectory* pods) {
    if (pods == nullptr) return "not ready";
    try {
      const auto pod = pods->pod_of(endpoint);
      if (!pod) return "not ready: its pod no longer exists";
      return pod->ready ? "not ready, though its pod is: it changed a moment ago"
                        : describe_readiness(*pod);
    } catch (const ClientError&) {
      return "not ready";
    } catch (const CannotTell&) {
      return "not ready";
    }
  }

  std::string summary(const Findings& findings, const std::vector<Endpoint>& endpoints,
                      const std::string& shortage) const {
    const auto* wrong = findings.first_expecting(Status::failed, wanted_.address_text());
    if (!shortage.empty())
      return fmt::format(
          "{} has {}; {} wanted{}", service_subject(wanted_), shortage,
          wanted_.exactly ? "exactly " + std::to_string(*wanted_.exactly)
                          : "at least " + std::to_string(wanted_.at_least),
          wrong == nullptr ? "" : fmt::format("; {}: {}", wrong->subject, wrong->observed));
    for (const auto status : {Status::failed, Status::errored})
      if (const auto* fact = findings.first(status))
        return fmt::format("{} behind the {}: {}", fact->subject, service_subject(wanted_),
                           fact->observed);
    const auto ready = std::ranges::count_if(endpoints, &Endpoint::ready);
    auto text =
        fmt::format("{} of {} ready", ready, counted(endpoints.size(), "address", "addresses"));
    if (wanted_.owner) text += ", all pods of " + wanted_.owner->text();
    if (wanted_.pods) text += ", all pods with " + wanted_.pods->text();
    if (!wanted_.ports.empty()) text += fmt::format(", serving {}", fmt::join(wanted_.ports, ", "));
    return text;
  }

  Wanted wanted_;
};

std::unique_ptr<Check> create_service_endpoints(const Settings& settings) {
  Wanted wanted{
      read_name(settings, "namespace"), read_name(settings, "service"), {}, 1, {}, {}, {}, {}};
  const auto exactly = settings.optional_integer("ready");
  const auto at_least = settings.optional_integer("min-ready");
  if (settings.has("ready") && settings.has("min-ready"))
    settings.mistake("min-ready", "give either 'ready' or 'min-ready', not both");
  if (exactly && *exactly < 0) settings.mistake("ready", "'ready' must not be negative");
  if (at_least && *at_least < 1)
    settings.mistake("min-ready", "'min-ready' must be 1 or more: 0 would always hold");
  if (exactly) wanted.exactly = static_cast<std::size_t>(*exactly);
  if (at_least) wanted.at_least = static_cast<std::size_t>(*at_least);
  wanted.ports = settings.texts("ports");
  if (settings.has("owner")) wanted.owner = read_workload_name(settings, "owner");
  if (settings.has("pods")) wanted.pods = read_selector(settings, "pods");
  if (settings.has("forbidden")) wanted.forbidden = read_selector(settings, "forbidden");
  return std::make_unique<ServiceEndpointsCheck>(std::move(wanted));
}

}  // namespace

constinit const CheckKind k8s_service_endpoints{
    "k8s.service-endpoints", "a Service routes to enough ready pods, and to the right ones",
    settings_of_service_endpoints, create_service_endpoints, true};

}  // namespace postflight
