// Any resource of the API, held to expressions: what a violation is, the checklist says.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/support/api_resource.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/list_of.hpp"
#include "checks/support/selectors.hpp"
#include "checks/support/text.hpp"
#include "checks/support/violations.hpp"
#include "checks/support/workloads.hpp"
#include "clients/clients.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind k8s_resources;

namespace {

constexpr Setting must_exist_settings[] = {
    api_version_setting,
    resource_setting,
    {"names", SettingType::expression,
     "jq: of each object of the list, the names that it refers to, such as NAMESPACE/NAME", true},
    {"found-by", SettingType::expression,
     "jq: of each object referred to, the names that it goes by", true},
    {"called", SettingType::text,
     "what it is that has to be there, in words; the kind of that resource when absent"},
};

constexpr Setting settings_of_resources[] = {
    api_version_setting,
    resource_setting,
    {"namespaces", SettingType::texts, "where to look; all namespaces when absent"},
    {"except-namespaces", SettingType::texts, "what is in these is not looked at"},
    {"label-selector", SettingType::text, "which ones, by label: a=b,c in (d,e)"},
    {"field-selector", SettingType::text, "which ones, by a field that the API server selects by"},
    {"where", SettingType::expression,
     "jq: true for the objects that are meant, false for others, which are not looked at"},
    {"violations", SettingType::expression,
     "jq: yields a text, or {why: text}, for each thing that is wrong with an object"},
    {"warnings", SettingType::expression, "jq: the same for what is a warning only"},
    {"expect", SettingType::text, "in words, what is true of each object when it is well", false,
     "nothing wrong with it"},
    {"min", SettingType::integer, "how many objects there must be at least"},
    {"max", SettingType::integer, "how many objects there may be at most"},
    {"must-exist",
     SettingType::object,
     "what the objects refer to, and must be there",
     false,
     {},
     must_exist_settings},
};

struct Wanted {
  ApiResource resource;
  std::vector<std::string> namespaces;
  std::string label_selector, field_selector, expected;
  std::string referred_called;  // one of what the objects refer to, in words
  std::optional<std::int64_t> min, max;
};

class Resources : public Check {
 public:
  Resources(Wanted wanted, const ObjectRules& rules, std::optional<NamedList> referred)
      : wanted_(std::move(wanted)), referred_(std::move(referred)) {
    if (wanted_.namespaces.empty()) add_list(rules, "");
    for (const auto& name_space : wanted_.namespaces) add_list(rules, name_space);
  }

  // What it asks about objects, each with the list that they are of.
  std::vector<std::pair<std::string, JqQuestion>> questions() const {
    std::vector<std::pair<std::string, JqQuestion>> all;
    const auto named = [](const ListRequest& request) {
      return fmt::format("{}?{}&{}", request.path, request.label_selector, request.field_selector);
    };
    std::string lists;  // those of several namespaces are for this check alone
    for (const auto& list : lists_) lists += named(list->request());
    all.emplace_back(lists, lists_.front()->question());
    if (referred_) all.emplace_back(named(referred_->request()), referred_->question());
    return all;
  }

  std::vector<const ListUse*> lists() const override {
    std::vector<const ListUse*> all;
    for (const auto& list : lists_) all.push_back(list.get());
    if (referred_) all.push_back(&*referred_);
    return all;
  }

  std::vector<std::string> kubernetes_paths() const override {
    return paths_of_namespaces(wanted_.namespaces);
  }

  Outcome run(const CheckContext& context) const override {
    Findings findings;
    std::vector<ObjectFindings> found;
    for (std::size_t at = 0; at < lists_.size(); ++at) {
      found.push_back(RuledList::findings_of(*read_list(*lists_[at], wanted_.resource, context)));
      if (found.back().examined == 0 && !wanted_.namespaces.empty())
        report_missing_namespace(wanted_.namespaces[at], context, findings);
    }
    std::size_t examined = 0;
    for (const auto& list : found) examined += list.examined;
    report_objects(found, examined, findings);
    report_count(examined, findings);
    if (referred_) report_references(found, context, findings);
    const bool counts = wanted_.max.has_value() && examined == 0;
    return findings.outcome(summary(findings, found, examined), counts ? 1 : examined);
  }

 private:
  void add_list(const ObjectRules& rules, const std::string& name_space) {
    lists_.push_back(std::make_unique<RuledList>(
        rules, ListRequest{wanted_.resource.list_path(name_space), wanted_.label_selector,
                           wanted_.field_selector}));
  }

