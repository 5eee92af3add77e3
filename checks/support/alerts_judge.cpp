#include "checks/support/alerts_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checks/support/findings.hpp"
#include "checks/support/text.hpp"
#include "runner/setting.hpp"
#include "text/counted.hpp"

namespace postflight {
namespace {

using namespace std::chrono_literals;
using State = FiringAlert::State;

constexpr auto longest_silence = std::chrono::milliseconds(5min);  // of who feeds Alertmanager

std::string label_of(const Labels& labels, const std::string& name) {
  const auto found = labels.find(name);
  return found == labels.end() ? "" : found->second;
}

bool holds(const std::vector<std::string>& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

class AlertsJudge {
 public:
  AlertsJudge(const AlertsWanted& wanted, Moment now) : wanted_(wanted), now_(now) {}

  Outcome judge(const LoadedRules& loaded) {
    std::vector<FiringAlert> alerts;
    for (const auto& rule : loaded.rules)
      alerts.insert(alerts.end(), rule.alerts.begin(), rule.alerts.end());
    sort_out(alerts);
    judge_number();
    const auto examined = judge_rules(loaded);
    judge_watchdog(alerts, false);
    tell_uncounted();
    return findings_.outcome(summary(counted_rules(examined)), examined);
  }

  Outcome judge(const std::vector<FiringAlert>& alerts) {
    sort_out(alerts);
    judge_number();
    if (!wanted_.watchdog.empty())
      judge_watchdog(alerts, true);
    else
      judge_feeding(alerts);
    tell_uncounted();
    return findings_.outcome(summary(counted(alerts.size(), "alert") + " of Alertmanager"),
                             alerts.size());
  }

 private:
  struct Uncounted {
    const FiringAlert* alert;
    std::string why;
  };

  static std::string counted_rules(std::size_t count) { return counted(count, "alerting rule"); }

  bool is_of_severity(const Labels& labels) const {
    const auto severity = label_of(labels, wanted_.severity_label);
    return wanted_.severities.empty() || severity.empty() || holds(wanted_.severities, severity);
  }

  bool is_named(const std::string& name) const {
    return wanted_.names.empty() || holds(wanted_.names, name);
  }

  const LabelMatchers* ignored_by(const Labels& labels) const {
    const auto found = std::ranges::find_if(
        wanted_.ignore, [&](const LabelMatchers& matchers) { return matchers.match(labels); });
    return found == wanted_.ignore.end() ? nullptr : &*found;
  }

  // Each alert counts, or is told with the reason why not.
  void sort_out(const std::vector<FiringAlert>& alerts) {
    for (const auto& alert : alerts) {
      const auto name = label_of(alert.labels, "alertname");
      if (!wanted_.watchdog.empty() && name == wanted_.watchdog) continue;
      if (!is_named(name) || !is_of_severity(alert.labels)) {
        ++others_[is_named(name) ? label_of(alert.labels, wanted_.severity_label) : "other names"];
      } else if (const auto* matchers = ignored_by(alert.labels)) {
        uncounted_.push_back({&alert, "ignored by " + matchers->text()});
      } else if (alert.state == State::pending && !wanted_.count_pending) {
        uncounted_.push_back({&alert, "pending alerts do not count"});
      } else if (alert.state == State::silenced && !wanted_.count_silenced) {
        uncounted_.push_back({&alert, "silenced alerts do not count"});
      } else if (alert.state == State::inhibited && !wanted_.count_inhibited) {
        uncounted_.push_back({&alert, "inhibited alerts do not count"});
      } else {
        counted_.push_back(&alert);
      }
    }
  }

  void judge_number() {
    const auto number = static_cast<std::int64_t>(counted_.size());
    const auto status = number > wanted_.max                     ? Status::failed
                        : wanted_.warn && number > *wanted_.warn ? Status::warned
                                                                 : Status::passed;
    findings_.add(status, "alerts that count", wanted_.text(),
                  number == 0 ? "none" : fmt::format("{}", number));
    for (const auto* alert : counted_)
      findings_.add(status, alert->title(), wanted_.text(), alert->observed());
  }

  // A rule whose labels say that its alerts would not count. A label that is a template is known
  // only once it fires.
  bool is_irrelevant(const LoadedRule& rule) const {
    if (!rule.is_alert || !is_named(rule.name)) return true;
    if (rule.name == wanted_.watchdog) return false;
    auto labels = rule.labels;
    std::erase_if(labels,
                  [](const auto& label) { return label.second.find("{{") != std::string::npos; });
    if (!is_of_severity(labels)) return true;
    labels["alertname"] = rule.name;
    return std::ranges::any_of(wanted_.ignore, [&](const LabelMatchers& matchers) {
      return matchers.match_whatever_else(labels);
    });
  }

  // How many rules were evaluated well, so that their alerts are all that there are.
  std::size_t judge_rules(const LoadedRules& loaded) {
    std::size_t good = 0, relevant = 0;
    for (const auto& rule : loaded.rules) {
      if (is_irrelevant(rule)) continue;
      ++relevant;
      const auto health = health_of(rule, wanted_.max_age, now_);
      if (health.state == RuleHealth::State::good) {
        ++good;
        continue;
      }
      unknown(rule.title(), health.expected,
              health.state == RuleHealth::State::bad ? "rule-not-evaluated" : "not-evaluated-yet",
              health.observed);
    }
    for (const auto& name : wanted_.names)
      if (std::ranges::none_of(loaded.rules, [&](const LoadedRule& rule) {
            return rule.is_alert && rule.name == name;
          }))
        unknown("alert " + excerpt(name, 100), "an alerting rule of that name", "no-such-rule",
                "no such rule is loaded: it could never fire");
    if (relevant == 0 && wanted_.names.empty())
      unknown("alerting rules", "rules that could fire", "no-rules",
              fmt::format("none of {} is an alerting rule that would count",
                          counted(loaded.rules.size(), "loaded rule")));
    else if (good > 0)
      findings_.add(Status::passed, "alerting rules", "evaluated without error, and lately",
                    fmt::format("{} of {}", good, relevant));
    return good;
  }

  // An alert that always fires comes by the same way as any other.
  void judge_watchdog(const std::vector<FiringAlert>& alerts, bool is_told) {
    if (wanted_.watchdog.empty()) return;
    const auto subject = "watchdog " + wanted_.watchdog;
    const auto longest = wanted_.max_age.value_or(longest_silence);
    const auto expected =
        is_told ? fmt::format("fires, and was told in the last {}", format_duration(longest))
                : std::string("fires");
    const FiringAlert* found = nullptr;
    for (const auto& alert : alerts) {
      if (label_of(alert.labels, "alertname") != wanted_.watchdog) continue;
      if (alert.state == State::pending) continue;
      if (found == nullptr || (alert.told && found->told && *alert.told > *found->told))
        found = &alert;
    }
    if (found == nullptr)
      return unknown(subject, expected, "no-watchdog",
                     "it does not fire, though it always should: nobody would tell of other "
                     "alerts either");
    if (is_told && (!found->told || now_ - *found->told > longest))
      return unknown(subject, expected, "stale",
                     found->told ? "last told at " + format_timestamp(*found->told)
                                 : "when it was last told is not known");
    findings_.add(Status::passed, subject, expected, found->observed());
  }

  void judge_feeding(const std::vector<FiringAlert>& alerts) {
    const auto* subject = "who tells Alertmanager of alerts";
    const auto* expected = "some alert was told";
    if (alerts.empty())
      return unknown(subject, expected, "nothing-examined",
                     "Alertmanager knows of no alert at all, and nothing shows that anybody would "
                     "tell it: name an alert that always fires as 'watchdog'");
    findings_.add(Status::passed, subject, expected, counted(alerts.size(), "alert"));
  }

  void tell_uncounted() {
    for (const auto& [alert, why] : uncounted_)
      findings_.add(Status::passed, alert->title(), "not counted: " + why, alert->observed());
    for (const auto& [severity, number] : others_)
      findings_.add(Status::passed,
                    severity == "other names"
                        ? "alerts of other names"
                        : fmt::format("alerts of severity {}", excerpt(severity, 60)),
                    "not counted: not asked about", fmt::format("{}", number));
  }

  void unknown(const std::string& subject, const std::string& expected, const std::string& reason,
               const std::string& why) {
    findings_.add_unknown(subject, expected, reason, why);
    if (first_unknown_.empty()) first_unknown_ = fmt::format("{}: {}", subject, why);
  }

  std::string summary(const std::string& examined) const {
    if (findings_.status() == Status::errored) {
      const auto others = findings_.count(Status::errored) - 1;
      return others == 0 ? first_unknown_ : fmt::format("{} (and {} more)", first_unknown_, others);
    }
    const auto uncounted =
        uncounted_.empty() ? "" : fmt::format("; {} not counted", uncounted_.size());
    if (counted_.empty()) return fmt::format("{}: none fires that counts{}", examined, uncounted);
    const auto& first = *counted_.front();
    const auto others = counted_.size() - 1;
    return fmt::format("{} {}{}{}", first.title(), first.observed(),
                       others == 0 ? "" : fmt::format(" (and {} more)", others), uncounted);
  }

  const AlertsWanted& wanted_;
  const Moment now_;
  Findings findings_;
  std::string first_unknown_;
  std::vector<const FiringAlert*> counted_;
  std::vector<Uncounted> uncounted_;
  std::map<std::string, std::size_t> others_;  // by severity
};

}  // namespace

std::string AlertsWanted::text() const {
  const auto which = severities.empty() ? std::string()
                                        : fmt::format(" of severity {}, or without one",
                                                      fmt::join(severities, " or "));
  const auto of_names = names.empty() ? "" : fmt::format(" of {}", fmt::join(names, ", "));
  auto text = max == 0
                  ? fmt::format("no alert{}{}", of_names, which)
                  : fmt::format("at most {}{}{}", counted(static_cast<std::size_t>(max), "alert"),
                                of_names, which);
  if (warn) text += fmt::format("; a warning above {}", *warn);
  return text;
}

Outcome judge_alerts(const AlertsWanted& wanted, const LoadedRules& loaded, Moment now) {
  return AlertsJudge(wanted, now).judge(loaded);
}

Outcome judge_alerts(const AlertsWanted& wanted, const std::vector<FiringAlert>& alerts,
                     Moment now) {
  return AlertsJudge(wanted, now).judge(alerts);
}

}  // namespace postflight
