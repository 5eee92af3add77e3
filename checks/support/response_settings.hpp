#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "checks/support/http_settings.hpp"
#include "checks/support/response_judge.hpp"
#include "clients/http.hpp"
#include "runner/setting.hpp"

namespace postflight {

// What http.response asks, how often, and what it holds the answers to.
struct ResponseSettings {
  HttpRequest request;
  std::size_t requests = 1;
  ResponseWanted wanted;
  std::optional<std::chrono::milliseconds> max_latency, warn_latency;
};

inline constexpr std::string_view safe_methods[] = {"GET", "HEAD", "OPTIONS"};
inline constexpr Setting response_settings[] = {
    {"url", SettingType::text, "the http or https URL to ask", true},
    {"method",
     SettingType::text,
     "only methods that change nothing",
     false,
     "GET",
     {},
     safe_methods},
    headers_setting,
    resolve_setting,
    ca_file_setting,
    client_certificate_setting,
    client_key_setting,
    insecure_setting,
    {"follow-redirects", SettingType::integer,
     "how many redirects to follow; the last answer is judged", false, "0"},
    {"requests", SettingType::integer,
     "how many requests in a row, each on a connection of its own, must be answered rightly", false,
     "1"},
    {"status", SettingType::texts,
     "the right statuses, and classes such as 2xx; any status below 400 when absent"},
    {"inconclusive", SettingType::texts,
     "statuses that, where they are not right, say nothing about the thing asked (a firewall or a "
     "rate limiter answered); 403, 407, 429 and 530 when absent"},
    {"header-present", SettingType::texts, "headers that must be there"},
    {"header-absent", SettingType::texts, "headers that must not be there"},
    {"header-matches", SettingType::text_map, "headers and patterns for their values"},
    {"redirect", SettingType::object, "where the Location must lead", false, {}, redirect_settings},
    {"cookies",
     SettingType::objects,
     "cookies that must, or must not, be set",
     false,
     {},
     cookie_settings},
    {"body-matches", SettingType::pattern, "a pattern that must be found in the body"},
    {"body-not-matches", SettingType::pattern, "a pattern that must not be found in the body"},
    {"max-latency", SettingType::duration, "a whole answer that takes longer has failed"},
    {"warn-latency", SettingType::duration, "a whole answer that takes longer is warned of"},
    {"certificate-days-fail", SettingType::integer,
     "fail when a certificate of the server's chain is valid for fewer days"},
    {"certificate-days-warn", SettingType::integer,
     "warn when a certificate of the server's chain is valid for fewer days"},
    {"verdicts",
     SettingType::objects,
     "what answers that are not right mean; the first that fits is told",
     false,
     {},
     explanation_settings},
};

// Reports every contradiction as a mistake.
ResponseSettings read_response_settings(const Settings& settings);

}  // namespace postflight
