#include "checks/support/rollout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "checks/support/limits.hpp"
#include "checks/support/list_of.hpp"
#include "checks/support/workloads.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind k8s_rollout;

namespace {

constexpr std::string_view all_kinds_of_workloads[] = {"deployment", "statefulset", "daemonset"};

constexpr Setting settings_of_rollout[] = {
    {"namespaces", SettingType::texts, "where to look; all namespaces when absent"},
    {"except-namespaces", SettingType::texts, "what is in these is not looked at"},
    {"workloads", SettingType::texts,
     "deployment/NAME, statefulset/NAME, daemonset/NAME in the one namespace given; all when "
     "absent"},
    {"one-image", SettingType::flag, "all pods run the images of the template", false, "true"},
    {"images", SettingType::text_map, "containers, and a pattern that the image of each matches"},
    {"no-restarts-since", SettingType::text,
     "no container restarted since then: a time (RFC 3339), or a duration before now"},
    {"no-oom-kills-since", SettingType::text,
     "no container was killed for want of memory since then: likewise"},
};

// A moment, or how long before now.
struct Since {
  std::optional<Moment> moment;
  std::optional<std::chrono::milliseconds> ago;

  std::optional<Moment> before(Moment now) const {
    if (ago) return now - *ago;
    return moment;
  }
};

Since read_since(const Settings& settings, std::string_view name) {
  Since since;
  if (!settings.has(name)) return since;
  const auto text = settings.text(name);
  since.ago = parse_duration(text);
  if (!since.ago) since.moment = parse_timestamp(text);
  if (!since.ago && !since.moment)
    settings.mistake(name, fmt::format("'{}' is neither a time such as 2026-11-23T20:00:00Z nor a "
                                       "duration such as 2h",
                                       text));
  return since;
}

struct Wanted {
  std::vector<std::string> namespaces;  // empty: all
  std::set<std::string> except_namespaces;
  std::vector<WorkloadName> workloads;
  bool one_image = true;
  std::vector<std::pair<std::string, Pattern>> images;
  Since restarts, kills;

  bool looks_at_pods() const {
    return one_image || restarts.ago || restarts.moment || kills.ago || kills.moment;
  }
};

class Rollout : public Check {
 public:
  explicit Rollout(Wanted wanted) : wanted_(std::move(wanted)) {
    if (wanted_.namespaces.empty()) add_lists("");
    for (const auto& name_space : wanted_.namespaces) add_lists(name_space);
  }

  std::vector<const ListUse*> lists() const override {
    std::vector<const ListUse*> all;
    for (const auto& list : workloads_) all.push_back(list.get());
    for (const auto& list : sets_) all.push_back(list.get());
    for (const auto& list : pods_) all.push_back(list.get());
    return all;
  }

  Outcome run(const CheckContext& context) const override {
    const auto workloads = read_all(workloads_, context);
    const auto sets = read_all(sets_, context);
    const auto pods = read_all(pods_, context);
    RolloutParts parts;
    for (const auto& list : workloads)
      for (const auto& workload : list->all)
        if (is_asked_about(workload)) parts.workloads.push_back(&workload);
    for (const auto& list : sets) parts.sets.push_back(list.get());
    for (const auto& list : pods) parts.pods.push_back(list.get());
    Findings findings;
    report_missing(parts.workloads, findings);
    judge_rollouts(parts, rules_at(context.today), findings);
    return findings.outcome(summary(findings, parts.workloads.size()), parts.workloads.size());
  }

 private:
  template <typename Gathered>
  using Lists = std::vector<std::unique_ptr<ListOf<Gathered>>>;

  template <typename Gathered>
  static std::vector<std::shared_ptr<const Gathered>> read_all(const Lists<Gathered>& lists,
                                                               const CheckContext& context) {
    std::vector<std::shared_ptr<const Gathered>> all;
    for (const auto& list : lists) all.push_back(list->read(context));
    return all;
  }

  void add_lists(const std::string& name_space) {
    for (const auto kind : all_kinds_of_workloads) {
      if (!is_kind_asked_about(kind)) continue;
      workloads_.push_back(std::make_unique<ListOf<Workloads>>(
          ApiResource{"apps/v1", std::string(kind) + "s"}, name_space,
          [kind, excepted = wanted_.except_namespaces](Workloads& workloads,
                                                       const JsonReader& object) {
            if (!excepted.contains(object.map("metadata").text("namespace")))
              gather_workload(workloads, kind, object);
          }));
    }
    if (is_kind_asked_about("deployment"))
      sets_.push_back(std::make_unique<ListOf<ReplicaSets>>(ApiResource{"apps/v1", "replicasets"},
                                                            name_space, gather_replica_set));
    if (wanted_.looks_at_pods())
      pods_.push_back(std::make_unique<ListOf<PodsByController>>(ApiResource{"v1", "pods"},
                                                                 name_space, gather_pod));
  }

