#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/support/findings.hpp"
#include "checks/support/joined_texts.hpp"
#include "checks/support/json_reader.hpp"
#include "checks/support/pattern.hpp"

namespace postflight {

using Images = std::vector<std::pair<std::string, std::string>>;  // container, image; in order

// What many objects have alike is kept once.
class SharedImages {
 public:
  SharedImages() = default;
  SharedImages(const SharedImages&) = delete;  // pointers into it would point into the other
  SharedImages& operator=(const SharedImages&) = delete;
  // Lives as long as this.
  const Images* keep(Images images) { return &*kept_.insert(std::move(images)).first; }

 private:
  std::set<Images> kept_;
};

// What a rollout is judged by, of a Deployment, StatefulSet or DaemonSet.
struct RolledOut {
  std::string_view kind;                   // "deployment"; a constant
  std::optional<std::int64_t> generation;  // of its specification
  std::int64_t observed_generation = 0;
  std::int64_t desired = 0, updated = 0, ready = 0, available = 0, existing = 0;
  bool has_partition = false;  // a StatefulSet that is updated in part, on purpose
  bool is_paused = false;
  const Images* images = nullptr;  // of the template
  JoinedTexts<5> texts;            // those below

  std::string_view name_space() const { return texts[0]; }
  std::string_view name() const { return texts[1]; }
  std::string_view uid() const { return texts[2]; }
  std::string_view revision() const { return texts[3]; }  // of a Deployment; may be empty
  // Why the controller makes no progress; empty when it does.
  std::string_view trouble() const { return texts[4]; }
  std::string subject() const;
};

// A ReplicaSet that has pods.
struct ServingReplicaSet {
  std::int64_t replicas = 0;
  JoinedTexts<4> texts;

  std::string_view name() const { return texts[0]; }
  std::string_view uid() const { return texts[1]; }
  std::string_view owner_uid() const { return texts[2]; }
  std::string_view revision() const { return texts[3]; }
};

struct Restart {
  std::string subject, container, reason;
  std::int64_t count = 0;
  std::optional<Moment> ended;  // of the instance before
};

// What the pods of one controller (a ReplicaSet, StatefulSet, DaemonSet) are like.
struct ControlledPods {
  std::size_t count = 0;
  std::vector<std::pair<const Images*, std::size_t>> images;  // and how many pods run them
  std::vector<Restart> restarts;

  void note_images(const Images* of_pods, std::size_t pods);
};

// Of one list each: what is left of tens of thousands of objects, so they are judged where they
// are, and kept where no room is left over and none are moved to make some.
struct Workloads {
  std::deque<RolledOut> all;
  SharedImages images;
  void append(Workloads&& following);
};
using ReplicaSets = std::deque<ServingReplicaSet>;
struct PodsByController {
  std::map<std::string, ControlledPods> groups;  // by the controller's uid
  SharedImages images;
  void append(PodsByController&& following);
};

// `kind` is "deployment", "statefulset" or "daemonset", and outlives what is gathered.
void gather_workload(Workloads& workloads, std::string_view kind, const JsonReader& object);
void gather_replica_set(ReplicaSets& sets, const JsonReader& object);
void gather_pod(PodsByController& pods, const JsonReader& object);

struct RolloutRules {
  bool one_image = true;
  std::vector<std::pair<std::string, Pattern>> images;  // wanted, by container
  std::optional<Moment> no_restarts_since, no_oom_kills_since;
};

// Of all lists.
struct RolloutParts {
  std::vector<const RolledOut*> workloads;
  std::vector<const ReplicaSets*> sets;
  std::vector<const PodsByController*> pods;
};

// Judges by what was read alone. One fact for each rule over all workloads, and one for each
// workload or pod that breaks it.
void judge_rollouts(const RolloutParts& parts, const RolloutRules& rules, Findings& findings);

}  // namespace postflight
