#include <fmt/format.h>

#include <algorithm>

#include "checks/support/pattern_example.hpp"
#include "cli/self_test.hpp"

namespace postflight {
namespace {

constexpr std::size_t most_plants = 60;
constexpr std::size_t longest_word = 100;

class Planter {
 public:
  void settings(std::span<const Setting> declared, const Value& value, const std::string& path) {
    for (const auto& setting : declared)
      if (const auto* given = value.find(setting.name))
        one(setting, *given, path + std::string(setting.name));
  }

  std::vector<Plant> take() {
    examples_.insert(examples_.end(), words_.begin(), words_.end());
    examples_.resize(std::min(examples_.size(), most_plants));
    return std::move(examples_);
  }

 private:
  void one(const Setting& setting, const Value& value, const std::string& path) {
    switch (setting.type) {
      case SettingType::pattern:
        example(value.text, path);
        break;
      case SettingType::text:
      case SettingType::texts:
      case SettingType::text_map:
        words(value, path);
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

  // A word may be a pattern: of text_map, some values are.
  void words(const Value& value, const std::string& path) {
    if (value.type == Value::Type::scalar) {
      word(value.text, path);
      if (value.text.find_first_of("\\^$*+?([|") != std::string::npos) example(value.text, path);
    }
    for (const auto& item : value.items) words(item, path);
    for (const auto& member : value.members) {
      word(member.key, path);
      words(member.value, path);
    }
  }

  void example(const std::string& pattern, const std::string& path) {
    if (const auto text = example_of(Pattern(pattern)); text && !text->empty())
      add(examples_, {"an example of " + path, *text});
  }

  void word(const std::string& text, const std::string& path) {
    if (text.empty() || text.size() > longest_word || text.find('\n') != std::string::npos) return;
    add(words_, {"a word of " + path, text});
  }

  static void add(std::vector<Plant>& list, Plant plant) {
    if (std::ranges::find(list, plant.text, &Plant::text) == list.end())
      list.push_back(std::move(plant));
  }

  std::vector<Plant> examples_, words_;
};

}  // namespace

std::vector<Plant> plants_of(const ChecklistEntry& entry) {
  Planter planter;
  planter.settings(entry.kind->settings, entry.settings, "");
  return planter.take();
}

}  // namespace postflight