  bool is_kind_asked_about(std::string_view kind) const {
    return wanted_.workloads.empty() ||
           std::ranges::find(wanted_.workloads, kind, &WorkloadName::kind) !=
               wanted_.workloads.end();
  }

  bool is_asked_about(const RolledOut& workload) const {
    return wanted_.workloads.empty() ||
           std::ranges::any_of(wanted_.workloads, [&](const WorkloadName& name) {
             return name.kind == workload.kind && name.name == workload.name();
           });
  }

  void report_missing(const std::vector<const RolledOut*>& found, Findings& findings) const {
    for (const auto& name : wanted_.workloads) {
      const bool exists = std::ranges::any_of(found, [&](const RolledOut* workload) {
        return name.kind == workload->kind && name.name == workload->name();
      });
      findings.add(exists ? Status::passed : Status::failed,
                   fmt::format("{} {}/{}", name.kind, wanted_.namespaces.front(), name.name),
                   "exists", exists ? "it does" : "it does not exist");
    }
  }

  RolloutRules rules_at(Moment now) const {
    return {wanted_.one_image, wanted_.images, wanted_.restarts.before(now),
            wanted_.kills.before(now)};
  }

  static std::string summary(const Findings& findings, std::size_t count) {
    const auto status = findings.status();
    if (count == 0 && status != Status::failed) return "there are no workloads";
    if (status == Status::passed) return fmt::format("{}: rolled out", counted(count, "workload"));
    const Evidence* first = nullptr;
    std::size_t more = 0;
    for (const auto& fact : findings.all()) {
      if (fact.status != status || fact.subject.starts_with("all ")) continue;
      if (first == nullptr)
        first = &fact;
      else
        ++more;
    }
    if (first == nullptr) return "it cannot be told";
    return fmt::format("{}: {}{}", first->subject, first->observed,
                       more == 0 ? "" : fmt::format(" (and {} more)", more));
  }

  const Wanted wanted_;
  Lists<Workloads> workloads_;
  Lists<ReplicaSets> sets_;
  Lists<PodsByController> pods_;
};

std::unique_ptr<Check> create_rollout(const Settings& settings) {
  Wanted wanted;
  wanted.namespaces = settings.texts("namespaces");
  const auto excepted = settings.texts("except-namespaces");
  wanted.except_namespaces = {excepted.begin(), excepted.end()};
  for (const auto& text : settings.texts("workloads")) {
    const auto slash = text.find('/');
    const auto kind = text.substr(0, slash);
    if (slash == std::string::npos || slash + 1 == text.size() ||
        std::ranges::find(all_kinds_of_workloads, std::string_view(kind)) ==
            std::end(all_kinds_of_workloads))
      settings.mistake("workloads", fmt::format("'{}' is not deployment/NAME, statefulset/NAME or "
                                                "daemonset/NAME",
                                                text));
    else
      wanted.workloads.push_back({kind, text.substr(slash + 1)});
  }
  if (settings.has("workloads") && wanted.namespaces.size() != 1)
    settings.mistake("workloads", "'workloads' needs 'namespaces' with the one that they are in");
  if (!wanted.namespaces.empty() && !wanted.except_namespaces.empty())
    settings.mistake("except-namespaces", "say either 'namespaces' or 'except-namespaces'");
  wanted.one_image = settings.flag("one-image");
  if (settings.has("images")) {
    wanted.images = read_patterns(settings, "images");
    if (!settings.has("workloads"))
      settings.mistake("images", "'images' needs 'workloads': whose they are");
  }
  wanted.restarts = read_since(settings, "no-restarts-since");
  wanted.kills = read_since(settings, "no-oom-kills-since");
  return std::make_unique<Rollout>(std::move(wanted));
}

}  // namespace

constinit const CheckKind k8s_rollout{
    "k8s.rollout", "Deployments, StatefulSets and DaemonSets are really rolled out",
    settings_of_rollout, create_rollout, true};

}  // namespace postflight
