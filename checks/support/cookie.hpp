#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checks/support/pattern.hpp"
#include "runner/check.hpp"

namespace postflight {

// One Set-Cookie, as a browser reads it (RFC 6265). Its value is a secret: it is never quoted.
struct Cookie {
  std::string name, value;
  std::string domain;     // lower case, without a leading dot; empty: only the host that sent it
  std::string path;       // empty: the default path
  std::string same_site;  // as sent; empty when absent
  std::optional<std::int64_t> max_age;  // seconds
  bool secure = false, http_only = false;
  bool removed = false;  // Max-Age of 0 or less, or Expires in the past: it takes the cookie away
};

// Of two for the same name, domain and path the last counts.
std::vector<Cookie> read_cookies(const std::vector<std::string>& set_cookie_headers,
                                 std::chrono::system_clock::time_point now);

struct CookieWanted {
  std::string name;
  std::optional<Pattern> name_matches;  // instead of name; every cookie it finds is judged
  bool present = true;
  std::optional<bool> secure, http_only;
  std::string same_site, domain, path;  // empty: anything
  std::optional<std::int64_t> max_age;
  std::int64_t max_age_tolerance = 0;
  std::optional<Pattern> value_matches;
};

inline constexpr std::string_view same_site_choices[] = {"Strict", "Lax", "None"};
inline constexpr Setting cookie_settings[] = {
    {"name", SettingType::text, "the cookie's exact name"},
    {"name-matches", SettingType::pattern,
     "instead of name: a pattern; every cookie whose name it finds must be right"},
    {"present", SettingType::flag, "false: the answer must not set it", false, "true"},
    {"secure", SettingType::flag, "whether it must have Secure"},
    {"http-only", SettingType::flag, "whether it must have HttpOnly"},
    {"same-site", SettingType::text, "its SameSite", false, {}, {}, same_site_choices},
    {"domain", SettingType::text, "its Domain; a leading dot means nothing"},
    {"path", SettingType::text, "its Path"},
    {"max-age", SettingType::integer, "its Max-Age in seconds"},
    {"max-age-tolerance", SettingType::integer, "how many seconds Max-Age may be off", false, "0"},
    {"value-matches", SettingType::pattern,
     "a pattern for its value, which is never shown in a report"},
};

CookieWanted read_cookie_wanted(const Settings& settings);

Evidence judge_cookie(const CookieWanted& wanted, std::span<const Cookie> cookies);

}  // namespace postflight
