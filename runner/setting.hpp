#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/value.hpp"

namespace postflight {

enum class SettingType {
  text,        // any scalar
  integer,     // whole number
  number,      // decimal number
  flag,        // true or false
  duration,    // 500ms, 30s, 5m, 2h, 28d, 4w, and sums of them: 1h30m
  pattern,     // an RE2 regular expression, compiled when the checklist is read
  expression,  // a jq expression, which the kind compiles
  texts,       // a list of scalars; one scalar stands for a list of one
  text_map,    // names to scalars
  object,      // a map with declared fields
  objects,     // a list of such maps; one map stands for a list of one
};

std::string_view to_string(SettingType type);

// One setting of a kind, declared once: read, validated, explained and put in the schema from here.
struct Setting {
  std::string_view name;  // lower case words joined by dashes
  SettingType type = SettingType::text;
  std::string_view about;  // one line, with the unit where there is one
  bool required = false;
  std::string_view fallback = {};                  // used when absent; empty means "no default"
  std::span<const Setting> fields = {};            // of object and objects
  std::span<const std::string_view> choices = {};  // of text: the only values allowed
  bool in_process_list = false;  // becomes arguments of a program: must hold no secret
};

// The settings of one check, already validated against their declaration. Asking for a setting
// that was not declared, or with the wrong type, is a bug and throws std::logic_error.
class Settings {
 public:
  // `value` is a map (or null, for no settings) that outlives this object; so do `declared` and
  // `mistakes`, which collects what a kind finds wrong beyond the types.
  Settings(std::span<const Setting> declared, const Value& value, std::vector<Mistake>& mistakes);

  bool has(std::string_view name) const;          // written in the checklist, not merely defaulted
  std::string text(std::string_view name) const;  // empty when absent without default
  // Likewise, and where it is written it must not be empty, as with a variable that has no value:
  // for what is
  // expected, which would then be expected no more.
  std::string nonempty_text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::chrono::milliseconds duration(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> text_map(std::string_view name) const;
  Settings object(std::string_view name) const;  // all defaults when absent
  std::vector<Settings> objects(std::string_view name) const;

  std::optional<std::int64_t> optional_integer(std::string_view name) const;
  std::optional<double> optional_number(std::string_view name) const;
  std::optional<std::chrono::milliseconds> optional_duration(std::string_view name) const;

  // Where the setting is written; where the settings are when it is not.
  Position where(std::string_view name) const;

  // Reports what only the kind can see (contradictions, ranges), at the place of that setting.
  void mistake(std::string_view name, std::string what) const;

 private:
  const Setting& declared(std::string_view name, SettingType type) const;
  const Value* find(std::string_view name) const;
  std::string scalar(std::string_view name, SettingType type) const;

  std::span<const Setting> declared_;
  const Value* value_;
  std::vector<Mistake>* mistakes_;
};

// Adds a mistake for every unknown key, missing required setting and value of the wrong type.
void validate_settings(std::span<const Setting> declared, const Value& value,
                       std::vector<Mistake>& mistakes);

// 1h30m -> 90 minutes; nothing for anything else. Weeks and days are 7 x 24 and 24 hours.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest exact form that parse_duration reads back: 90 minutes -> 1h30m, 0 -> 0s.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace postflight
