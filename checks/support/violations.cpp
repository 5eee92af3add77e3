#include "checks/support/violations.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "checks/support/json_document.hpp"
#include "checks/support/list_of.hpp"
#include "checks/support/text.hpp"

namespace postflight {
namespace {

// Why an output of `violations` is one. Nothing when it is neither a text nor {why: text}.
std::optional<std::string> why_of(const JqOutput& output) {
  if (output.is_text) return output.text;
  const auto json = nlohmann::json::parse(output.text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto why = json.find("why");
  if (why == json.end() || !why->is_string()) return std::nullopt;
  return why->get<std::string>();
}

// What an object is called, read once for all who look at it.
struct ObjectName {
  explicit ObjectName(const ListItem& item) {
    const auto metadata = item.as<JsonDocument>().root().member("metadata");
    if (!metadata) return;
    name_space = metadata->text_at({"namespace"});
    name = metadata->text_at({"name"});
  }
  std::string name_space, name;
};

class RuledReading : public ListReading {
 public:
  RuledReading(const ObjectRules& rules, JqLimits limits) : rules_(rules), limits_(limits) {}

  void item(const ListItem& item) override {
    name_ = &item.as<ObjectName>();
    if (name_->name.empty())
      throw CannotTell("unreadable", fmt::format("a list of {} has an item without metadata.name",
                                                 rules_.resource.plural()));
    if (rules_.except_namespaces.contains(name_->name_space)) {
      ++findings.excepted;
      return;
    }
    if (!rules_.has_expressions()) {
      ++findings.examined;
      return;
    }
    const auto& object = item.as<JqValue>();
    if (!is_meant(object)) {
      ++findings.not_meant;
      return;
    }
    ++findings.examined;
    const bool is_wrong = judge(rules_.violations, Status::failed, object);
    if (is_wrong) ++findings.violating;
    judge(rules_.warnings, Status::warned, object);
    refer(object);
  }

  void append(ListReading&& following) override {
    auto& more = dynamic_cast<RuledReading&>(following).findings;
    findings.examined += more.examined;
    findings.excepted += more.excepted;
    findings.not_meant += more.not_meant;
    findings.violating += more.violating;
    for (auto& fact : more.facts) add(std::move(fact));
    if (more.facts_left_out > 0) leave_out(more.facts_left_out, more.worst_left_out);
    append_to(findings.references, std::move(more.references));
  }

  ObjectFindings findings;

 private:
  // Where nobody can say, it is meant: what is wrong with it counts, and that nobody can say.
  bool is_meant(const JqValue& object) {
    if (!rules_.where) return true;
    const auto outputs = evaluated(rules_.where, object);
    if (!outputs) return true;
    if (outputs->size() == 1 && !outputs->front().is_text) {
      if (outputs->front().text == "true") return true;
      if (outputs->front().text == "false") return false;
    }
    add({Status::errored, subject(),
         fmt::format("'where' gave {}: neither true nor false",
                     outputs->empty() ? "nothing" : excerpt(outputs->front().text, 80)),
         "unreadable"});
    return true;
  }

  // True when there was a violation.
  bool judge(const JqExpression& expression, Status status, const JqValue& object) {
    if (!expression) return false;
    const auto outputs = evaluated(expression, object);
    if (!outputs) return false;
    bool is_wrong = false;
    for (const auto& output : *outputs) {
      auto why = why_of(output);
      is_wrong = is_wrong || why.has_value();
      if (why)
        add({status, subject(), std::move(*why)});
      else
        add({Status::errored, subject(),
             fmt::format("the expression gave {}: neither a text nor {{why: text}} nor nothing",
                         excerpt(output.text, 80)),
             "unreadable"});
    }
    return is_wrong;
  }

  void refer(const JqValue& object) {
    if (!rules_.references) return;
    const auto outputs = evaluated(rules_.references, object);
    if (!outputs) return;
    for (const auto& output : *outputs) {
      if (output.is_text)
        findings.references.push_back({subject(), output.text});
      else
        add({Status::errored, subject(),
             fmt::format("the expression gave {}: not a name", excerpt(output.text, 80)),
             "unreadable"});
    }
  }

  std::string subject() const { return rules_.resource.subject_of(name_->name_space, name_->name); }

  // Nothing when the expression failed on it, which is then a fact.
  std::optional<std::vector<JqOutput>> evaluated(const JqExpression& expression,
                                                 const JqValue& object) {
    try {
      return expression.evaluate(object, limits_);
    } catch (const JqError& error) {
      if (error.was_cut())
        throw CannotTell("timeout", fmt::format("{} at {}", error.what(), subject()));
      add({Status::errored, subject(), fmt::format("the expression failed on it: {}", error.what()),
           "expression"});
      return std::nullopt;
    }
  }

  void add(ObjectFact fact) {
    if (findings.facts.size() < most_facts) {
      findings.facts.push_back(std::move(fact));
      return;
    }
    leave_out(1, fact.status);
  }

  void leave_out(std::size_t facts, Status worst) {
    findings.facts_left_out += facts;
    const Evidence both[] = {{"", "", "", worst}, {"", "", "", findings.worst_left_out}};
    findings.worst_left_out = worst_of(both);
  }

  const ObjectRules& rules_;
  const JqLimits limits_;
  const ObjectName* name_ = nullptr;  // of the object that is looked at
};

class NamedReading : public ListReading {
 public:
  NamedReading(const ApiResource& resource, const JqExpression& expression, JqLimits limits)
      : resource_(resource), expression_(expression), limits_(limits) {}

  void item(const ListItem& item) override {
    const auto& object = item.as<JqValue>();
    try {
      for (const auto& output : expression_.evaluate(object, limits_)) {
        if (!output.is_text)
          throw JqError(false, fmt::format("it gave {}: not a name", excerpt(output.text, 80)));
        names.insert(output.text);
      }
    } catch (const JqError& error) {
      const auto& object_name = item.as<ObjectName>();
      throw CannotTell(error.was_cut() ? "timeout" : "expression",
                       fmt::format("what {} is named by: {}",
                                   resource_.subject_of(object_name.name_space, object_name.name),
                                   error.what()));
    }
  }

  void append(ListReading&& following) override {
    names.merge(dynamic_cast<NamedReading&>(following).names);
  }

  NameSet names;

 private:
  const ApiResource& resource_;
  const JqExpression& expression_;
  const JqLimits limits_;
};

}  // namespace

JqQuestion ObjectRules::question() const {
  JqQuestion question{where, {}};
  for (const auto& expression : {violations, warnings, references})
    if (expression) question.then.push_back(expression);
  return question;
}

std::unique_ptr<ListReading> RuledList::begin(
    std::chrono::system_clock::time_point today,
    std::chrono::steady_clock::time_point deadline) const {
  return std::make_unique<RuledReading>(rules_, JqLimits{today, deadline});
}

const ObjectFindings& RuledList::findings_of(const ListReading& reading) {
  return dynamic_cast<const RuledReading&>(reading).findings;
}

std::unique_ptr<ListReading> NamedList::begin(
    std::chrono::system_clock::time_point today,
    std::chrono::steady_clock::time_point deadline) const {
  return std::make_unique<NamedReading>(resource_, names_, JqLimits{today, deadline});
}

const NameSet& NamedList::names_of(const ListReading& reading) {
  return dynamic_cast<const NamedReading&>(reading).names;
}

}  // namespace postflight
