#include "checks/support/rollout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>

#include "checks/support/text.hpp"
#include "text/counted.hpp"

namespace postflight {
namespace {

std::int64_t count_in(const JsonReader& map, const char* field) {
  return map.integer(field).value_or(0);  // the API leaves out a zero
}

std::optional<std::string> controller_uid(const JsonReader& metadata) {
  for (const auto& reference : metadata.maps("ownerReferences"))
    if (reference.flag("controller").value_or(false)) return reference.required_text("uid");
  return std::nullopt;
}

Images images_of(const JsonReader& pod_spec) {
  Images images;
  for (const auto& container : pod_spec.maps("containers"))
    images.emplace_back(container.required_text("name"), container.text("image"));
  std::ranges::sort(images);
  images.shrink_to_fit();
  return images;
}

constexpr const char* revision_annotation = "deployment.kubernetes.io/revision";

std::string revision_of(const JsonReader& metadata) {
  return metadata.map("annotations").text(revision_annotation);
}

// These return what is wrong with the controller's progress, if anything.
std::string read_deployment(RolledOut& workload, const JsonReader& object) {
  std::string trouble;
  const auto spec = object.map("spec"), status = object.map("status");
  workload.desired = spec.integer("replicas").value_or(1);
  workload.updated = count_in(status, "updatedReplicas");
  workload.ready = count_in(status, "readyReplicas");
  workload.available = count_in(status, "availableReplicas");
  workload.existing = count_in(status, "replicas");
  workload.is_paused = spec.flag("paused").value_or(false);
  for (const auto& condition : status.maps("conditions")) {
    const auto type = condition.text("type"), is = condition.text("status");
    const auto reason = condition.text("reason");
    // Of a paused Deployment, and of one that was, the controller does not know.
    const bool is_held =
        is == "Unknown" && (reason == "DeploymentPaused" || reason == "DeploymentResumed");
    const bool stuck = type == "Progressing" && is != "True" && !is_held;
    const bool failing = type == "ReplicaFailure" && is != "False";
    if (stuck || failing)
      trouble =
          fmt::format("{} is {}: {}: {}", type, is, reason, excerpt(condition.text("message")));
  }
  return trouble;
}

std::string read_stateful_set(RolledOut& workload, const JsonReader& object) {
  const auto spec = object.map("spec"), status = object.map("status");
  workload.desired = spec.integer("replicas").value_or(1);
  workload.updated = count_in(status, "updatedReplicas");
  workload.ready = count_in(status, "readyReplicas");
  workload.available = count_in(status, "availableReplicas");
  workload.existing = count_in(status, "replicas");
  const auto rolling = spec.map("updateStrategy").map("rollingUpdate");
  workload.has_partition = count_in(rolling, "partition") > 0;
  return {};
}

std::string read_daemon_set(RolledOut& workload, const JsonReader& object) {
  const auto status = object.map("status");
  // Required by the API: without it nothing is known.
  const auto desired = status.integer("desiredNumberScheduled");
  if (!desired)
    throw CannotTell("unreadable", object.object() + ": status.desiredNumberScheduled is missing");
  workload.desired = *desired;
  workload.updated = count_in(status, "updatedNumberScheduled");
  workload.ready = count_in(status, "numberReady");
  workload.available = count_in(status, "numberAvailable");
  workload.existing = count_in(status, "currentNumberScheduled");
  if (const auto misplaced = count_in(status, "numberMisscheduled"); misplaced > 0)
    return fmt::format("{} run where none should",
                       counted(static_cast<std::size_t>(misplaced), "pod"));
  return {};
}

// The facts of one rule: those that break it, and one over all that were held to it.
class RuleFacts {
 public:
  RuleFacts(Findings& findings, std::string expected, std::string what)
      : findings_(findings), expected_(std::move(expected)), what_(std::move(what)) {}

  void good() { ++held_; }
  void bad(Status status, const std::string& subject, const std::string& observed) {
    note(status);
    own_.add(status, subject, expected_, observed);
  }
  void unknown(const std::string& subject, const std::string& reason, const std::string& why) {
    note(Status::errored);
    own_.add_unknown(subject, expected_, reason, why);
  }
  // For a rule that was asked for: what nothing was held to is not kept.
  void must_hold_some() {
    if (held_ == 0)
      findings_.add_unknown("the pods of these workloads", expected_, "nothing-examined",
                            "there is no pod to look at");
  }
  void close() {
    if (held_ == 0) return;
    findings_.add(broken_ == 0 ? Status::passed : worst_, what_, expected_,
                  fmt::format("{} of {}", held_ - broken_, held_));
    findings_.add_all(own_);
  }

