#include "checks/support/workloads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <mutex>

#include "checks/support/api_resource.hpp"
#include "checks/support/text.hpp"

namespace postflight {
namespace {

struct WorkloadKind {
  std::string_view kind, group, plural, title;
};

constexpr std::array<WorkloadKind, 5> workload_kinds{{
    {"deployment", "/apis/apps/v1", "deployments", "Deployment"},
    {"statefulset", "/apis/apps/v1", "statefulsets", "StatefulSet"},
    {"daemonset", "/apis/apps/v1", "daemonsets", "DaemonSet"},
    {"replicaset", "/apis/apps/v1", "replicasets", "ReplicaSet"},
    {"pod", "/api/v1", "pods", "Pod"},
}};

const WorkloadKind* find_workload_kind(std::string_view kind) {
  const auto found = std::ranges::find(workload_kinds, kind, &WorkloadKind::kind);
  return found == workload_kinds.end() ? nullptr : &*found;
}

// Asks for an object that must exist.
Kubernetes::Json get_existing(Kubernetes& kubernetes, const std::string& path,
                              const std::string& subject, const Limits& limits) {
  try {
    return kubernetes.get(path, limits);
  } catch (const KubernetesError& error) {
    if (!error.object_is_missing()) throw;
    throw ObjectMissing(subject);
  }
}

Kubernetes::Json get_workload(Kubernetes& kubernetes, const std::string& name_space,
                              const WorkloadName& name, const Limits& limits) {
  return get_existing(
      kubernetes, name.path(name_space),
      fmt::format("{} {}/{}", find_workload_kind(name.kind)->title, name_space, name.name), limits);
}

}  // namespace

bool is_object_name(std::string_view name) {
  const auto alphanumeric = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
  };
  return !name.empty() && name.size() <= 253 && alphanumeric(name.front()) &&
         alphanumeric(name.back()) && std::ranges::all_of(name, [&](char character) {
           return alphanumeric(character) || character == '-' || character == '.';
         });
}

std::string WorkloadName::path(const std::string& name_space) const {
  const auto* known = find_workload_kind(kind);
  if (known == nullptr) throw std::logic_error("no such kind of workload: " + kind);
  return fmt::format("{}/namespaces/{}/{}/{}", known->group, name_space, known->plural, name);
}

std::vector<std::string> WorkloadName::owner_paths(const std::string& name_space) const {
  std::vector<std::string> paths{path(name_space)};
  if (kind == "deployment")
    paths.push_back(ApiResource{"apps/v1", "replicasets"}.list_path(name_space));
  return paths;
}

WorkloadName read_workload_name(const Settings& settings, std::string_view setting) {
  const auto text = settings.text(setting);
  const auto slash = text.find('/');
  if (slash == std::string::npos || find_workload_kind(text.substr(0, slash)) == nullptr) {
    settings.mistake(setting, fmt::format("'{}' must be deployment/NAME, statefulset/NAME, "
                                          "daemonset/NAME, replicaset/NAME or pod/NAME, not '{}'",
                                          setting, text));
    return {};
  }
  WorkloadName name{text.substr(0, slash), text.substr(slash + 1)};
  if (!is_object_name(name.name))
    settings.mistake(setting, fmt::format("'{}' cannot be the name of a {}", name.name, name.kind));
  return name;
}

std::string read_name(const Settings& settings, std::string_view setting) {
  auto name = settings.text(setting);
  // A setting that is missing altogether is reported as such already.
  if (settings.has(setting) && !is_object_name(name))
    settings.mistake(setting, fmt::format("'{}' cannot be the name of a Kubernetes object: only "
                                          "a-z, 0-9, '-' and '.' may stand in one",
                                          name));
  return name;
}

Selector read_selector(const Settings& settings, std::string_view setting) {
  auto parsed = parse_selector(settings.text(setting));
  if (!parsed.error.empty())
    settings.mistake(setting,
                     fmt::format("'{}' is not a label selector: {}", setting, parsed.error));
  return std::move(parsed.selector);
}

Ownership::Ownership(Kubernetes& kubernetes, const std::string& name_space,
                     const WorkloadName& name, const Limits& limits) {
  const auto json = get_workload(kubernetes, name_space, name, limits);
  if (name.kind == "pod")
    pod_name_ = name.name;
  else
    *this = Ownership(kubernetes, read_workload(*json), name, limits);
}

// The ReplicaSets that carry a Deployment's labels, its own and others', as last listed.
struct Ownership::ReplicaSets {
  Kubernetes& kubernetes;
  Workload deployment;
  Limits limits;
  std::mutex mutex = {};
  std::set<std::string> own = {}, seen = {};  // uids

  // With the mutex held, or before anybody else knows of it.
  void look() {
    const auto pages = kubernetes.list(
        {fmt::format("/apis/apps/v1/namespaces/{}/replicasets", deployment.name_space),
         deployment.selector.text(),
         {}},
        limits);
    for (const auto& replica_set : read_workloads(pages)) {
      seen.insert(replica_set.uid);
      if (replica_set.controller && replica_set.controller->uid == deployment.uid)
        own.insert(replica_set.uid);
    }
  }

