#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/support/container_log.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/pattern.hpp"
#include "runner/check.hpp"

namespace postflight {

inline constexpr std::string_view when_missing_choices[] = {"failed", "errored", "passed"};

inline constexpr Setting log_rule_settings[] = {
    {"name", SettingType::text, "what the rule states, in words", true},
    {"must-appear", SettingType::pattern, "a line with this must be there"},
    {"must-not-appear", SettingType::pattern, "no line with this may be there"},
    {"latest", SettingType::pattern, "the newest line with this is the one that counts"},
    {"decides", SettingType::pattern, "what must be in that line"},
    {"json", SettingType::text_map,
     "the newest JSON line in which these fields have these values is the one that counts"},
    {"expect", SettingType::text_map, "fields and values that must be in that line"},
    {"exact-case", SettingType::flag, "values of JSON fields differ by case too", false, "false"},
    {.name = "when-missing",
     .type = SettingType::text,
     .about = "what it means when the log is whole and no such line is in it",
     .fallback = "failed",
     .choices = when_missing_choices},
    {"since", SettingType::duration, "look only this far back, instead of to the start"},
};

// Which lines are meant: those a pattern is found in, or those that are JSON objects in which
// certain fields have certain values.
class LineMatch {
 public:
  explicit LineMatch(Pattern pattern);
  LineMatch(std::vector<std::pair<std::string, std::string>> fields, bool exact_case);

  bool matches(std::string_view line) const;
  std::string text() const;  // "/failed to setup/", "event=outpost mode"

 private:
  std::optional<Pattern> pattern_;
  std::vector<std::pair<std::string, std::string>> fields_;
  bool exact_case_ = false;
  std::optional<Pattern> may_match_;  // false for a line that cannot match, without reading JSON
};

// One statement about a log.
struct LogRule {
  enum class Kind { must_appear, must_not_appear, latest };
  Kind kind = Kind::must_appear;
  std::string name;
  LineMatch lines;
  std::optional<LineMatch> decides;  // of latest: what the newest of those lines must be like
  Status when_missing = Status::failed;
  std::optional<std::chrono::milliseconds> since;  // else since the start of the container
  std::string expected;                            // the rule in words
};

// Reads one rule; reports what contradicts itself. `since` is that of the whole check.
LogRule read_log_rule(const Settings& settings, std::optional<std::chrono::milliseconds> since);

// Adds one fact: what the log says of the rule. Silence is proof only where the log reaches back
// over all that was asked.
void judge_log(const LogRule& rule, const LogHistory& history, Moment now,
               const std::string& subject, Findings& findings);

}  // namespace postflight
