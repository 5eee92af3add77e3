#include <fmt/format.h>

#include <algorithm>
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
extern constinit const CheckKind k8s_service_selector;

namespace {

constexpr Setting settings_of_selects[] = {workload_setting, selector_setting};

constexpr Setting settings_of_service_selector[] = {
    namespace_setting,
    {"service", SettingType::text, "name of the Service", true},
    {"must", SettingType::text_map, "pairs that the selector has"},
    {"must-not", SettingType::texts, "keys, or key=value pairs, that the selector has not"},
    {"may", SettingType::texts,
     "keys that the selector may have besides those of 'must'; any other is wrong"},
    {.name = "selects",
     .type = SettingType::object,
     .about = "whose live pods the selector matches: all of them and no other",
     .fields = settings_of_selects},
};

struct Wanted {
  std::string name_space, service;
  std::vector<std::pair<std::string, std::string>> must;
  std::vector<std::string> must_not;
  std::optional<std::vector<std::string>> may;
  std::optional<PodQuery> selects;
};

// How many pods there are of the intended workload, how many of them are selected, and how many
// pods are that are not of it.
struct Selected {
  std::size_t intended = 0, selected = 0, strangers = 0;
};

class ServiceSelector : public Check {
 public:
  explicit ServiceSelector(Wanted wanted)
      : wanted_(std::move(wanted)),
        subject_(fmt::format("service {}/{}", wanted_.name_space, wanted_.service)) {}

  std::vector<std::string> kubernetes_paths() const override {
    std::vector<std::string> paths{ApiResource{"v1", "services"}.list_path(wanted_.name_space) +
                                   "/" + wanted_.service};
    if (wanted_.selects) {
      append_to(paths, wanted_.selects->paths());
      paths.push_back(ApiResource{"v1", "pods"}.list_path(wanted_.name_space));
    }
    return paths;
  }

  Outcome run(const CheckContext& context) const override {
    auto& kubernetes = context.clients.kubernetes;
    const auto limits = limits_of(context);
    Findings findings;
    Service service;
    try {
      service = find_service(kubernetes, wanted_.name_space, wanted_.service, limits);
    } catch (const ObjectMissing& missing) {
      return missing.outcome();
    }
    if (service.type == "ExternalName" || service.selector.empty()) {
      const auto observed =
          service.selector.empty()
              ? std::string("it has no selector: it selects no pod")
              : "it is another name for " + service.external_name + ": its selector is not used";
      findings.add(Status::failed, subject_, "a selector", observed);
      return findings.outcome(fmt::format("the {} is wrong: {}", subject_, observed), 1);
    }
    judge_keys(service.selector, findings);
    Selected pods;
    if (wanted_.selects) {
      try {
        pods = judge_pods(kubernetes, service, limits, findings);
      } catch (const ObjectMissing& missing) {
        findings.add(Status::failed, missing.what(), "exists", "does not exist");
      }
    }
    return findings.outcome(summary(findings, service, pods), 1 + pods.intended + pods.strangers);
  }

 private:
  void judge_keys(const Labels& selector, Findings& findings) const {
    const auto subject = "selector of " + subject_;
    for (const auto& [key, value] : wanted_.must) {
      const auto found = selector.find(key);
      const bool right = found != selector.end() && found->second == value;
      findings.add(
          right ? Status::passed : Status::failed, subject, fmt::format("has {}={}", key, value),
          found == selector.end() ? "has no " + key : fmt::format("has {}={}", key, found->second));
    }
    for (const auto& unwanted : wanted_.must_not) {
      const auto equals = unwanted.find('=');
      const auto found = selector.find(unwanted.substr(0, equals));
      const bool wrong = found != selector.end() && (equals == std::string::npos ||
                                                     found->second == unwanted.substr(equals + 1));
      findings.add(wrong ? Status::failed : Status::passed, subject, "has not " + unwanted,
                   found == selector.end() ? "has no " + unwanted.substr(0, equals)
                                           : fmt::format("has {}={}", found->first, found->second));
    }
    if (wanted_.may) judge_other_keys(selector, subject, findings);
  }

