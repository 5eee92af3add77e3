#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "checks/support/pattern.hpp"
#include "checks/support/status_set.hpp"
#include "clients/http.hpp"
#include "runner/check.hpp"

namespace postflight {

// What an answer that is not as expected means: a row of an edge's table, held by the checklist.
struct Explanation {
  std::string name;  // of an errored one it is the outcome's reason word
  Status verdict = Status::failed;
  std::string summary;
  StatusSet status;  // empty: any
  std::vector<std::string> header_present, header_absent;
  std::vector<std::pair<std::string, Pattern>> header_matches;
  std::optional<Pattern> body_matches;
  std::optional<bool> body_empty;
};

inline constexpr std::string_view explanation_verdicts[] = {"failed", "errored"};
inline constexpr Setting explanation_when_settings[] = {
    {"status", SettingType::texts, "statuses or classes such as 4xx; any of them"},
    {"header-present", SettingType::texts, "headers that are all there"},
    {"header-absent", SettingType::texts, "headers of which none is there"},
    {"header-matches", SettingType::text_map, "headers and patterns that their values match"},
    {"body-matches", SettingType::pattern, "a pattern found in the body"},
    {"body-empty", SettingType::flag, "whether the body is empty"},
};
inline constexpr Setting explanation_settings[] = {
    {"name", SettingType::text, "lower case words joined by dashes; the reason word when errored",
     true},
    {"when",
     SettingType::object,
     "the marks of such an answer; all of them must be there",
     true,
     {},
     explanation_when_settings},
    {"verdict",
     SettingType::text,
     "failed, or errored for what is no answer to the question",
     false,
     "failed",
     {},
     explanation_verdicts},
    {"summary", SettingType::text, "one sentence that says what such an answer means", true},
};

Explanation read_explanation(const Settings& settings);

// The first that fits, or nullptr.
const Explanation* explanation_of(std::span<const Explanation> explanations,
                                  const HttpResponse& response);

// Whether a header of that name has a value with the pattern in it.
bool header_matches(const HttpResponse& response, const std::string& name, const Pattern& pattern);

}  // namespace postflight
