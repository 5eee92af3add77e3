#include "runner/checklist.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "runner/checklist_entry.hpp"
#include "runner/redactor.hpp"
#include "runner/suggest.hpp"
#include "runner/variables.hpp"
#include "runner/yaml.hpp"

namespace postflight {
namespace {

// One file while it is read: what came of it, and what is wrong with it.
struct Reading {
  Checklist checklist;
  std::vector<std::string> variables;  // names
  std::vector<Mistake> mistakes;
  bool is_readable = false;
};

// A secret must not come to light because it was given in the wrong place.
void hide_secrets(Reading& reading) {
  if (reading.checklist.secrets.empty()) return;
  Redactor redactor;
  for (const auto& secret : reading.checklist.secrets) redactor.add(secret);
  for (auto& mistake : reading.mistakes) mistake.what = redactor.redact(mistake.what);
  for (auto* text : {&reading.checklist.name, &reading.checklist.about})
    *text = redactor.redact(*text);
  for (auto& entry : reading.checklist.entries) {
    for (auto* text : {&entry.title, &entry.section, &entry.hint, &entry.page})
      *text = redactor.redact(*text);
    for (auto& tag : entry.tags) tag = redactor.redact(tag);
  }
}

void put_in_order(std::vector<Mistake>& mistakes) {
  const auto key = [](const Mistake& mistake) {
    return std::tie(mistake.where.line, mistake.where.column);
  };
  std::ranges::stable_sort(mistakes, {}, key);
  const auto is_same = [&](const Mistake& one, const Mistake& other) {
    return key(one) == key(other) && one.what == other.what;
  };
  mistakes.erase(std::unique(mistakes.begin(), mistakes.end(), is_same), mistakes.end());
}

bool holds_one_of(const std::vector<std::string>& secrets, const Value& value) {
  const auto is_in = [&](const std::string& secret) {
    return secret.size() >= 4 && value.text.find(secret) != std::string::npos;
  };
  return std::ranges::any_of(secrets, is_in) ||
         std::ranges::any_of(value.items,
                             [&](const Value& item) { return holds_one_of(secrets, item); });
}

// The settings that become arguments of programs, and the ids, which are shown as they are.
void refuse_secrets(const Value& check, const ChecklistEntry& entry,
                    const std::vector<std::string>& secrets, std::vector<Mistake>& mistakes) {
  if (secrets.empty()) return;
  for (const auto* key : {"id", "needs"})
    if (const auto* ids = check.find(key); ids != nullptr && holds_one_of(secrets, *ids))
      mistakes.push_back(
          {ids->where, fmt::format("'{}' holds the value of a secret variable", key)});
  const auto* with = check.find("with");
  if (with == nullptr || entry.kind == nullptr) return;
  for (const auto& setting : entry.kind->settings) {
    const auto* value = with->find(setting.name);
    if (setting.in_process_list && value != nullptr && holds_one_of(secrets, *value))
      mistakes.push_back(
          {value->where,
           fmt::format("'{}' holds a secret, which every user of the machine can read in the list "
                       "of processes: hand it over in 'environment', or in a file",
                       setting.name)});
  }
}

void read_checks(const Value& root, Variables& variables, const ChecklistSources& sources,
                 Reading& reading) {
  const auto* checks = root.find("checks");
  if (checks == nullptr || checks->type != Value::Type::list || checks->items.empty()) {
    reading.mistakes.push_back({checks == nullptr ? root.where : checks->where,
                                "'checks' must be a list of one check or more"});
    return;
  }
  const auto secrets = variables.secrets();
  std::map<std::string, Position> ids;
  for (const auto& item : checks->items) {
    const auto value = variables.substitute(item);
    std::vector<Mistake> wrong;
    auto entry = read_entry(value, reading.checklist.name, sources, wrong);
    refuse_secrets(value, entry, secrets, wrong);
    // Follows from a variable without a value, which is reported as such.
    std::erase_if(wrong, [&](const auto& mistake) { return variables.lacks_value(mistake.where); });
    reading.mistakes.insert(reading.mistakes.end(), wrong.begin(), wrong.end());
    const auto* id = value.find("id");
    if (!entry.id.empty()) {
      const auto [first, is_new] = ids.emplace(entry.id, id->where);
      if (!is_new)
        reading.mistakes.push_back({id->where, fmt::format("the id '{}' is already used at {}",
                                                           entry.id, to_string(first->second))});
    }
    reading.checklist.entries.push_back(std::move(entry));
  }
}

// What kinds do for all their checks together.
void prepare_checks(Reading& reading) {
  std::map<const CheckKind*, std::vector<const Check*>> by_kind;
  for (const auto& entry : reading.checklist.entries)
    if (entry.check != nullptr && entry.kind->prepare != nullptr)
      by_kind[entry.kind].push_back(entry.check.get());
  for (const auto& [kind, checks] : by_kind) {
    const auto wrong = kind->prepare(checks);
    reading.mistakes.insert(reading.mistakes.end(), wrong.begin(), wrong.end());
  }
}

std::string read_name(const Value& root, Variables& variables, Reading& reading) {
  const auto* name = root.find("checklist");
  if (name != nullptr && name->type == Value::Type::scalar && !name->text.empty())
    return variables.substitute(*name).text;
  reading.mistakes.push_back({name == nullptr ? root.where : name->where,
                              "'checklist' is missing: the name of this checklist"});
  return {};
}

Reading read_one(std::string_view text, const std::string& file, const ChecklistSources& sources) {
  Reading reading;
  auto& mistakes = reading.mistakes;
  const auto root = read_yaml(text, file, mistakes);
  if (root.type != Value::Type::map) {
    if (mistakes.empty())
      mistakes.push_back({{file, 1, 1}, "a checklist is a map with 'checklist' and 'checks'"});
    return reading;
  }
  reading.is_readable = true;
  const std::vector<std::string_view> keys{"checklist", "about", "vars", "checks"};
  for (const auto& member : root.members)
    if (std::ranges::find(keys, member.key) == keys.end())
      mistakes.push_back({member.where, fmt::format("unknown key '{}' of a checklist{}", member.key,
                                                    did_you_mean(member.key, keys))});
  Variables variables(root.find("vars"), sources, mistakes);
  for (const auto name : variables.names()) reading.variables.emplace_back(name);
  variables.resolve_all();
  reading.checklist.name = read_name(root, variables, reading);
  if (const auto* about = root.find("about")) {
    if (about->type != Value::Type::scalar)
      mistakes.push_back({about->where, "'about' must be a text"});
    reading.checklist.about = variables.substitute(*about).text;
  }
  read_checks(root, variables, sources, reading);
  prepare_checks(reading);
  reading.checklist.secrets = variables.secrets();
  reading.checklist.given = variables.given();
  hide_secrets(reading);
  put_in_order(mistakes);
  return reading;
}

// A file that could not be read may be the one that declares the variable.
std::vector<Mistake> undeclared(const std::vector<Reading>& readings,
                                const ChecklistSources& sources) {
  if (!std::ranges::all_of(readings, &Reading::is_readable)) return {};
  std::vector<std::string_view> names;
  for (const auto& reading : readings)
    names.insert(names.end(), reading.variables.begin(), reading.variables.end());
  std::vector<Mistake> mistakes;
  std::set<std::string_view> seen;
  for (const auto& [name, text] : sources.set)
    if (std::ranges::find(names, name) == names.end() && seen.insert(name).second)
      mistakes.push_back({{},
                          fmt::format("the variable '{}' is set, but not declared in 'vars'{}",
                                      name, did_you_mean(name, names))});
  return mistakes;
}

}  // namespace

std::vector<Checklist> read_checklists(const std::vector<ChecklistText>& files,
                                       const ChecklistSources& sources) {
  std::vector<Reading> readings;
  for (const auto& file : files) readings.push_back(read_one(file.text, file.file, sources));
  auto mistakes = undeclared(readings, sources);
  std::vector<Checklist> checklists;
  for (auto& reading : readings) {
    mistakes.insert(mistakes.end(), reading.mistakes.begin(), reading.mistakes.end());
    checklists.push_back(std::move(reading.checklist));
  }
  if (!mistakes.empty()) throw Mistakes(std::move(mistakes));
  return checklists;
}

Checklist read_checklist(std::string_view text, const std::string& file,
                         const ChecklistSources& sources) {
  return std::move(read_checklists({{std::string(text), file}}, sources).front());
}

}  // namespace postflight