 private:
  void note(Status status) {
    ++held_;
    ++broken_;
    const Evidence both[] = {{"", "", "", status}, {"", "", "", worst_}};
    worst_ = worst_of(both);
  }

  Findings& findings_;
  const std::string expected_, what_;
  Findings own_;
  std::size_t held_ = 0, broken_ = 0;
  Status worst_ = Status::passed;
};

std::string replicas_text(const RolledOut& workload) {
  return fmt::format("{} wanted: {} there, {} updated, {} ready, {} available", workload.desired,
                     workload.existing, workload.updated, workload.ready, workload.available);
}

bool has_all_replicas(const RolledOut& workload) {
  const auto wanted = workload.desired;
  const bool updated = workload.has_partition || workload.updated == wanted;
  return updated && workload.ready == wanted && workload.available == wanted &&
         workload.existing == wanted;
}

using Sets = std::vector<const ServingReplicaSet*>;

// All ReplicaSets, those of one owner beside each other.
Sets by_owner(const std::vector<const ReplicaSets*>& lists) {
  Sets sets;
  for (const auto* list : lists)
    for (const auto& set : *list) sets.push_back(&set);
  std::ranges::stable_sort(sets, {}, &ServingReplicaSet::owner_uid);
  return sets;
}

// `sets` are those of the Deployment that have pods. Its controller writes the revision of the
// newest onto the Deployment.
template <typename SetsOfOne>
void judge_serving_sets(const RolledOut& deployment, const SetsOfOne& sets, RuleFacts& facts) {
  const auto subject = deployment.subject();
  if (sets.empty()) {
    if (deployment.ready > 0)
      facts.unknown(subject, "contradiction",
                    "its status tells of ready pods, and no ReplicaSet of it has any");
    else
      facts.good();
    return;
  }
  if (deployment.revision().empty()) {
    facts.unknown(
        subject, "unreadable",
        fmt::format("the annotation {} is missing: which ReplicaSet is the newest is not known",
                    revision_annotation));
    return;
  }
  bool old = false;
  for (const auto* set : sets) {
    if (set->revision() == deployment.revision()) continue;
    old = true;
    facts.bad(Status::failed, subject,
              fmt::format("ReplicaSet {} of revision {} still has {}", set->name(),
                          set->revision().empty() ? "unknown" : set->revision(),
                          counted(static_cast<std::size_t>(set->replicas), "pod")));
  }
  if (!old) facts.good();
}

// The pods of a workload, by what controls them: itself, or the ReplicaSets of a Deployment.
template <typename SetsOfOne>
std::vector<const ControlledPods*> pods_of(const RolledOut& workload, const SetsOfOne& sets,
                                           const std::vector<const PodsByController*>& lists) {
  std::vector<const ControlledPods*> all;
  const auto add = [&](const std::string& uid) {
    for (const auto* list : lists)
      if (const auto found = list->groups.find(uid); found != list->groups.end())
        all.push_back(&found->second);
  };
  add(std::string(workload.uid()));
  for (const auto* set : sets) add(std::string(set->uid()));
  return all;
}

void judge_images(const RolledOut& workload, const std::vector<const ControlledPods*>& pods,
                  RuleFacts& facts) {
  std::map<std::string, std::map<std::string, std::size_t>> images;
  for (const auto* group : pods)
    for (const auto& [of_pods, count] : group->images)
      for (const auto& [container, image] : *of_pods) images[container][image] += count;
  bool good = true;
  for (const auto& [container, wanted] : *workload.images) {
    const auto found = images.find(container);
    if (found == images.end()) continue;  // no pods
    std::string text;
    for (const auto& [image, count] : found->second)
      if (image != wanted)
        text += fmt::format("{}{} runs {}", text.empty() ? "" : ", ", counted(count, "pod"),
                            excerpt(image, 120));
    if (text.empty()) continue;
    good = false;
    facts.bad(Status::failed, workload.subject(),
              fmt::format("{} is to be {}, but {}", container, excerpt(wanted, 120), text));
  }
  if (good && !images.empty()) facts.good();
}

// What a status tells of and a list does not have: one of the two is not to be believed.
bool has_its_pods(const RolledOut& workload, const std::vector<const ControlledPods*>& pods,
                  RuleFacts& facts) {
  std::size_t count = 0;
  for (const auto* group : pods) count += group->count;
  if (static_cast<std::int64_t>(count) >= workload.ready) return true;
  facts.unknown(workload.subject(), "contradiction",
                fmt::format("its status tells of {}, and {} there",
                            counted(static_cast<std::size_t>(workload.ready), "ready pod"),
                            count == 0 ? "none is" : fmt::format("only {} are", count)));
  return false;
}

void judge_wanted_images(const RolledOut& workload, const RolloutRules& rules, Findings& findings) {
  for (const auto& [container, pattern] : rules.images) {
    const auto expected =
        fmt::format("{} runs an image that matches {}", container, pattern.text());
    const auto found = std::ranges::find(*workload.images, container, &Images::value_type::first);
    if (found == workload.images->end())
      findings.add(Status::failed, workload.subject(), expected,
                   fmt::format("it has no container {}", container));
    else
      findings.add(pattern.found_in(found->second) ? Status::passed : Status::failed,
                   workload.subject(), expected, excerpt(found->second, 160));
  }
}

// Whether that restart, or one before it, is one of those looked for. Nothing when the pod does not
// say: of several it keeps the last alone.
using Counts = std::function<std::optional<bool>(const Restart&)>;

void judge_restarts(const std::vector<const ControlledPods*>& pods, const Counts& counts,
                    RuleFacts& facts) {
  for (const auto* group : pods) {
    std::size_t told = 0;
    for (const auto& restart : group->restarts) {
      const auto is_one = counts(restart);
      if (is_one && !*is_one) continue;
      ++told;
      const auto times = counted(static_cast<std::size_t>(restart.count), "time");
      if (is_one)
        facts.bad(Status::failed, restart.subject,
                  fmt::format("{} restarted {}, last at {}: {}", restart.container, times,
                              format_timestamp(*restart.ended),
                              restart.reason.empty() ? "no reason given" : restart.reason));
      else
        facts.unknown(
            restart.subject, "not-kept",
            fmt::format("{} restarted {}, and it is not kept when and why{}", restart.container,
                        times, restart.ended ? ", but of the last time" : ""));
    }
    for (auto good = group->count - std::min(told, group->count); good > 0; --good) facts.good();
  }
}

Counts restarted_since(Moment since, std::string_view reason) {
  return [=](const Restart& restart) -> std::optional<bool> {
    if (!restart.ended) return std::nullopt;
    if (*restart.ended < since) return false;
    if (reason.empty() || restart.reason == reason) return true;
    return restart.count > 1 ? std::nullopt : std::optional(false);
  };
}

}  // namespace

std::string RolledOut::subject() const {
  return fmt::format("{} {}/{}", kind, name_space(), name());
}

void Workloads::append(Workloads&& following) {
  for (auto& workload : following.all) {
    workload.images = images.keep(*workload.images);
    all.push_back(std::move(workload));
  }
}

void ControlledPods::note_images(const Images* of_pods, std::size_t pods) {
  const auto known =
      std::ranges::find(images, of_pods, &std::pair<const Images*, std::size_t>::first);
  if (known == images.end())
    images.emplace_back(of_pods, pods);
  else
    known->second += pods;
}

void PodsByController::append(PodsByController&& following) {
  for (auto& [uid, more] : following.groups) {
    auto& group = groups[uid];
    group.count += more.count;
    for (const auto& [of_pods, pods] : more.images) group.note_images(images.keep(*of_pods), pods);
    std::ranges::move(more.restarts, std::back_inserter(group.restarts));
  }
}

void gather_workload(Workloads& workloads, std::string_view kind, const JsonReader& object) {
  const auto metadata = object.map("metadata"), spec = object.map("spec");
  RolledOut workload;
  workload.kind = kind;
  workload.generation = metadata.integer("generation");
  workload.observed_generation = count_in(object.map("status"), "observedGeneration");
  workload.images = workloads.images.keep(images_of(spec.map("template").map("spec")));
  const bool is_deployment = kind == "deployment";
  const auto trouble = is_deployment           ? read_deployment(workload, object)
                       : kind == "statefulset" ? read_stateful_set(workload, object)
                                               : read_daemon_set(workload, object);
  workload.texts = JoinedTexts<5>({metadata.required_text("namespace"),
                                   metadata.required_text("name"), metadata.required_text("uid"),
                                   is_deployment ? revision_of(metadata) : "", trouble});
  workloads.all.push_back(std::move(workload));
}

void gather_replica_set(ReplicaSets& sets, const JsonReader& object) {
  const auto metadata = object.map("metadata");
  const auto replicas = count_in(object.map("status"), "replicas");
  const auto owner = controller_uid(metadata);
  if (replicas == 0 || !owner) return;
  sets.push_back(
      {replicas, JoinedTexts<4>({metadata.required_text("name"), metadata.required_text("uid"),
                                 *owner, revision_of(metadata)})});
}

void gather_pod(PodsByController& pods, const JsonReader& object) {
  const auto metadata = object.map("metadata");
  const auto owner = controller_uid(metadata);
  const auto status = object.map("status");
  const auto phase = status.text("phase");
  const bool serves =
      phase != "Succeeded" && phase != "Failed" && !metadata.has("deletionTimestamp");
  if (!owner || !serves) return;
  auto& group = pods.groups[*owner];
  ++group.count;
  group.note_images(pods.images.keep(images_of(object.map("spec"))), 1);
  for (const auto* list : {"containerStatuses", "initContainerStatuses"})
    for (const auto& container : status.maps(list)) {
      const auto count = count_in(container, "restartCount");
      if (count == 0) continue;
      const auto ended = container.map("lastState").map("terminated");
      group.restarts.push_back({object.object(), container.text("name"), ended.text("reason"),
                                count, ended.timestamp("finishedAt")});
    }
}

void judge_rollouts(const RolloutParts& parts, const RolloutRules& rules, Findings& findings) {
  const std::string all = "all workloads";
  RuleFacts seen(findings, "its controller has seen its newest specification", all);
  RuleFacts replicas(findings, "all its replicas are updated, ready and available", all);
  RuleFacts progress(findings, "its controller makes progress", all);
  RuleFacts serving(findings, "no pod of an older ReplicaSet is left", all);
  RuleFacts paused(findings, "its rollout is not paused", all);
  RuleFacts images(findings, "all its pods run the images of its template", all);
  RuleFacts restarts(findings, "no container restarted since then", "all pods of workloads");
  RuleFacts kills(findings, "no container was killed for want of memory since then",
                  "all pods of workloads");
  const auto sets = by_owner(parts.sets);
  for (const auto* one : parts.workloads) {
    const auto& workload = *one;
    const auto subject = workload.subject();
    const auto own_sets =
        std::ranges::equal_range(sets, workload.uid(), {}, &ServingReplicaSet::owner_uid);
    if (!workload.generation)
      seen.unknown(subject, "unreadable", "metadata.generation is missing");
    else if (workload.observed_generation >= *workload.generation)
      seen.good();
    else
      seen.bad(Status::failed, subject,
               fmt::format("it has seen generation {} of {}", workload.observed_generation,
                           *workload.generation));
    if (has_all_replicas(workload))
      replicas.good();
    else
      replicas.bad(Status::failed, subject, replicas_text(workload));
    if (workload.trouble().empty())
      progress.good();
    else
      progress.bad(Status::failed, subject, std::string(workload.trouble()));
    if (workload.is_paused)
      paused.bad(Status::warned, subject, "it is paused");
    else
      paused.good();
    if (workload.kind == "deployment") judge_serving_sets(workload, own_sets, serving);
    const auto own = pods_of(workload, own_sets, parts.pods);
    // One that is updated in part on purpose runs both images.
    if (rules.one_image && !workload.has_partition && has_its_pods(workload, own, images))
      judge_images(workload, own, images);
    judge_wanted_images(workload, rules, findings);
    if (rules.no_restarts_since && has_its_pods(workload, own, restarts))
      judge_restarts(own, restarted_since(*rules.no_restarts_since, ""), restarts);
    if (rules.no_oom_kills_since && has_its_pods(workload, own, kills))
      judge_restarts(own, restarted_since(*rules.no_oom_kills_since, "OOMKilled"), kills);
  }
  if (rules.no_restarts_since && !parts.workloads.empty()) restarts.must_hold_some();
  if (rules.no_oom_kills_since && !parts.workloads.empty()) kills.must_hold_some();
  for (auto* rule : {&seen, &replicas, &progress, &serving, &paused, &images, &restarts, &kills})
    rule->close();
}

}  // namespace postflight