  void judge_other_keys(const Labels& selector, const std::string& subject,
                        Findings& findings) const {
    std::vector<std::string> known = *wanted_.may;
    for (const auto& [key, value] : wanted_.must) known.push_back(key);
    const auto expected = fmt::format("no keys but {}", fmt::join(known, ", "));
    std::string others;
    for (const auto& [key, value] : selector)
      if (std::ranges::find(known, key) == known.end())
        others += fmt::format("{}{}={}", others.empty() ? "" : ", ", key, value);
    findings.add(others.empty() ? Status::passed : Status::failed, subject, expected,
                 others.empty() ? "no other keys" : "also has " + others);
  }

  // Judges by the labels and owners of each pod, so that a pod which came between the two lists is
  // neither missed nor called a stranger.
  Selected judge_pods(Kubernetes& kubernetes, const Service& service, const Limits& limits,
                      Findings& findings) const {
    const auto intended = find_pods(kubernetes, *wanted_.selects, limits);
    const auto selector = selector_of(service.selector);
    const auto whose = wanted_.selects->text();
    Selected pods{intended.live.size(), intended.live.size(), 0};
    if (intended.live.empty()) report_no_pods(*wanted_.selects, findings);
    for (const auto& pod : intended.live) {
      const auto lacks = lacking(selector, pod);
      if (!lacks.empty()) --pods.selected;
      findings.add(lacks.empty() ? Status::passed : Status::failed, subject_of(pod),
                   "selected: it is one of " + whose,
                   lacks.empty() ? "selected" : "not selected: it has not " + lacks);
    }
    intended.report_left_out(findings);
    for (const auto& pod : list_pods(kubernetes, wanted_.name_space, selector.text(), limits)) {
      if (!pod.live() || !selector.matches(pod.labels) || intended.includes(pod)) continue;
      ++pods.strangers;
      findings.add(Status::failed, subject_of(pod), "not selected: it is not one of " + whose,
                   pod.controller ? fmt::format("selected; it is owned by {}/{}",
                                                pod.controller->kind, pod.controller->name)
                                  : "selected; nothing owns it");
    }
    return pods;
  }

  std::string summary(const Findings& findings, const Service& service,
                      const Selected& pods) const {
    const auto whose = wanted_.selects ? wanted_.selects->text() : std::string();
    if (const auto* fact = findings.first(Status::failed)) {
      const auto why =
          fmt::format("{}: {}; expected: {}", fact->subject, fact->observed, fact->expected);
      if (pods.selected == pods.intended && pods.strangers == 0) return why;
      return fmt::format("the {} selects {} of the {} of {}{}: {}", subject_, pods.selected,
                         counted(pods.intended, "live pod"), whose,
                         pods.strangers == 0 ? "" : " and " + counted(pods.strangers, "other pod"),
                         why);
    }
    if (const auto* fact = findings.first(Status::errored)) return fact->observed;
    if (wanted_.selects)
      return fmt::format("the {} selects exactly the {} of {}", subject_,
                         counted(pods.intended, "live pod"), whose);
    return fmt::format("the {} selects by {}", subject_, selector_of(service.selector).text());
  }

  Wanted wanted_;
  std::string subject_;
};

std::unique_ptr<Check> create_service_selector(const Settings& settings) {
  Wanted wanted{read_name(settings, "namespace"),
                read_name(settings, "service"),
                settings.text_map("must"),
                settings.texts("must-not"),
                std::nullopt,
                std::nullopt};
  if (settings.has("may")) wanted.may = settings.texts("may");
  if (settings.has("selects"))
    wanted.selects = read_pod_query(settings.object("selects"), wanted.name_space);
  if (wanted.must.empty() && wanted.must_not.empty() && !wanted.may && !wanted.selects)
    settings.mistake("service",
                     "say what the selector must be: 'must', 'must-not', 'may' or 'selects'");
  for (const auto& [key, value] : wanted.must)
    for (const auto& unwanted : wanted.must_not)
      if (unwanted == key || unwanted == key + "=" + value)
        settings.mistake("must-not", fmt::format("'{}' is in 'must' too", unwanted));
  return std::make_unique<ServiceSelector>(std::move(wanted));
}

}  // namespace

constinit const CheckKind k8s_service_selector{
    "k8s.service-selector", "a Service's selector is right and selects exactly the intended pods",
    settings_of_service_selector, create_service_selector, true};

}  // namespace postflight