  bool own_controller_of(const Pod& pod) {
    if (!pod.controller) return false;
    const auto& uid = pod.controller->uid;
    const std::scoped_lock lock(mutex);
    // The lists are not of one moment: a rollout may have made it in between.
    if (pod.controller->kind == "ReplicaSet" && deployment.selector.matches(pod.labels) &&
        !seen.contains(uid)) {
      limits.fresh_since = std::chrono::steady_clock::now();
      look();
      seen.insert(uid);
    }
    return own.contains(uid);
  }
};

Ownership::Ownership(Kubernetes& kubernetes, const Workload& workload, const WorkloadName& name,
                     const Limits& limits)
    : controllers_{workload.uid} {
  if (name.kind != "deployment") return;
  replica_sets_ = std::shared_ptr<ReplicaSets>(new ReplicaSets{kubernetes, workload, limits});
  replica_sets_->look();
}

bool Ownership::owns(const Pod& pod) const {
  if (pod_name_) return pod.name == *pod_name_;
  if (pod.controller && controllers_.contains(pod.controller->uid)) return true;
  return replica_sets_ != nullptr && replica_sets_->own_controller_of(pod);
}

std::vector<std::string> PodQuery::paths() const {
  const auto pods = ApiResource{"v1", "pods"}.list_path(name_space);
  if (!workload) return {pods};
  auto paths = workload->owner_paths(name_space);
  if (workload->kind != "pod") paths.push_back(pods);
  return paths;
}

std::string PodQuery::text() const {
  return workload ? workload->text() : "pods with " + selector.text();
}

PodQuery read_pod_query(const Settings& settings, std::string name_space) {
  PodQuery query{std::move(name_space), {}, {}};
  const bool by_workload = settings.has("workload");
  const bool by_selector = settings.has("selector");
  if (by_workload && by_selector)
    settings.mistake("selector", "give either 'workload' or 'selector', not both");
  else if (by_workload)
    query.workload = read_workload_name(settings, "workload");
  else if (by_selector)
    query.selector = read_selector(settings, "selector");
  else
    settings.mistake("workload", "say whose pods: 'workload: deployment/NAME' or 'selector: a=b'");
  return query;
}

void QueriedPods::report_left_out(Findings& findings) const {
  for (const auto& pod : left_out)
    findings.add(Status::passed, subject_of(pod), "left out: only live pods are looked at",
                 describe_readiness(pod));
}

std::vector<Pod> list_pods(Kubernetes& kubernetes, const std::string& name_space,
                           const std::string& label_selector, const Limits& limits) {
  return read_pods(kubernetes.list(
      {fmt::format("/api/v1/namespaces/{}/pods", name_space), label_selector, {}}, limits));
}

QueriedPods find_pods(Kubernetes& kubernetes, const PodQuery& query, const Limits& limits) {
  std::vector<Pod> found;
  QueriedPods pods;
  if (!query.workload) {
    pods.includes = [selector = query.selector](const Pod& pod) {
      return selector.matches(pod.labels);
    };
    found = list_pods(kubernetes, query.name_space, query.selector.text(), limits);
  } else if (query.workload->kind == "pod") {
    pods.includes = [name = query.workload->name](const Pod& pod) { return pod.name == name; };
    found.push_back(read_pod(*get_workload(kubernetes, query.name_space, *query.workload, limits)));
  } else {
    const auto workload =
        read_workload(*get_workload(kubernetes, query.name_space, *query.workload, limits));
    auto listed = std::async(std::launch::async, [&] {
      return list_pods(kubernetes, query.name_space, workload.selector.text(), limits);
    });
    const Ownership ownership(kubernetes, workload, *query.workload, limits);
    pods.includes = [ownership](const Pod& pod) { return ownership.owns(pod); };
    found = listed.get();
  }
  for (auto& pod : found)
    if (pods.includes(pod)) (pod.live() ? pods.live : pods.left_out).push_back(std::move(pod));
  return pods;
}

void report_no_pods(const PodQuery& query, Findings& findings) {
  findings.add_unknown(fmt::format("{} in {}", query.text(), query.name_space), "live pods",
                       "nothing-examined",
                       fmt::format("{} in the namespace {} has no live pod: there is nothing to "
                                   "look at",
                                   query.text(), query.name_space));
}

Service find_service(Kubernetes& kubernetes, const std::string& name_space, const std::string& name,
                     const Limits& limits) {
  return read_service(
      *get_existing(kubernetes, fmt::format("/api/v1/namespaces/{}/services/{}", name_space, name),
                    fmt::format("Service {}/{}", name_space, name), limits));
}

ObjectMissing::ObjectMissing(const std::string& subject) : std::runtime_error(subject) {}

Outcome ObjectMissing::outcome() const {
  return {Status::failed,
          fmt::format("the {} does not exist", what()),
          {{what(), "exists", "does not exist", Status::failed}},
          0,
          {}};
}

}  // namespace postflight
