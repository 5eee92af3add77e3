#include <fmt/format.h>

#include "checks/support/prometheus_source.hpp"
#include "checks/support/rules_judge.hpp"

namespace postflight {
extern constinit const CheckKind prometheus_rules;

namespace {

constexpr Setting settings_of_rules[] = {
    prometheus_url_setting,
    prometheus_service_setting,
    headers_setting,
    resolve_setting,
    ca_file_setting,
    client_certificate_setting,
    client_key_setting,
    insecure_setting,
    {"alerts", SettingType::texts, "names of alerting rules that are loaded and evaluated"},
    {"records", SettingType::texts, "names of recording rules that are loaded and evaluated"},
    {"groups", SettingType::texts,
     "groups that are loaded, with all their rules. Without any of these three, all rules"},
    {"min-rules", SettingType::integer, "how many such rules at least", false, "1"},
    {"max-age", SettingType::duration,
     "how long ago a rule may last have been evaluated; three intervals of its group and a minute "
     "when absent"},
};

class RulesCheck : public Check {
 public:
  RulesCheck(PrometheusSource source, RulesWanted wanted)
      : source_(std::move(source)), wanted_(std::move(wanted)) {}

  std::vector<std::string> kubernetes_paths() const override { return source_.kubernetes_paths(); }

  Outcome run(const CheckContext& context) const override {
    const std::string path = "/api/v1/rules";
    const auto text = source_.get(path, {}, context);
    auto outcome = judge_rules(wanted_, read_rules(text, source_.question(path)), context.today);
    tell_unverified(source_.request(), outcome);
    return outcome;
  }

 private:
  PrometheusSource source_;
  RulesWanted wanted_;
};

std::unique_ptr<Check> create_rules(const Settings& settings) {
  RulesWanted wanted{settings.texts("alerts"), settings.texts("records"), settings.texts("groups"),
                     settings.integer("min-rules"), settings.optional_duration("max-age")};
  for (const auto* name : {"alerts", "records", "groups"})
    if (settings.has(name) && settings.texts(name).empty())
      settings.mistake(name, fmt::format("'{}' lists nothing", name));
  if (wanted.min < 1) settings.mistake("min-rules", "'min-rules' must be at least 1");
  if (wanted.max_age && *wanted.max_age <= std::chrono::milliseconds(0))
    settings.mistake("max-age", "'max-age' must be more than nothing");
  return std::make_unique<RulesCheck>(PrometheusSource(settings), std::move(wanted));
}

}  // namespace

constinit const CheckKind prometheus_rules{
    "prometheus.rules", "rules are loaded in Prometheus, and evaluated without error and lately",
    settings_of_rules, create_rules};

}  // namespace postflight
