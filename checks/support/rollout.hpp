#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checks/support/findings.hpp"
#include "checks/support/json_reader.hpp"
#include "checks/support/pattern.hpp"

namespace postflight {

// What a rollout is judged by, of a Deployment, StatefulSet or DaemonSet.
struct RolledOut {
  std::string kind, name_space, name, uid;  // kind: "deployment"
  std::int64_t generation = 0, observed_generation = 0;
  std::int64_t desired = 0, updated = 0, ready = 0, available = 0, existing = 0;
  bool has_partition = false;  // a StatefulSet that is updated in part, on purpose
  bool is_paused = false;
  std::string trouble;   // why the controller makes no progress; empty when it does
  std::string revision;  // of a Deployment
  std::map<std::string, std::string> images;  // of the template, by container

  std::string subject() const { return kind + " " + name_space + "/" + name; }
};

// A ReplicaSet that has pods.
struct ServingReplicaSet {
  std::string name, uid, owner_uid, revision;
  std::int64_t replicas = 0;
};

struct Restart {
  std::string subject, container, reason;
  std::int64_t count = 0;
  std::optional<Moment> ended;  // of the instance before
};

// What the pods of one controller (a ReplicaSet, StatefulSet, DaemonSet) are like.
struct ControlledPods {
  std::size_t count = 0;
  std::map<std::string, std::map<std::string, std::size_t>> images;  // container, image, pods
  std::vector<Restart> restarts;
};

using Workloads = std::vector<RolledOut>;
using ReplicaSets = std::vector<ServingReplicaSet>;
using PodsByController = std::map<std::string, ControlledPods>;  // by the controller's uid

// `kind` is "deployment", "statefulset" or "daemonset".
RolledOut read_rolled_out(const std::string& kind, const JsonReader& object);
void gather_replica_set(ReplicaSets& sets, const JsonReader& object);
void gather_pod(PodsByController& pods, const JsonReader& object);

struct RolloutRules {
  bool one_image = true;
  std::vector<std::pair<std::string, Pattern>> images;  // wanted, by container
  std::optional<Moment> no_restarts_since, no_oom_kills_since;
};

// Judges by what was read alone. One fact for each rule over all workloads, and one for each
// workload or pod that breaks it.
void judge_rollouts(const Workloads& workloads, const ReplicaSets& sets,
                    const PodsByController& pods, const RolloutRules& rules, Findings& findings);

}  // namespace postflight