  std::string place() const {
    if (wanted_.namespaces.empty()) return "";
    return fmt::format(" in {}", fmt::join(wanted_.namespaces, ", "));
  }
  std::string what() const {
    std::string text = wanted_.resource.plural() + place();
    if (!wanted_.label_selector.empty()) text += " with " + wanted_.label_selector;
    if (!wanted_.field_selector.empty()) text += " with " + wanted_.field_selector;
    return text;
  }

  void report_objects(const std::vector<ObjectFindings>& found, std::size_t examined,
                      Findings& findings) const {
    std::size_t violating = 0, excepted = 0, not_meant = 0;
    Status worst = Status::passed;
    for (const auto& list : found) {
      violating += list.violating;
      excepted += list.excepted;
      not_meant += list.not_meant;
      for (const auto& fact : list.facts) worst = worse(worst, fact.status);
      worst = worse(worst, list.worst_left_out);
    }
    // Any expression may have failed on an object, also where no other judges it.
    if (judges_objects() || worst != Status::passed)
      findings.add(
          violating > 0 ? Status::failed : Status::passed, what(), wanted_.expected,
          fmt::format("{} examined, {} with a violation{}{}", examined, violating,
                      excepted == 0 ? ""
                                    : fmt::format("; {} in excepted namespaces were not "
                                                  "looked at",
                                                  excepted),
                      not_meant == 0 ? "" : fmt::format("; {} were not meant", not_meant)));
    for (const auto& list : found) {
      for (const auto& fact : list.facts) {
        if (fact.status == Status::errored)
          findings.add_unknown(fact.subject, wanted_.expected, fact.reason, fact.observed);
        else
          findings.add(fact.status, fact.subject, wanted_.expected, fact.observed);
      }
      if (list.facts_left_out == 0) continue;
      const auto more = fmt::format("{} more facts like these", list.facts_left_out);
      if (list.worst_left_out == Status::errored)
        findings.add_unknown(what(), wanted_.expected, "expression", more);
      else
        findings.add(list.worst_left_out, what(), wanted_.expected, more);
    }
  }

  static Status worse(Status one, Status other) {
    const Evidence both[] = {{"", "", "", one}, {"", "", "", other}};
    return worst_of(both);
  }

  bool judges_objects() const { return !lists_.empty() && lists_.front()->judges(); }

  void report_count(std::size_t examined, Findings& findings) const {
    const auto count = static_cast<std::int64_t>(examined);
    const auto subject = "the number of " + what();
    if (wanted_.min)
      findings.add(count >= *wanted_.min ? Status::passed : Status::failed, subject,
                   fmt::format("at least {}", *wanted_.min), fmt::format("{}", count));
    if (wanted_.max)
      findings.add(count <= *wanted_.max ? Status::passed : Status::failed, subject,
                   fmt::format("at most {}", *wanted_.max), fmt::format("{}", count));
  }

  void report_references(const std::vector<ObjectFindings>& found, const CheckContext& context,
                         Findings& findings) const {
    const auto reading = read_list(*referred_, referred_->resource(), context);
    const auto& names = NamedList::names_of(*reading);
    const auto expected =
        fmt::format("every {} that is referred to exists", wanted_.referred_called);
    std::size_t count = 0, missing = 0;
    for (const auto& list : found) {
      for (const auto& [subject, name] : list.references) {
        ++count;
        if (names.contains(name)) continue;
        ++missing;
        findings.add(Status::failed, subject, expected,
                     fmt::format("there is no {} {}", wanted_.referred_called, excerpt(name, 120)));
      }
    }
    findings.add(missing == 0 ? Status::passed : Status::failed, what(), expected,
                 fmt::format("{}, {} of them to nothing", counted(count, "reference"), missing));
  }

  std::string summary(const Findings& findings, const std::vector<ObjectFindings>& found,
                      std::size_t examined) const {
    const auto status = findings.status();
    const auto counted_what = fmt::format("{} {}", examined, what());
    if (examined == 0 && status != Status::failed)
      return fmt::format("there are no {}{}", what(), left_out(found));
    if (status == Status::passed) {
      auto text =
          judges_objects() ? fmt::format("{}: {}", counted_what, wanted_.expected) : counted_what;
      if (referred_) {
        std::size_t references = 0;
        for (const auto& list : found) references += list.references.size();
        text += references == 0
                    ? fmt::format("; none refers to a {}", wanted_.referred_called)
                    : fmt::format("; {} to a {}, all there", counted(references, "reference"),
                                  wanted_.referred_called);
      }
      return text;
    }
    const auto* first = first_of_an_object(findings, status);
    if (first == nullptr) first = findings.first(status);
    std::size_t others = 0;
    for (const auto& list : found) others += list.facts_left_out;
    for (const auto& list : found)
      for (const auto& fact : list.facts) others += fact.status == status ? 1 : 0;
    return fmt::format("of {}, {}: {}{}", counted_what, first->subject, first->observed,
                       others > 1 ? fmt::format(" (and {} more)", others - 1) : "");
  }

