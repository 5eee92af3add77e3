#include <fmt/format.h>

#include <algorithm>

#include "checks/support/alerts_judge.hpp"
#include "checks/support/prometheus_source.hpp"

namespace postflight {
extern constinit const CheckKind prometheus_alerts;

namespace {

constexpr std::string_view sources[] = {"prometheus", "alertmanager"};

constexpr Setting settings_of_alerts[] = {
    prometheus_url_setting,
    prometheus_service_setting,
    headers_setting,
    resolve_setting,
    ca_file_setting,
    client_certificate_setting,
    client_key_setting,
    insecure_setting,
    {"source",
     SettingType::text,
     "who is asked: Prometheus knows its rules, Alertmanager what is silenced",
     false,
     "prometheus",
     {},
     sources},
    {"alerts", SettingType::texts, "only the alerts of these names; their rules have to be loaded"},
    {"severities", SettingType::texts,
     "only alerts of these severities, and those that have none; all when absent"},
    {"severity-label", SettingType::text, "the label that holds the severity", false, "severity"},
    {"ignore", SettingType::texts,
     "alerts that do not count, by name or conditions on labels: Noisy{namespace=~\"test-.*\"}. "
     "They are shown"},
    {"max", SettingType::integer, "how many may fire; more have failed", false, "0"},
    {"warn", SettingType::integer, "more than this are warned of"},
    {"count-pending", SettingType::flag, "an alert that is pending counts, too", false, "false"},
    {"count-silenced", SettingType::flag, "an alert that is silenced counts, too", false, "false"},
    {"count-inhibited", SettingType::flag, "an alert that another one inhibits counts, too", false,
     "false"},
    {"watchdog", SettingType::text,
     "name of an alert that always fires: without it nothing is known"},
    {"max-age", SettingType::duration,
     "how long ago rules, or the watchdog, may have been heard of: three intervals of the rules "
     "and a minute, 5m of the watchdog, when absent"},
};

class AlertsCheck : public Check {
 public:
  AlertsCheck(PrometheusSource source, AlertsWanted wanted, bool asks_alertmanager)
      : source_(std::move(source)),
        wanted_(std::move(wanted)),
        asks_alertmanager_(asks_alertmanager) {}

  std::vector<std::string> kubernetes_paths() const override { return source_.kubernetes_paths(); }

  Outcome run(const CheckContext& context) const override {
    auto outcome = asks_alertmanager_ ? of_alertmanager(context) : of_prometheus(context);
    tell_unverified(source_.request(), outcome);
    return outcome;
  }

 private:
  // The rules hold their alerts: what fires, and whether it could, is of one moment.
  Outcome of_prometheus(const CheckContext& context) const {
    const std::string path = "/api/v1/rules";
    const auto text = source_.get(path, {{"type", "alert"}}, context);
    return judge_alerts(wanted_, read_rules(text, source_.question(path)), context.today);
  }

  Outcome of_alertmanager(const CheckContext& context) const {
    const std::string path = "/api/v2/alerts";
    const auto text = source_.get(path, {}, context);
    return judge_alerts(wanted_, read_alertmanager_alerts(text, source_.question(path)),
                        context.today);
  }

  PrometheusSource source_;
  AlertsWanted wanted_;
  bool asks_alertmanager_;
};

void read_thresholds(const Settings& settings, AlertsWanted& wanted) {
  wanted.max = settings.integer("max");
  wanted.warn = settings.optional_integer("warn");
  if (wanted.max < 0) settings.mistake("max", "'max' must not be negative");
  if (wanted.warn && *wanted.warn < 0) settings.mistake("warn", "'warn' must not be negative");
  if (wanted.warn && *wanted.warn >= wanted.max)
    settings.mistake("warn", "'warn' must be less than 'max', above which all has failed");
}

void read_source(const Settings& settings, AlertsWanted& wanted) {
  const bool asks_alertmanager = settings.text("source") == "alertmanager";
  const auto refuse = [&](std::string_view name, std::string_view why) {
    if (settings.has(name))
      settings.mistake(name, fmt::format("'{}' means nothing here: {}", name, why));
  };
  if (asks_alertmanager) {
    refuse("alerts", "only Prometheus knows whether the rule of an alert is loaded");
    refuse("count-pending", "Alertmanager is not told of pending alerts");
  } else {
    refuse("count-silenced", "only Alertmanager knows what is silenced");
    refuse("count-inhibited", "only Alertmanager knows what is inhibited");
  }
  if (!wanted.watchdog.empty() && !wanted.names.empty())
    refuse("watchdog", "the rules that 'alerts' names have to be loaded and evaluated anyway");
}

std::unique_ptr<Check> create_alerts(const Settings& settings) {
  AlertsWanted wanted;
  wanted.names = settings.texts("alerts");
  wanted.severities = settings.texts("severities");
  wanted.severity_label = settings.text("severity-label");
  wanted.ignore = read_label_matchers(settings, "ignore", "alertname");
  wanted.count_pending = settings.flag("count-pending");
  wanted.count_silenced = settings.flag("count-silenced");
  wanted.count_inhibited = settings.flag("count-inhibited");
  wanted.watchdog = settings.nonempty_text("watchdog");
  wanted.max_age = settings.optional_duration("max-age");
  for (const auto* name : {"alerts", "severities"})
    if (settings.has(name) && settings.texts(name).empty())
      settings.mistake(name, fmt::format("'{}' lists nothing: no alert could count", name));
  if (wanted.max_age && *wanted.max_age <= std::chrono::milliseconds(0))
    settings.mistake("max-age", "'max-age' must be more than nothing");
  read_thresholds(settings, wanted);
  read_source(settings, wanted);
  return std::make_unique<AlertsCheck>(PrometheusSource(settings), std::move(wanted),
                                       settings.text("source") == "alertmanager");
}

}  // namespace

constinit const CheckKind prometheus_alerts{
    "prometheus.alerts",
    "no more alerts fire than may, and their rules are evaluated or a watchdog proves the way",
    settings_of_alerts, create_alerts};

}  // namespace postflight
