#include "checks/support/redirect.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checks/support/http_excerpt.hpp"
#include "clients/url.hpp"

namespace postflight {
namespace {

std::string parameters(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  return fmt::format(" with parameter{} {}", names.size() == 1 ? "" : "s", fmt::join(names, ", "));
}

std::string text_of(const Url& url) {
  std::vector<std::string> names;
  for (const auto& [name, value] : url.query)
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  return public_excerpt(url.without_query() + parameters(names));
}

std::string text_of(const RedirectWanted& wanted) {
  auto text = "to " + (wanted.scheme.empty() ? "" : wanted.scheme + "://");
  text += wanted.host.empty() ? "any host" : wanted.host;
  if (wanted.port != 0) text += fmt::format(":{}", wanted.port);
  if (!wanted.path.empty()) text += ", path " + wanted.path;
  if (wanted.path_matches)
    text += fmt::format(", path that matches /{}/", wanted.path_matches->text());
  std::vector<std::string> names = wanted.query_present;
  for (const auto& [name, value] : wanted.query) names.push_back(name);
  for (const auto& [name, pattern] : wanted.query_matches) names.push_back(name);
  return text + parameters(names);
}

// A parameter that is sent twice must be right both times: readers differ in which one they take.
template <typename IsRight>
void judge_parameter(const Url& url, const std::string& name, IsRight is_right,
                     std::vector<std::string>& faults) {
  bool found = false, right = true;
  for (const auto& [key, value] : url.query) {
    if (key != name) continue;
    found = true;
    right = right && is_right(value);
  }
  if (!found) faults.push_back(fmt::format("parameter {} is missing", name));
  if (!right) faults.push_back(fmt::format("parameter {} has another value", name));
}

std::vector<std::string> faults_of(const RedirectWanted& wanted, const Url& url) {
  std::vector<std::string> faults;
  if (!wanted.scheme.empty() && url.scheme != wanted.scheme) faults.emplace_back("wrong scheme");
  if (!wanted.host.empty()) {
    const int own_port = url.scheme == "https" ? 443 : 80;
    if (url.host != wanted.host) faults.emplace_back("wrong host");
    if (url.port != (wanted.port == 0 ? own_port : wanted.port)) faults.emplace_back("wrong port");
  }
  if ((!wanted.path.empty() && url.path != wanted.path) ||
      (wanted.path_matches && !wanted.path_matches->found_in(url.path)))
    faults.emplace_back("wrong path");
  for (const auto& name : wanted.query_present)
    judge_parameter(
        url, name, [](const std::string&) { return true; }, faults);
  for (const auto& wish : wanted.query)
    judge_parameter(
        url, wish.first, [&](const std::string& seen) { return seen == wish.second; }, faults);
  for (const auto& wish : wanted.query_matches)
    judge_parameter(
        url, wish.first, [&](const std::string& seen) { return wish.second.found_in(seen); },
        faults);
  return faults;
}

void read_host(RedirectWanted& wanted, const Settings& settings) {
  const auto text = settings.nonempty_text("host");
  if (text.empty()) return;
  const auto url = parse_url("http://" + text);
  if (!url || url->path != "/" || !url->query.empty() || url->has_credentials ||
      text.find_first_of("/?#@") != std::string::npos) {
    settings.mistake("host", fmt::format("'host' must be a host or host:port, not '{}'", text));
    return;
  }
  wanted.host = url->host;
  const auto colon = text.rfind(':');
  const bool has_port = colon != std::string::npos && text.find(']', colon) == std::string::npos;
  if (has_port) wanted.port = url->port;
}

}  // namespace

RedirectWanted read_redirect_wanted(const Settings& settings) {
  RedirectWanted wanted;
  wanted.scheme = settings.text("scheme");
  read_host(wanted, settings);
  wanted.path = settings.nonempty_text("path");
  if (!wanted.path.empty() && wanted.path.front() != '/')
    settings.mistake("path", "'path' of a redirect must begin with '/'");
  if (settings.has("path-matches")) wanted.path_matches.emplace(settings.text("path-matches"));
  wanted.query = settings.text_map("query");
  wanted.query_matches = read_patterns(settings, "query-matches");
  wanted.query_present = settings.texts("query-present");
  if (wanted.scheme.empty() && settings.text("host").empty() && wanted.path.empty() &&
      !wanted.path_matches && wanted.query.empty() && wanted.query_matches.empty() &&
      wanted.query_present.empty())
    settings.mistake("host", "nothing is expected of the redirect: say at least its host");
  return wanted;
}

std::string location_excerpt(const std::string& base, const std::string& location) {
  const auto url = resolve_url(base, location);
  return url ? text_of(*url) : public_excerpt(location);
}

Evidence judge_redirect(const RedirectWanted& wanted, const std::string& base,
                        const std::vector<std::string>& locations) {
  Evidence fact{"redirect", text_of(wanted), "no Location header", Status::failed};
  if (locations.empty()) return fact;
  if (locations.size() > 1) {
    fact.observed = fmt::format("{} Location headers: readers differ in which one they follow",
                                locations.size());
    return fact;
  }
  fact.observed = "to " + location_excerpt(base, locations.front());
  const auto url = resolve_url(base, locations.front());
  if (!url) {
    fact.observed += ": not an http or https URL";
    return fact;
  }
  const auto faults = faults_of(wanted, *url);
  if (faults.empty())
    fact.status = Status::passed;
  else
    fact.observed += fmt::format(": {}", fmt::join(faults, ", "));
  return fact;
}

}  // namespace postflight