  static std::string left_out(const std::vector<ObjectFindings>& found) {
    std::size_t excepted = 0, not_meant = 0;
    for (const auto& list : found) {
      excepted += list.excepted;
      not_meant += list.not_meant;
    }
    std::string text;
    if (excepted > 0) text += fmt::format(", but for {} in excepted namespaces", excepted);
    if (not_meant > 0) text += fmt::format(", but for {} that are not meant", not_meant);
    return text;
  }

  // The one over the whole list only counts.
  const Evidence* first_of_an_object(const Findings& findings, Status status) const {
    for (const auto& fact : findings.all())
      if (fact.status == status && fact.subject != what()) return &fact;
    return nullptr;
  }

  const Wanted wanted_;
  std::vector<std::unique_ptr<RuledList>> lists_;
  const std::optional<NamedList> referred_;
};

// Absent when the setting is.
JqExpression read_expression(const Settings& settings, std::string_view name) {
  if (!settings.has(name)) return {};
  return {settings.text(name), settings.where(name)};
}

std::unique_ptr<Check> create_resources(const Settings& settings) {
  Wanted wanted;
  wanted.resource = read_api_resource(settings);
  wanted.namespaces = settings.texts("namespaces");
  if (settings.has("label-selector"))
    wanted.label_selector = read_selector(settings, "label-selector").text();
  wanted.field_selector = settings.text("field-selector");
  wanted.expected = settings.text("expect");
  wanted.min = settings.optional_integer("min");
  wanted.max = settings.optional_integer("max");
  if (wanted.min && wanted.max && *wanted.min > *wanted.max)
    settings.mistake("min", "'min' is more than 'max'");
  for (const auto* count : {"min", "max"})
    if (settings.has(count) && settings.integer(count) < 0)
      settings.mistake(count, fmt::format("'{}' must not be negative", count));
  if (settings.has("namespaces") && settings.has("except-namespaces"))
    settings.mistake("except-namespaces", "say either 'namespaces' or 'except-namespaces'");
  for (const auto& name : wanted.namespaces)
    if (name.empty() || name.find('/') != std::string::npos || name.find('?') != std::string::npos)
      settings.mistake("namespaces", fmt::format("'{}' is no name of a namespace", name));

  ObjectRules rules;
  rules.resource = wanted.resource;
  const auto excepted = settings.texts("except-namespaces");
  rules.except_namespaces = {excepted.begin(), excepted.end()};
  rules.where = read_expression(settings, "where");
  rules.violations = read_expression(settings, "violations");
  rules.warnings = read_expression(settings, "warnings");
  rules.expected = wanted.expected;
  std::optional<NamedList> referred;
  if (settings.has("must-exist")) {
    const auto must_exist = settings.object("must-exist");
    rules.references = read_expression(must_exist, "names");
    referred.emplace(read_api_resource(must_exist), read_expression(must_exist, "found-by"));
    wanted.referred_called =
        must_exist.has("called") ? must_exist.text("called") : referred->resource().singular();
  }
  if (!rules.violations && !rules.warnings && !rules.references && !wanted.min && !wanted.max)
    settings.mistake("resource",
                     "say what must be true of them: 'violations', 'warnings', "
                     "'must-exist', 'min' or 'max'");
  return std::make_unique<Resources>(std::move(wanted), rules, std::move(referred));
}

// Expressions about objects of the same list are compiled to be asked together.
std::vector<Mistake> prepare_resources(std::span<const Check* const> checks) {
  std::vector<std::vector<JqQuestion>> lists;
  std::map<std::string, std::size_t> place_of;  // in `lists`, by what is asked of the API server
  for (const auto* check : checks)
    for (auto& [list, question] : dynamic_cast<const Resources&>(*check).questions()) {
      const auto [place, is_new] = place_of.try_emplace(std::move(list), lists.size());
      if (is_new) lists.emplace_back();
      lists[place->second].push_back(std::move(question));
    }
  return JqExpression::compile(lists);
}

}  // namespace

constinit const CheckKind k8s_resources{"k8s.resources",
                                        "objects of any resource are as expressions want them",
                                        settings_of_resources,
                                        create_resources,
                                        true,
                                        prepare_resources};

}  // namespace postflight
