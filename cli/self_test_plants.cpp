#include <fmt/format.h>

#include <algorithm>

#include "checks/support/jq_syntax.hpp"
#include "checks/support/pattern_example.hpp"
#include "cli/self_test.hpp"

namespace postflight {
namespace {

constexpr std::size_t most_of_a_sort = 40;
constexpr std::size_t longest_text = 200;
constexpr std::size_t most_of_expressions = 120;

class Planter {
 public:
  void settings(std::span<const Setting> declared, const Value& value, const std::string& path) {
    for (const auto& setting : declared)
      if (const auto* given = value.find(setting.name))
        one(setting, *given, path + std::string(setting.name));
  }

  std::vector<Plant> take() {
    phrases_.insert(phrases_.end(), names_.begin(), names_.end());
    phrases_.insert(phrases_.end(), values_.begin(), values_.end());
    return std::move(phrases_);
  }

 private:
  void one(const Setting& setting, const Value& value, const std::string& path) {
    switch (setting.type) {
      case SettingType::pattern:
        example(value.text, path);
        break;
      case SettingType::expression:
        expression(value.text, path);
        break;
      case SettingType::text:
        if (value.text.find('*') != std::string::npos) name(value.text, path);
        break;
      case SettingType::texts:
        name(value.text, path);
        for (const auto& item : value.items) name(item.text, path);
        break;
      case SettingType::text_map:
        values(value, path);
        break;
      case SettingType::object:
        settings(setting.fields, value, path + ".");
        break;
      case SettingType::objects:
        if (value.type == Value::Type::map) settings(setting.fields, value, path + ".");
        for (const auto& item : value.items) settings(setting.fields, item, path + ".");
        break;
      default:
        break;
    }
  }

  // Names with values, of which some are patterns, as of header-matches.
  void values(const Value& map, const std::string& path) {
    for (const auto& [key, where, value] : map.members) {
      name(key, path);
      phrase(value.text, path);
      example(value.text, path);
    }
  }

  void example(const std::string& pattern, const std::string& path) {
    if (const auto text = example_of(Pattern(pattern)))
      add(phrases_, {"an example of " + path, *text, false});
  }

  void phrase(const std::string& text, const std::string& path) {
    add(phrases_, {"a word of " + path, text, false});
  }

  void name(const std::string& text, const std::string& path) {
    add(names_, {"a word of " + path, text, true});
  }

  // Each field that it looks at could hold each text that stands in it, and what many fields hold
  // when something is wrong.
  void expression(const std::string& text, const std::string& path) {
    const auto read = read_jq_text(text);
    auto values = read.strings;
    for (const auto* usual : {"changed", "true", "2000-01-01T00:00:00Z"})
      values.emplace_back(usual);
    for (const auto& field : read.paths)
      for (const auto& value : values) {
        if (values_.size() == most_of_expressions) return;
        if (value.size() > longest_text) continue;
        values_.push_back({"a word of " + path, value, false, field});
      }
  }

  static void add(std::vector<Plant>& list, Plant plant) {
    if (plant.text.empty() || plant.text.size() > longest_text) return;
    if (plant.text.find('\n') != std::string::npos || list.size() == most_of_a_sort) return;
    if (std::ranges::find(list, plant.text, &Plant::text) == list.end())
      list.push_back(std::move(plant));
  }

  std::vector<Plant> phrases_, names_, values_;
};

}  // namespace

std::vector<Plant> plants_of(const ChecklistEntry& entry) {
  Planter planter;
  planter.settings(entry.kind->settings, entry.settings, "");
  return planter.take();
}

}  // namespace postflight
