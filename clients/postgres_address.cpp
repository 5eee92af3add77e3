#include "clients/postgres_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <utility>
#include <vector>

#include "clients/error.hpp"
#include "clients/kubernetes_path.hpp"
#include "clients/url.hpp"

namespace postflight {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

bool is_url(std::string_view text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

// A URL as libpq cuts it: the user part ends at the first '@' before any '/'.
struct DatabaseUrl {
  std::string_view user, password, place, query;
};

DatabaseUrl split_url(std::string_view url) {
  DatabaseUrl parts;
  auto rest = url.substr(url.find("://") + 3);
  if (const auto end = rest.find_first_of("@/"); end != rest.npos && rest[end] == '@') {
    parts.user = rest.substr(0, end);
    rest = rest.substr(end + 1);
    if (const auto colon = parts.user.find(':'); colon != parts.user.npos) {
      parts.password = parts.user.substr(colon + 1);
      parts.user = parts.user.substr(0, colon);
    }
  }
  const auto mark = rest.find('?');
  parts.place = rest.substr(0, mark);
  if (mark != rest.npos) parts.query = rest.substr(mark + 1);
  return parts;
}

Pairs query_pairs(std::string_view query) {
  Pairs pairs;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto part = query.substr(0, end);
    const auto equals = std::min(part.find('='), part.size());
    pairs.emplace_back(part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return pairs;
}

// key = 'quoted value' and key=value, with backslash escapes, as libpq reads them.
Pairs keyword_pairs(std::string_view text) {
  const auto space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  Pairs pairs;
  std::size_t at = 0;
  const auto skip_space = [&] {
    while (at < text.size() && space(text[at])) ++at;
  };
  for (skip_space(); at < text.size(); skip_space()) {
    std::string key, value;
    while (at < text.size() && text[at] != '=' && !space(text[at])) key += text[at++];
    skip_space();
    if (at < text.size() && text[at] == '=') {
      ++at;
      skip_space();
      const bool quoted = at < text.size() && text[at] == '\'';
      if (quoted) ++at;
      while (at < text.size() && (quoted ? text[at] != '\'' : !space(text[at]))) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at++];
      }
      if (quoted) ++at;
    }
    pairs.emplace_back(std::move(key), std::move(value));
  }
  return pairs;
}

std::string value_of(const Pairs& pairs, std::string_view key) {
  std::string value;
  for (const auto& pair : pairs)
    if (pair.first == key) value = pair.second;
  return value;
}

// Which server it is, is said; not left to PGHOST.
bool names_host(const std::string& target) {
  if (!is_url(target)) return !value_of(keyword_pairs(target), "host").empty();
  const auto parts = split_url(target);
  return parts.place.substr(0, parts.place.find('/')).find_first_not_of(':') == 0 ||
         !value_of(query_pairs(parts.query), "host").empty();
}

bool is_secret(std::string_view key) { return key == "password" || key == "sslpassword"; }

}  // namespace

std::string connection_text(const PostgresTarget& target, std::chrono::milliseconds timeout) {
  const bool url = is_url(target.url);
  const std::string query(url ? split_url(target.url).query : std::string_view());
  const auto own =
      value_of(url ? query_pairs(query) : keyword_pairs(target.url), "connect_timeout");
  auto seconds =
      std::max(std::chrono::ceil<std::chrono::seconds>(timeout), std::chrono::seconds(2)).count();
  if (const auto shorter = std::atoi(own.c_str()); shorter > 0 && shorter < seconds)
    seconds = shorter;
  // PGHOSTADDR would lead to another server than the one that is named: libpq takes an empty value
  // for one that is given, and the last of several.
  const std::string_view no_address = names_host(target.url) ? "hostaddr=" : "";
  if (url) {
    auto place = target.url.substr(0, target.url.size() - query.size());
    if (!place.ends_with('?')) place += '?';
    auto text = fmt::format(
        "{}fallback_application_name=postflight{}{}{}{}&client_encoding=UTF8"
        "&connect_timeout={}",
        place, no_address.empty() ? "" : "&", no_address, query.empty() ? "" : "&", query, seconds);
    if (!target.password.empty()) text += "&password=" + percent_encoded(target.password);
    return text;
  }
  auto text = fmt::format(
      "fallback_application_name=postflight {} {} client_encoding=UTF8 connect_timeout={}",
      no_address.empty() ? "" : "hostaddr=''", target.url, seconds);
  if (target.password.empty()) return text;
  text += " password='";
  for (const char c : target.password) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

std::string describe(const PostgresTarget& target) {
  if (target.url.empty()) return "the server of the PG* environment";
  std::string place;
  if (is_url(target.url)) {
    place = split_url(target.url).place;
    // An '@' left over: the user part holds a raw '/' or '?', and `place` may be a password.
    const auto after = std::string_view(target.url).substr(target.url.find("://") + 3);
    const auto at = after.find('@');
    if (at != after.npos && after.find('@', at + 1) != after.npos) place.clear();
    if (at != after.npos && after.find_first_of("/?") < at) place.clear();
  } else {
    const auto pairs = keyword_pairs(target.url);
    place = value_of(pairs, "host");
    if (place.empty()) place = value_of(pairs, "hostaddr");
    if (const auto port = value_of(pairs, "port"); !port.empty()) place += ":" + port;
    if (const auto name = value_of(pairs, "dbname"); !name.empty()) place += "/" + name;
  }
  return place.empty() ? "the server of the url" : without_secrets(target, place);
}

std::string without_passwords(const std::string& target) {
  std::string text;
  const auto join = [&](std::string_view before, const std::string& part) {
    text += (text.empty() ? "" : std::string(before)) + part;
  };
  if (!is_url(target)) {
    for (const auto& [key, value] : keyword_pairs(target))
      if (!is_secret(key)) join(" ", key + "=" + value);
    return text;
  }
  const auto url = split_url(target);
  // A raw '/', '?' or '@' in the password: what libpq takes for the place holds the rest of it.
  const auto rest = std::string_view(target).substr(target.find("://") + 3);
  const auto at = rest.rfind('@');
  if (at != rest.npos && (url.user.empty() || url.place.find('@') != url.place.npos)) {
    const auto whole = "postgresql://" + std::string(rest.substr(at + 1));
    return without_passwords(whole);
  }
  for (const auto& [key, value] : query_pairs(url.query))
    if (!is_secret(percent_decoded(key))) join("&", key + "=" + value);
  return fmt::format("postgresql://{}{}{}{}{}", url.user, url.user.empty() ? "" : "@", url.place,
                     text.empty() ? "" : "?", text);
}

std::vector<std::string> secrets_of(const PostgresTarget& target) {
  std::vector<std::string> secrets{target.password};
  if (!is_url(target.url)) {
    for (const auto& [key, value] : keyword_pairs(target.url))
      if (is_secret(key)) secrets.push_back(value);
    return secrets;
  }
  const auto url = split_url(target.url);
  std::vector<std::string> raw{std::string(url.password)};
  for (const auto& [key, value] : query_pairs(url.query))
    if (is_secret(percent_decoded(key))) raw.push_back(value);
  // A raw '/', '?' or '@' in the password: libpq takes the rest of it for the place.
  const auto rest = std::string_view(target.url).substr(target.url.find("://") + 3);
  const auto at = rest.rfind('@'), colon = rest.find(':');
  if (at != rest.npos && colon < at) raw.emplace_back(rest.substr(colon + 1, at - colon - 1));
  for (const auto& value : raw) {
    secrets.push_back(value);
    secrets.push_back(percent_decoded(value));
  }
  return secrets;
}

std::string without_secrets(const PostgresTarget& target, std::string text) {
  auto secrets = secrets_of(target);
  std::ranges::sort(secrets, std::ranges::greater{}, &std::string::size);
  for (const auto& secret : secrets) {
    // Shorter ones would blank out the text; no server repeats them.
    if (secret.size() < 4) continue;
    for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at))
      text.replace(at, secret.size(), "[secret]");
  }
  return text;
}

