#include "checks/support/rules_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "checks/support/findings.hpp"
#include "checks/support/text.hpp"
#include "text/counted.hpp"

namespace postflight {
namespace {

bool holds(const std::vector<std::string>& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

class RulesJudge {
 public:
  RulesJudge(const RulesWanted& wanted, const LoadedRules& loaded, Moment now)
      : wanted_(wanted), loaded_(loaded), now_(now) {}

  Outcome judge() {
    for (const auto& name : wanted_.groups) judge_group(name);
    for (const auto& name : wanted_.alerts) judge_name(name, true);
    for (const auto& name : wanted_.records) judge_name(name, false);
    std::size_t examined = 0;
    for (const auto& rule : loaded_.rules) {
      if (!is_wanted(rule)) continue;
      ++examined;
      judge_health(rule);
    }
    judge_number(examined);
    for (const auto& [group_and_expected, good] : good_)
      findings_.add(Status::passed, "group " + excerpt(group_and_expected.first, 100),
                    group_and_expected.second, counted(good, "rule") + " so");
    return findings_.outcome(summary(examined), examined);
  }

 private:
  bool is_wanted(const LoadedRule& rule) const {
    return !wanted_.names_any() || holds(wanted_.groups, rule.group) ||
           holds(rule.is_alert ? wanted_.alerts : wanted_.records, rule.name);
  }

  void judge_group(const std::string& name) {
    const auto there = std::ranges::any_of(
        loaded_.rules, [&](const LoadedRule& rule) { return rule.group == name; });
    const bool is_empty = !there && holds(loaded_.groups, name);
    judge_loaded(there, "group " + excerpt(name, 100),
                 is_empty ? "loaded, but it has no rules" : "not loaded");
  }

  void judge_name(const std::string& name, bool is_alert) {
    const auto there = std::ranges::any_of(loaded_.rules, [&](const LoadedRule& rule) {
      return rule.is_alert == is_alert && rule.name == name;
    });
    judge_loaded(there, fmt::format("{} {}", is_alert ? "alert" : "record", excerpt(name, 100)),
                 "not loaded");
  }

  void judge_loaded(bool there, const std::string& what, const std::string& otherwise) {
    findings_.add(there ? Status::passed : Status::failed, what, what + " is loaded",
                  there ? "loaded" : otherwise);
    if (!there) fault(Status::failed, fmt::format("{} is {}", what, otherwise));
  }

  void judge_health(const LoadedRule& rule) {
    const auto health = health_of(rule, wanted_.max_age, now_);
    if (health.state == RuleHealth::State::good) {
      ++good_[{rule.group, health.expected}];
    } else if (health.state == RuleHealth::State::bad) {
      findings_.add(Status::failed, rule.title(), health.expected, health.observed);
      fault(Status::failed, fmt::format("{}: {}", rule.title(), health.observed));
    } else {
      findings_.add_unknown(rule.title(), health.expected, "not-evaluated-yet", health.observed);
      fault(Status::errored, fmt::format("{}: {}", rule.title(), health.observed));
    }
  }

  // Named ones that are missing are told by their names.
  void judge_number(std::size_t examined) {
    if (wanted_.names_any() && wanted_.min <= 1) return;
    const bool enough = static_cast<std::int64_t>(examined) >= wanted_.min;
    const auto observed = examined == 0 ? "none" : fmt::format("{}", examined);
    findings_.add(enough ? Status::passed : Status::failed, "loaded rules",
                  fmt::format("at least {}", wanted_.min), observed);
    if (!enough)
      fault(Status::failed,
            examined == 0
                ? "no rule is loaded: Prometheus evaluates nothing"
                : fmt::format("{}, at least {} expected",
                              counted(examined, "rule is", "rules are") + " loaded", wanted_.min));
  }

  void fault(Status status, std::string text) {
    auto& first = status == Status::failed ? first_failure_ : first_unknown_;
    if (first.empty()) first = std::move(text);
  }

  std::string summary(std::size_t examined) const {
    const auto status = findings_.status();
    if (status == Status::passed)
      return fmt::format("{} loaded and evaluated without error",
                         counted(examined, "rule is", "rules are"));
    const auto& first = status == Status::failed ? first_failure_ : first_unknown_;
    const auto others = findings_.count(status) - 1;
    return others == 0 ? first : fmt::format("{} (and {} more)", first, others);
  }

  const RulesWanted& wanted_;
  const LoadedRules& loaded_;
  const Moment now_;
  Findings findings_;
  std::string first_failure_, first_unknown_;
  std::map<std::pair<std::string, std::string>, std::size_t> good_;  // by group and expectation
};

}  // namespace

Outcome judge_rules(const RulesWanted& wanted, const LoadedRules& loaded, Moment now) {
  return RulesJudge(wanted, loaded, now).judge();
}

}  // namespace postflight
