#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "checks/catalogue.hpp"
#include "cli/commands.hpp"

namespace postflight {
namespace {

using Json = nlohmann::ordered_json;

// A variable may stand for any value, so a text that holds one is right everywhere.
constexpr const char* variable = R"(\$\{)";

Json scalar() { return {{"type", {"string", "number", "boolean"}}}; }

Json or_variable(Json schema) {
  return {{"anyOf", {std::move(schema), {{"type", "string"}, {"pattern", variable}}}}};
}

// Scalars are read as text: 2 and "2" are the same.
Json text_or(const char* type, const char* pattern) {
  return {{"type", {type, "string"}}, {"pattern", fmt::format("{}|{}", pattern, variable)}};
}

Json duration() {
  return {{"type", "string"},
          {"pattern", fmt::format("^([0-9]+(ms|s|m|h|d|w))+$|{}", variable)},
          {"description", "a duration: 500ms, 30s, 5m, 1h30m, 28d"}};
}

Json texts() { return {{"anyOf", {scalar(), {{"type", "array"}, {"items", scalar()}}}}}; }

Json schema_of(std::span<const Setting> settings);

Json schema_of_type(const Setting& setting) {
  switch (setting.type) {
    case SettingType::text:
      if (setting.choices.empty()) return scalar();
      return or_variable({{"enum", setting.choices}});
    case SettingType::pattern:
    case SettingType::expression:
      return scalar();
    case SettingType::integer:
      return text_or("integer", "^-?[0-9]+$");
    case SettingType::number:
      return text_or("number", "^-?[0-9.]+([eE][-+]?[0-9]+)?$");
    case SettingType::flag:
      return text_or("boolean", "^(true|false)$");
    case SettingType::duration:
      return duration();
    case SettingType::texts:
      return texts();
    case SettingType::text_map:
      return or_variable({{"type", "object"}, {"additionalProperties", scalar()}});
    case SettingType::object:
      return or_variable(schema_of(setting.fields));
    case SettingType::objects: {
      const auto one = schema_of(setting.fields);
      return or_variable({{"anyOf", {one, {{"type", "array"}, {"items", or_variable(one)}}}}});
    }
  }
  return scalar();
}

Json schema_of(std::span<const Setting> settings) {
  Json schema = {{"type", "object"}, {"additionalProperties", false}};
  auto required = Json::array();
  auto properties = Json::object();
  for (const auto& setting : settings) {
    const std::string name(setting.name);
    properties[name] = schema_of_type(setting);
    if (!setting.about.empty()) properties[name]["description"] = setting.about;
    if (!setting.fallback.empty()) properties[name]["default"] = setting.fallback;
    if (setting.required) required.push_back(name);
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json map_of(std::initializer_list<std::pair<const char*, Json>> members,
            const std::vector<std::string>& required) {
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"required", required}};
  for (const auto& [name, member] : members) schema["properties"][name] = member;
  return schema;
}

Json text(const char* about) { return {{"type", "string"}, {"description", about}}; }

// Settings depend on the kind: one rule a kind.
Json rules_of_kinds() {
  auto rules = Json::array();
  for (const auto* kind : all_kinds()) {
    Json then = {{"properties", {{"with", schema_of(kind->settings)}}}};
    if (then["properties"]["with"].contains("required")) then["required"] = Json::array({"with"});
    rules.push_back(
        {{"if", {{"properties", {{"kind", {{"const", kind->name}}}}}}}, {"then", std::move(then)}});
  }
  return rules;
}

Json kinds() {
  auto list = Json::array();
  for (const auto* kind : all_kinds())
    list.push_back({{"const", kind->name}, {"description", kind->summary}});
  return {{"anyOf", std::move(list)}, {"description", "what sort of thing it verifies"}};
}

Json check() {
  auto schema = map_of(
      {{"id", {{"type", {"string", "integer"}}, {"pattern", "^[A-Za-z0-9][A-Za-z0-9._-]*$"}}},
       {"title", text("what is right when it passes")},
       {"kind", kinds()},
       {"with", {{"type", "object"}, {"description", "the settings of its kind"}}},
       {"section", text("its heading in the text report; the checklist's name when absent")},
       {"needs", texts()},
       {"tags", texts()},
       {"severity", or_variable({{"enum", {"blocking", "advisory"}}})},
       {"timeout", duration()},
       {"wait", map_of({{"for", duration()}, {"every", duration()}}, {"for"})},
       {"hold", map_of({{"for", duration()}, {"every", duration()}}, {"for"})},
       {"waive",
        map_of({{"reason", text("why it is known")}, {"until", text("the last day, 2026-12-31")}},
               {"reason", "until"})},
       {"allow-empty", text_or("boolean", "^(true|false)$")},
       {"when", {{"enum", {"installed"}}}},
       {"hint", text("what to do when it is not green")},
       {"page", text("where to read more")}},
      {"id", "title", "kind"});
  schema["allOf"] = rules_of_kinds();
  return schema;
}

Json checklist() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "a postflight checklist"}};
  schema.update(map_of({{"checklist", text("its name")},
                        {"about", text("what it is for")},
                        {"vars", {{"type", "object"}, {"description", "names to values"}}},
                        {"checks", {{"type", "array"}, {"minItems", 1}, {"items", check()}}}},
                       {"checklist", "checks"}));
  return schema;
}

}  // namespace

int schema_command(const Messages& messages) { return print(checklist().dump(2) + "\n", messages); }

}  // namespace postflight
