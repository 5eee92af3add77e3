#include "checks/support/cookie.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "checks/support/http_date.hpp"
#include "checks/support/text.hpp"

namespace postflight {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

void read_attribute(Cookie& cookie, std::string_view text, std::optional<std::time_t>& expires) {
  const auto equals = text.find('=');
  const auto name = lower_case(trimmed(text.substr(0, equals)));
  const auto value =
      equals == std::string_view::npos ? std::string_view{} : trimmed(text.substr(equals + 1));
  if (name == "secure") cookie.secure = true;
  if (name == "httponly") cookie.http_only = true;
  if (name == "samesite") cookie.same_site = value;
  if (name == "path") cookie.path = value;
  if (name == "domain")
    cookie.domain = lower_case(value.starts_with('.') ? value.substr(1) : value);
  if (name == "max-age") cookie.max_age = whole_number(value);
  if (name == "expires") expires = http_date(std::string(value));
}

// Nothing for a header without a name, which browsers ignore.
std::optional<Cookie> read_cookie(std::string_view header,
                                  std::chrono::system_clock::time_point now) {
  Cookie cookie;
  std::optional<std::time_t> expires;
  const auto pair = header.substr(0, header.find(';'));
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos || trimmed(pair.substr(0, equals)).empty())
    return std::nullopt;
  cookie.name = trimmed(pair.substr(0, equals));
  cookie.value = trimmed(pair.substr(equals + 1));
  header.remove_prefix(pair.size());
  while (!header.empty()) {
    header.remove_prefix(1);
    const auto attribute = header.substr(0, header.find(';'));
    read_attribute(cookie, attribute, expires);
    header.remove_prefix(attribute.size());
  }
  cookie.removed = cookie.max_age
                       ? *cookie.max_age <= 0
                       : expires && *expires <= std::chrono::system_clock::to_time_t(now);
  return cookie;
}

std::string text_of(const CookieWanted& wanted) {
  std::vector<std::string> parts;
  const auto flag = [&](const std::optional<bool>& value, const char* name) {
    if (value) parts.push_back(fmt::format("{}{}", *value ? "" : "no ", name));
  };
  flag(wanted.secure, "Secure");
  flag(wanted.http_only, "HttpOnly");
  if (!wanted.same_site.empty()) parts.push_back("SameSite=" + wanted.same_site);
  if (!wanted.domain.empty()) parts.push_back("Domain=" + wanted.domain);
  if (!wanted.path.empty()) parts.push_back("Path=" + wanted.path);
  if (wanted.max_age)
    parts.push_back(
        wanted.max_age_tolerance == 0
            ? fmt::format("Max-Age={}", *wanted.max_age)
            : fmt::format("Max-Age={} give or take {}", *wanted.max_age, wanted.max_age_tolerance));
  if (wanted.value_matches)
    parts.push_back(fmt::format("a value that matches /{}/", wanted.value_matches->text()));
  return parts.empty() ? "set" : fmt::format("set with {}", fmt::join(parts, ", "));
}

std::string text_of(const Cookie& cookie) {
  std::vector<std::string> parts;
  if (cookie.secure) parts.emplace_back("Secure");
  if (cookie.http_only) parts.emplace_back("HttpOnly");
  if (!cookie.same_site.empty()) parts.push_back("SameSite=" + cookie.same_site);
  if (!cookie.domain.empty()) parts.push_back("Domain=" + cookie.domain);
  if (!cookie.path.empty()) parts.push_back("Path=" + cookie.path);
  if (cookie.max_age) parts.push_back(fmt::format("Max-Age={}", *cookie.max_age));
  return parts.empty() ? "set without attributes"
                       : fmt::format("set with {}", fmt::join(parts, ", "));
}

