#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "checks/support/api_resource.hpp"
#include "checks/support/concurrently.hpp"
#include "checks/support/container_log.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/log_rule.hpp"
#include "checks/support/workloads.hpp"
#include "clients/clients.hpp"
#include "runner/check.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind k8s_pod_logs;

namespace {

constexpr Setting settings_of_pod_logs[] = {
    namespace_setting,
    workload_setting,
    selector_setting,
    {"container", SettingType::text, "only this container of each pod, instead of every one"},
    {"since", SettingType::duration,
     "look only this far back, instead of to the start of the container; a rule's own wins"},
    {"previous", SettingType::flag,
     "look at the instance before this one too, where a container was restarted", false, "false"},
    {"start-slack", SettingType::duration,
     "how late a log's first line may be and still prove that the log is whole", false, "10s"},
    {.name = "rules",
     .type = SettingType::objects,
     .about = "what the log of each container must and must not say",
     .required = true,
     .fields = log_rule_settings},
};

struct Wanted {
  PodQuery pods;
  std::string container;  // empty means every one
  LogScope scope;
  std::vector<LogRule> rules;
};

// One container of one pod, whose log is to be read.
struct Source {
  const Pod* pod = nullptr;
  std::string container;

  std::string subject() const {
    return fmt::format("{}, container {}", subject_of(*pod), container);
  }
};

class PodLogs : public Check {
 public:
  explicit PodLogs(Wanted wanted) : wanted_(std::move(wanted)) {}

  std::vector<std::string> kubernetes_paths() const override {
    const auto pods = ApiResource{"v1", "pods"}.list_path(wanted_.pods.name_space);
    auto paths = wanted_.pods.paths();
    paths.push_back(pods + "/*");  // as it is after its log was read
    paths.push_back(pods + "/*/log");
    return paths;
  }

  Outcome run(const CheckContext& context) const override {
    auto& kubernetes = context.clients.kubernetes;
    const auto limits = limits_of(context);
    QueriedPods pods;
    try {
      pods = find_pods(kubernetes, wanted_.pods, limits);
    } catch (const ObjectMissing& missing) {
      return missing.outcome();
    }
    Findings findings;
    if (pods.live.empty()) report_no_pods(wanted_.pods, findings);
    const auto sources = sources_of(pods.live);
    // Judged where it is read, so that no more logs are held than are read at once.
    const auto attempts = concurrently(sources.size(), [&](std::size_t index) {
      return judge(sources[index],
                   read_log_history(kubernetes, *sources[index].pod, sources[index].container,
                                    wanted_.scope, limits),
                   context.today);
    });
    std::size_t examined = 0;
    for (std::size_t index = 0; index < sources.size(); ++index) {
      if (attempts[index].value) {
        findings.add_all(*attempts[index].value);
        ++examined;
      } else {
        findings.add_unknown(sources[index].subject(), "a log that can be read",
                             attempts[index].error);
      }
    }
    pods.report_left_out(findings);
    return findings.outcome(summary(findings, examined, pods.live.size()), examined);
  }

 private:
  std::vector<Source> sources_of(const std::vector<Pod>& pods) const {
    std::vector<Source> sources;
    for (const auto& pod : pods) {
      if (!wanted_.container.empty()) {
        sources.push_back({&pod, wanted_.container});
        continue;
      }
      for (const auto& container : pod.containers) sources.push_back({&pod, container.name});
    }
    return sources;
  }

  Findings judge(const Source& source, const LogHistory& history, Moment now) const {
    Findings findings;
    for (const auto& rule : wanted_.rules)
      judge_log(rule, history, now, fmt::format("{}: {}", source.subject(), rule.name), findings);
    return findings;
  }

  std::string summary(const Findings& findings, std::size_t containers, std::size_t pods) const {
    for (const auto status : {Status::failed, Status::errored})
      if (const auto* fact = findings.first(status)) {
        const auto more = findings.count(status) - 1;
        return fmt::format("{}: {}{}", fact->subject, fact->observed,
                           more == 0 ? "" : fmt::format(" (and {} more)", more));
      }
    return fmt::format("{} in {} of {} say what they should: {}", counted(containers, "log"),
                       counted(pods, "pod"), wanted_.pods.text(), rule_names());
  }

  std::string rule_names() const {
    std::string names;
    for (const auto& rule : wanted_.rules) names += (names.empty() ? "" : "; ") + rule.name;
    return names;
  }

  Wanted wanted_;
};

std::unique_ptr<Check> create_pod_logs(const Settings& settings) {
  Wanted wanted{read_pod_query(settings, read_name(settings, "namespace")),
                read_name(settings, "container"),
                {settings.flag("previous"), settings.duration("start-slack")},
                {}};
  const auto since = settings.optional_duration("since");
  for (const auto& rule : settings.objects("rules"))
    wanted.rules.push_back(read_log_rule(rule, since));
  if (settings.has("rules") && wanted.rules.empty())
    settings.mistake("rules", "'rules' is empty: say what the logs must say");
  return std::make_unique<PodLogs>(std::move(wanted));
}

}  // namespace

constinit const CheckKind k8s_pod_logs{
    "k8s.pod-logs", "the log of every pod and container says what it must, and nothing it must not",
    settings_of_pod_logs, create_pod_logs, true};

}  // namespace postflight
