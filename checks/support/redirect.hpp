#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/support/pattern.hpp"
#include "runner/check.hpp"

namespace postflight {

// Where an answer must send its reader, judged on the parsed Location.
struct RedirectWanted {
  std::string scheme;  // empty: either
  std::string host;    // empty: any
  int port = 0;        // with a host only; 0 means the scheme's own
  std::string path;
  std::optional<Pattern> path_matches;
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::pair<std::string, Pattern>> query_matches;
  std::vector<std::string> query_present;
};

inline constexpr std::string_view redirect_schemes[] = {"http", "https"};
inline constexpr Setting redirect_settings[] = {
    {"scheme", SettingType::text, "its scheme", false, {}, {}, redirect_schemes},
    {"host", SettingType::text,
     "its host, or host:port; without a port it must be the scheme's own"},
    {"path", SettingType::text, "its whole path, as it is sent (percent-encoded)"},
    {"path-matches", SettingType::pattern, "a pattern for its path"},
    {"query", SettingType::text_map, "query parameters and their exact values, decoded"},
    {"query-matches", SettingType::text_map, "query parameters and patterns for their values"},
    {"query-present", SettingType::texts,
     "query parameters that must be there, whatever their value"},
};

RedirectWanted read_redirect_wanted(const Settings& settings);

// `base` is the URL that answered: a relative Location is resolved against it. Values of query
// parameters are never quoted: they hold states and tokens.
Evidence judge_redirect(const RedirectWanted& wanted, const std::string& base,
                        const std::vector<std::string>& locations);

// https://host/path with parameters a, b: what may be shown of a Location.
std::string location_excerpt(const std::string& base, const std::string& location);

}  // namespace postflight