std::vector<std::string> faults_of(const CookieWanted& wanted, const Cookie& cookie) {
  std::vector<std::string> faults;
  const auto flag = [&](const std::optional<bool>& value, bool seen, const char* name) {
    if (value && *value != seen) faults.push_back(fmt::format("{}{}", seen ? "" : "no ", name));
  };
  flag(wanted.secure, cookie.secure, "Secure");
  flag(wanted.http_only, cookie.http_only, "HttpOnly");
  const auto text = [&](const std::string& value, const std::string& seen, const char* name) {
    if (!value.empty() && lower_case(value) != lower_case(seen))
      faults.push_back(seen.empty() ? fmt::format("no {}", name) : fmt::format("wrong {}", name));
  };
  text(wanted.same_site, cookie.same_site, "SameSite");
  text(wanted.domain, cookie.domain, "Domain");
  if (!wanted.path.empty() && wanted.path != cookie.path)
    faults.emplace_back(cookie.path.empty() ? "no Path" : "wrong Path");
  if (wanted.max_age && !cookie.max_age) {
    faults.emplace_back("no Max-Age");
  } else if (wanted.max_age && (*cookie.max_age < *wanted.max_age - wanted.max_age_tolerance ||
                                *cookie.max_age > *wanted.max_age + wanted.max_age_tolerance)) {
    faults.emplace_back("wrong Max-Age");
  }
  if (wanted.value_matches && !wanted.value_matches->found_in(cookie.value))
    faults.push_back(
        fmt::format("a value of {} characters that does not match", cookie.value.size()));
  return faults;
}

}  // namespace

std::vector<Cookie> read_cookies(const std::vector<std::string>& set_cookie_headers,
                                 std::chrono::system_clock::time_point now) {
  std::vector<Cookie> cookies;
  for (const auto& header : set_cookie_headers) {
    const auto cookie = read_cookie(header, now);
    if (!cookie) continue;
    std::erase_if(cookies, [&](const Cookie& earlier) {
      return earlier.name == cookie->name && earlier.domain == cookie->domain &&
             earlier.path == cookie->path;
    });
    cookies.push_back(*cookie);
  }
  return cookies;
}

CookieWanted read_cookie_wanted(const Settings& settings) {
  CookieWanted wanted;
  wanted.name = settings.text("name");
  if (settings.has("name-matches")) wanted.name_matches.emplace(settings.text("name-matches"));
  if (wanted.name.empty() == !wanted.name_matches)
    settings.mistake("name", "a cookie needs either 'name' or 'name-matches'");
  wanted.present = settings.flag("present");
  if (settings.has("secure")) wanted.secure = settings.flag("secure");
  if (settings.has("http-only")) wanted.http_only = settings.flag("http-only");
  wanted.same_site = settings.text("same-site");
  wanted.domain = lower_case(settings.nonempty_text("domain"));
  if (wanted.domain.starts_with('.')) wanted.domain.erase(0, 1);
  wanted.path = settings.nonempty_text("path");
  wanted.max_age = settings.optional_integer("max-age");
  wanted.max_age_tolerance = settings.integer("max-age-tolerance");
  if (wanted.max_age && *wanted.max_age <= 0)
    settings.mistake("max-age",
                     "'max-age' of 0 or less takes the cookie away; to expect that it "
                     "is not set, write 'present: false'");
  if (wanted.max_age_tolerance < 0)
    settings.mistake("max-age-tolerance", "'max-age-tolerance' must not be negative");
  if (settings.has("max-age-tolerance") && !wanted.max_age)
    settings.mistake("max-age-tolerance", "'max-age-tolerance' says nothing without 'max-age'");
  if (settings.has("value-matches")) wanted.value_matches.emplace(settings.text("value-matches"));
  if (!wanted.present && text_of(wanted) != "set")
    settings.mistake("present", "a cookie that must not be set cannot have attributes");
  return wanted;
}

Evidence judge_cookie(const CookieWanted& wanted, std::span<const Cookie> cookies) {
  Evidence fact;
  fact.subject = wanted.name_matches ? fmt::format("cookie /{}/", wanted.name_matches->text())
                                     : "cookie " + wanted.name;
  fact.expected = wanted.present ? text_of(wanted) : "not set";
  fact.observed = "not set";
  std::vector<std::string> seen, faults;
  for (const auto& cookie : cookies) {
    const bool meant = wanted.name_matches ? wanted.name_matches->found_in(cookie.name)
                                           : cookie.name == wanted.name;
    if (!meant) continue;
    if (cookie.removed) {
      fact.observed = "taken away: sent as expired";
      continue;
    }
    seen.push_back(wanted.name_matches ? fmt::format("{} {}", cookie.name, text_of(cookie))
                                       : text_of(cookie));
    for (auto& fault : faults_of(wanted, cookie)) faults.push_back(std::move(fault));
  }
  if (!seen.empty()) fact.observed = fmt::format("{}", fmt::join(seen, "; "));
  if (!faults.empty()) fact.observed += fmt::format(": {}", fmt::join(faults, ", "));
  const bool right = wanted.present ? !seen.empty() && faults.empty() : seen.empty();
  fact.status = right ? Status::passed : Status::failed;
  return fact;
}

}  // namespace postflight
