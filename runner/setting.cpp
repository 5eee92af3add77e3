#include "runner/setting.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "runner/suggest.hpp"

namespace postflight {
namespace {

std::optional<std::int64_t> parse_integer(const std::string& text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

std::optional<double> parse_number(const std::string& text) {
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<bool> parse_flag(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::string pattern_error(const std::string& text) {
  const RE2 pattern(text, RE2::Quiet);
  return pattern.ok() ? "" : pattern.error();
}

std::string names_of(std::span<const Setting> declared) {
  std::string names;
  for (const auto& setting : declared)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", setting.name);
  return names;
}

std::string unknown_setting(const std::string& name, std::span<const Setting> declared) {
  std::vector<std::string_view> names;
  for (const auto& setting : declared) names.push_back(setting.name);
  auto guess = did_you_mean(name, names);
  if (guess.empty()) guess = "; known here: " + names_of(declared);
  return fmt::format("unknown setting '{}'{}", name, guess);
}

void check_scalar(const Setting& setting, const Value& value, std::vector<Mistake>& mistakes) {
  const auto wrong = [&](std::string_view wanted) {
    mistakes.push_back({value.where, fmt::format("'{}' must be {}", setting.name, wanted)});
  };
  if (value.type != Value::Type::scalar) {
    wrong(fmt::format("one value ({}), not {}", to_string(setting.type),
                      value.type == Value::Type::list  ? "a list"
                      : value.type == Value::Type::map ? "a map"
                                                       : "blank"));
    return;
  }
  switch (setting.type) {
    case SettingType::integer:
      if (!parse_integer(value.text)) wrong(fmt::format("a whole number, not '{}'", value.text));
      break;
    case SettingType::number:
      if (!parse_number(value.text)) wrong(fmt::format("a number, not '{}'", value.text));
      break;
    case SettingType::flag:
      if (!parse_flag(value.text)) wrong(fmt::format("true or false, not '{}'", value.text));
      break;
    case SettingType::duration:
      if (!parse_duration(value.text))
        wrong(fmt::format("a duration such as 30s, 5m or 28d, not '{}'", value.text));
      break;
    case SettingType::pattern:
      if (value.text.empty()) wrong("a regular expression: an empty one is found in everything");
      if (const auto error = pattern_error(value.text); !error.empty())
        wrong(fmt::format("a regular expression (RE2): {}", error));
      break;
    case SettingType::text:
      if (!setting.choices.empty() &&
          std::ranges::find(setting.choices, value.text) == setting.choices.end())
        wrong(fmt::format("one of {}, not '{}'", fmt::join(setting.choices, ", "), value.text));
      break;
    default:
      break;
  }
}

void check_value(const Setting& setting, const Value& value, std::vector<Mistake>& mistakes) {
  switch (setting.type) {
    case SettingType::texts:
      if (value.type == Value::Type::scalar) return;
      if (value.type != Value::Type::list) {
        mistakes.push_back({value.where, fmt::format("'{}' must be a list", setting.name)});
        return;
      }
      for (const auto& item : value.items)
        if (item.type != Value::Type::scalar)
          mistakes.push_back(
              {item.where, fmt::format("'{}' must hold plain values only", setting.name)});
      return;
    case SettingType::text_map:
      if (value.type != Value::Type::map) {
        mistakes.push_back(
            {value.where, fmt::format("'{}' must be a map of names to values", setting.name)});
        return;
      }
      for (const auto& member : value.members)
        if (member.value.type != Value::Type::scalar)
          mistakes.push_back(
              {member.value.where, fmt::format("'{}' must be one plain value", member.key)});
      return;
    case SettingType::object:
      if (value.type != Value::Type::map) {
        mistakes.push_back({value.where, fmt::format("'{}' must be a map with: {}", setting.name,
                                                     names_of(setting.fields))});
        return;
      }
      validate_settings(setting.fields, value, mistakes);
      return;
    case SettingType::objects:
      if (value.type == Value::Type::map) {
        validate_settings(setting.fields, value, mistakes);
        return;
      }
      if (value.type != Value::Type::list) {
        mistakes.push_back({value.where, fmt::format("'{}' must be a list of maps with: {}",
                                                     setting.name, names_of(setting.fields))});
        return;
      }
      for (const auto& item : value.items) {
        if (item.type == Value::Type::map)
          validate_settings(setting.fields, item, mistakes);
        else
          mistakes.push_back({item.where, fmt::format("each of '{}' must be a map with: {}",
                                                      setting.name, names_of(setting.fields))});
      }
      return;
    default:
      check_scalar(setting, value, mistakes);
  }
}

}  // namespace

std::string_view to_string(SettingType type) {
  switch (type) {
    case SettingType::text:
      return "text";
    case SettingType::integer:
      return "whole number";
    case SettingType::number:
      return "number";
    case SettingType::flag:
      return "true or false";
    case SettingType::duration:
      return "duration";
    case SettingType::pattern:
      return "regular expression";
    case SettingType::expression:
      return "jq expression";
    case SettingType::texts:
      return "list";
    case SettingType::text_map:
      return "map of names to values";
    case SettingType::object:
      return "map";
    case SettingType::objects:
      return "list of maps";
  }
  return "text";
}

void validate_settings(std::span<const Setting> declared, const Value& value,
                       std::vector<Mistake>& mistakes) {
  if (value.type == Value::Type::map) {
    for (const auto& member : value.members) {
      const auto setting =
          std::ranges::find(declared, std::string_view(member.key), &Setting::name);
      if (setting == declared.end())
        mistakes.push_back({member.where, unknown_setting(member.key, declared)});
      else
        check_value(*setting, member.value, mistakes);
    }
  } else if (value.type != Value::Type::null) {
    mistakes.push_back({value.where, "settings must be a map"});
    return;
  }
  for (const auto& setting : declared)
    if (setting.required && value.find(setting.name) == nullptr)
      mistakes.push_back({value.where, fmt::format("the setting '{}' is missing: {}", setting.name,
                                                   setting.about)});
}

Settings::Settings(std::span<const Setting> declared, const Value& value,
                   std::vector<Mistake>& mistakes)
    : declared_(declared), value_(&value), mistakes_(&mistakes) {}

const Setting& Settings::declared(std::string_view name, SettingType type) const {
  const auto setting = std::ranges::find(declared_, name, &Setting::name);
  if (setting == declared_.end())
    throw std::logic_error(fmt::format("the setting '{}' is not declared", name));
  const bool same = setting->type == type ||
                    (type == SettingType::text && (setting->type == SettingType::pattern ||
                                                   setting->type == SettingType::expression));
  if (!same)
    throw std::logic_error(
        fmt::format("the setting '{}' is declared as {}", name, to_string(setting->type)));
  return *setting;
}

const Value* Settings::find(std::string_view name) const { return value_->find(name); }

bool Settings::has(std::string_view name) const { return find(name) != nullptr; }

std::string Settings::scalar(std::string_view name, SettingType type) const {
  const auto& setting = declared(name, type);
  const auto* value = find(name);
  return value == nullptr ? std::string(setting.fallback) : value->text;
}

// A value of the wrong type was already reported as a mistake: what is read then is never used.
std::string Settings::text(std::string_view name) const { return scalar(name, SettingType::text); }

std::string Settings::nonempty_text(std::string_view name) const {
  auto value = text(name);
  if (value.empty() && has(name)) mistake(name, fmt::format("'{}' is empty", name));
  return value;
}

std::int64_t Settings::integer(std::string_view name) const {
  return parse_integer(scalar(name, SettingType::integer)).value_or(0);
}

double Settings::number(std::string_view name) const {
  return parse_number(scalar(name, SettingType::number)).value_or(0);
}

bool Settings::flag(std::string_view name) const {
  return parse_flag(scalar(name, SettingType::flag)).value_or(false);
}

std::chrono::milliseconds Settings::duration(std::string_view name) const {
  return parse_duration(scalar(name, SettingType::duration)).value_or(std::chrono::milliseconds(0));
}

std::optional<std::int64_t> Settings::optional_integer(std::string_view name) const {
  return parse_integer(scalar(name, SettingType::integer));
}

std::optional<double> Settings::optional_number(std::string_view name) const {
  return parse_number(scalar(name, SettingType::number));
}

std::optional<std::chrono::milliseconds> Settings::optional_duration(std::string_view name) const {
  return parse_duration(scalar(name, SettingType::duration));
}

std::vector<std::string> Settings::texts(std::string_view name) const {
  declared(name, SettingType::texts);
  const auto* value = find(name);
  std::vector<std::string> list;
  if (value == nullptr) return list;
  if (value->type == Value::Type::scalar) return {value->text};
  for (const auto& item : value->items) list.push_back(item.text);
  return list;
}

std::vector<std::pair<std::string, std::string>> Settings::text_map(std::string_view name) const {
  declared(name, SettingType::text_map);
  const auto* value = find(name);
  std::vector<std::pair<std::string, std::string>> map;
  if (value == nullptr) return map;
  for (const auto& member : value->members) map.emplace_back(member.key, member.value.text);
  return map;
}

Settings Settings::object(std::string_view name) const {
  static const Value nothing;
  const auto& setting = declared(name, SettingType::object);
  const auto* value = find(name);
  return {setting.fields, value == nullptr ? nothing : *value, *mistakes_};
}

std::vector<Settings> Settings::objects(std::string_view name) const {
  const auto& setting = declared(name, SettingType::objects);
  const auto* value = find(name);
  std::vector<Settings> list;
  if (value == nullptr) return list;
  if (value->type == Value::Type::map) list.push_back({setting.fields, *value, *mistakes_});
  for (const auto& item : value->items) list.push_back({setting.fields, item, *mistakes_});
  return list;
}

Position Settings::where(std::string_view name) const {
  const auto* value = find(name);
  return value == nullptr ? value_->where : value->where;
}

void Settings::mistake(std::string_view name, std::string what) const {
  mistakes_->push_back({where(name), std::move(what)});
}

}  // namespace postflight