std::string_view connection_failure_reason(std::string_view text) {
  const auto says = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](auto word) { return text.find(word) != text.npos; });
  };
  const bool asked = says({"connection to server", "could not connect", "FATAL"});
  const bool looked_up = says({"could not translate host name", "could not look up"});
  if (!asked && !looked_up) return reason::configuration;
  // Of several addresses, one that answered tells more than one that did not.
  if (is_nonsense(text) && !says({"FATAL"})) return reason::unreadable;
  if (says({"pg_hba.conf", "authentication", "no password supplied", "no such user"}))
    return reason::unauthorized;
  if (says({"role \"", "user \""}) && says({"does not exist", "is not permitted to log in"}))
    return reason::unauthorized;
  if (says({"no such database"}) || (says({"database \""}) && says({"does not exist"})))
    return reason::not_found;
  if (says({"permission denied for database"})) return reason::forbidden;
  if (says({"unsupported startup parameter", "unsupported frontend protocol"}))
    return reason::rejected;
  if (says({"FATAL"})) return reason::server_error;
  if (says({"SSL", "certificate", "TLS", "GSSAPI"})) return reason::tls;
  if (says({"Connection refused", "No such file or directory"})) return reason::refused;
  if (looked_up) return reason::dns;
  if (says({"timeout expired", "timed out"})) return reason::timeout;
  return reason::unreachable;
}

bool is_nonsense(std::string_view text) {
  constexpr std::string_view words[] = {"received invalid response",
                                        "expected authentication request",
                                        "lost synchronization with server",
                                        "unexpected field count",
                                        "message contents do not agree",
                                        "insufficient data",
                                        "invalid message length"};
  return std::ranges::any_of(words, [&](auto word) { return text.find(word) != text.npos; });
}

std::string_view statement_failure_reason(std::string_view sqlstate, std::string_view text) {
  if (sqlstate == "28P01" || sqlstate == "28000") return reason::unauthorized;
  if (sqlstate == "42501") return reason::forbidden;
  if (sqlstate == "3D000" || sqlstate == "3F000" || sqlstate == "42P01" || sqlstate == "42703")
    return reason::not_found;
  // An administrator's cancelling has the SQLSTATE of a timeout.
  if (sqlstate == "57014" && text.find("user request") != text.npos) return reason::server_error;
  if (sqlstate == "57014" || sqlstate == "55P03") return reason::timeout;
  if (sqlstate.starts_with("57P")) return reason::unreachable;  // the server ends the connection
  if (sqlstate.starts_with("22")) return reason::unreadable;    // a value that is none of its type
  // What is asked is no query, or none that these tables and a read-only transaction allow.
  if (sqlstate.starts_with("42") || sqlstate.starts_with("0A") || sqlstate == "25006")
    return reason::rejected;
  return reason::server_error;
}

std::string connection_failure_text(std::string_view text) {
  std::string joined;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('\t')) continue;
    joined += joined.empty() ? "" : "; ";
    joined += line;
  }
  return joined;
}

}  // namespace postflight
