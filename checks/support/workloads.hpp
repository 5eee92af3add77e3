#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checks/support/findings.hpp"
#include "checks/support/objects.hpp"
#include "clients/kubernetes.hpp"
#include "runner/check.hpp"

namespace postflight {

inline constexpr Setting namespace_setting{"namespace", SettingType::text, "namespace to look in",
                                           true};
inline constexpr Setting workload_setting{
    "workload", SettingType::text,
    "whose pods: deployment/NAME, statefulset/NAME, daemonset/NAME, replicaset/NAME or pod/NAME"};
inline constexpr Setting selector_setting{
    "selector", SettingType::text, "which pods, by label, instead of a workload: a=b,c in (d,e)"};

// deployment/NAME and the like, as a checklist names a workload.
struct WorkloadName {
  std::string kind, name;

  std::string text() const { return kind + "/" + name; }
  std::string path(const std::string& name_space) const;  // where the API server keeps it
  // What Ownership asks for, as Check::kubernetes_paths().
  std::vector<std::string> owner_paths(const std::string& name_space) const;
};

// Whether it may stand in a path of the API: a DNS subdomain (RFC 1123), as Kubernetes demands.
bool is_object_name(std::string_view name);
// Reads KIND/NAME; reports a mistake at `setting` when it is neither that nor a kind we know.
WorkloadName read_workload_name(const Settings& settings, std::string_view setting);
// Reads a name that may stand in a path of the API; reports a mistake when it may not.
std::string read_name(const Settings& settings, std::string_view setting);
// Reads the text of a label selector; reports a mistake when it is none.
Selector read_selector(const Settings& settings, std::string_view setting);

// The server said that an object the checklist names does not exist: a finding, not an unknown.
class ObjectMissing : public std::runtime_error {
 public:
  explicit ObjectMissing(const std::string& subject);  // "Deployment authentik/web"
  Outcome outcome() const;                             // how a check ends then
};

// Knows which pods are a workload's, by the chain of controllers above them.
class Ownership {
 public:
  // Asks for the workload and, below a Deployment, its ReplicaSets. Throws ObjectMissing. The
  // client has to outlive it.
  Ownership(Kubernetes& kubernetes, const std::string& name_space, const WorkloadName& name,
            const Limits& limits);
  // The same for a workload that was already asked for.
  Ownership(Kubernetes& kubernetes, const Workload& workload, const WorkloadName& name,
            const Limits& limits);

  // Asks for the ReplicaSets once more where the pod may be of one that is younger than their
  // list: throws what the client throws.
  bool owns(const Pod& pod) const;

 private:
  struct ReplicaSets;
  std::optional<std::string> pod_name_;
  std::set<std::string> controllers_;          // uids
  std::shared_ptr<ReplicaSets> replica_sets_;  // of a Deployment
};

// Which pods a check is about: those of a workload, or those with certain labels.
struct PodQuery {
  std::string name_space;
  std::optional<WorkloadName> workload;  // else the selector
  Selector selector;

  std::string text() const;  // "deployment/web", "pods with app=web"
  // What find_pods() asks for, as Check::kubernetes_paths().
  std::vector<std::string> paths() const;
};

// Reads `workload` and `selector`, exactly one of which must be there.
PodQuery read_pod_query(const Settings& settings, std::string name_space);

struct QueriedPods {
  std::vector<Pod> live;
  std::vector<Pod> left_out;  // terminating or finished: they serve nothing any more
  // Whether another pod would be among them too, such as one younger than the list.
  std::function<bool(const Pod&)> includes;

  // Says of each pod left out that it was.
  void report_left_out(Findings& findings) const;
};

// Throws ObjectMissing when the workload does not exist.
QueriedPods find_pods(Kubernetes& kubernetes, const PodQuery& query, const Limits& limits);

// Adds the unknown that every check over pods ends in when there is not one live pod.
void report_no_pods(const PodQuery& query, Findings& findings);

std::vector<Pod> list_pods(Kubernetes& kubernetes, const std::string& name_space,
                           const std::string& label_selector, const Limits& limits);

// Throws ObjectMissing when there is no such Service.
Service find_service(Kubernetes& kubernetes, const std::string& name_space, const std::string& name,
                     const Limits& limits);

}  // namespace postflight
