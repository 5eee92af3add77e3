#include "checks/support/response_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checks/support/http_settings.hpp"
#include "checks/support/text.hpp"

namespace postflight {
namespace {

std::int64_t ranged(const Settings& settings, std::string_view name, std::int64_t least,
                    std::int64_t most) {
  const auto value = settings.integer(name);
  if (value >= least && value <= most) return value;
  settings.mistake(name,
                   fmt::format("'{}' must be from {} to {}, not {}", name, least, most, value));
  return least;
}

// Asks the URL's host, or another address in its place.
void read_question(const Settings& settings, ResponseSettings& read) {
  auto& request = read.request;
  request.method = settings.text("method");
  const auto url = read_url(settings, request);
  if (!url) return;
  read.wanted.url = request.url;
  read.wanted.question = fmt::format("{} {}{}{}", request.method, url->without_query(),
                                     url->query.empty() ? "" : "?...",
                                     request.resolve.empty() ? "" : " at " + request.resolve);
  if (url->scheme != "http" || request.follow_redirects > 0) return;
  refuse_tls(settings, request);
  if (read.wanted.certificate_days.fail) refuse_without_tls(settings, "certificate-days-fail");
  if (read.wanted.certificate_days.warn) refuse_without_tls(settings, "certificate-days-warn");
}

void read_statuses_wanted(const Settings& settings, ResponseWanted& wanted) {
  wanted.status = read_statuses(settings, "status");
  if (settings.has("status") && settings.texts("status").empty())
    settings.mistake("status", "'status' lists nothing: no answer could be right");
  if (!settings.has("status"))
    for (const char* status : {"2xx", "3xx"}) wanted.status.add(status);
  wanted.inconclusive = read_statuses(settings, "inconclusive");
  if (!settings.has("inconclusive"))
    for (const char* status : {"403", "407", "429", "530"}) wanted.inconclusive.add(status);
}

void read_header_expectations(const Settings& settings, ResponseWanted& wanted) {
  wanted.header_present = settings.texts("header-present");
  wanted.header_absent = settings.texts("header-absent");
  wanted.header_matches = read_patterns(settings, "header-matches");
  for (const auto& absent : wanted.header_absent) {
    const auto same = [&](const std::string& name) {
      return lower_case(name) == lower_case(absent);
    };
    if (std::ranges::any_of(wanted.header_present, same) ||
        std::ranges::any_of(wanted.header_matches,
                            [&](const auto& one) { return same(one.first); }))
      settings.mistake("header-absent",
                       fmt::format("the header '{}' cannot be there and not be there", absent));
  }
}

void read_redirect(const Settings& settings, ResponseSettings& read) {
  if (!settings.has("redirect")) return;
  read.wanted.redirect = read_redirect_wanted(settings.object("redirect"));
  if (read.request.follow_redirects > 0)
    settings.mistake("redirect",
                     "'redirect' judges a redirect and 'follow-redirects' follows it: "
                     "leave out one of them");
  if (std::ranges::none_of(std::array{301, 302, 303, 307, 308},
                           [&](int status) { return read.wanted.status.has(status); }))
    settings.mistake("redirect",
                     "'redirect' is asked but 'status' allows none of 301, 302, 303, "
                     "307 and 308");
}

void read_body(const Settings& settings, ResponseSettings& read) {
  auto& wanted = read.wanted;
  if (settings.has("body-matches")) wanted.body_matches.emplace(settings.text("body-matches"));
  if (settings.has("body-not-matches"))
    wanted.body_not_matches.emplace(settings.text("body-not-matches"));
  for (const auto& explanation : settings.objects("verdicts"))
    wanted.explanations.push_back(read_explanation(explanation));
  const bool asks_body = wanted.body_matches || wanted.body_not_matches ||
                         std::ranges::any_of(wanted.explanations, [](const Explanation& one) {
                           return one.body_matches || one.body_empty;
                         });
  if (asks_body && read.request.method == "HEAD")
    settings.mistake("method", "an answer to HEAD has no body that could be judged");
}

void read_thresholds(const Settings& settings, ResponseSettings& read) {
  read.max_latency = settings.optional_duration("max-latency");
  read.warn_latency = settings.optional_duration("warn-latency");
  if (read.max_latency && read.warn_latency && *read.warn_latency >= *read.max_latency)
    settings.mistake("warn-latency", "'warn-latency' must be shorter than 'max-latency'");
  auto& days = read.wanted.certificate_days;
  days.fail = settings.optional_integer("certificate-days-fail");
  days.warn = settings.optional_integer("certificate-days-warn");
  for (const char* name : {"certificate-days-fail", "certificate-days-warn"})
    if (settings.optional_integer(name).value_or(0) < 0)
      settings.mistake(name, fmt::format("'{}' must not be negative", name));
  if (days.fail && days.warn && *days.warn <= *days.fail)
    settings.mistake("certificate-days-warn",
                     "'certificate-days-warn' must be more than 'certificate-days-fail'");
  read.request.want_certificates = days.any();
}

bool expects_something(const Settings& settings) {
  return std::ranges::any_of(
      std::array{"status", "header-present", "header-absent", "header-matches", "redirect",
                 "cookies", "body-matches", "body-not-matches", "max-latency", "warn-latency",
                 "certificate-days-fail", "certificate-days-warn"},
      [&](std::string_view name) { return settings.has(name); });
}

}  // namespace

ResponseSettings read_response_settings(const Settings& settings) {
  ResponseSettings read;
  read.requests = static_cast<std::size_t>(ranged(settings, "requests", 1, 1000));
  read.request.follow_redirects = static_cast<int>(ranged(settings, "follow-redirects", 0, 20));
  read.request.fresh_connection = true;  // another replica may answer
  read_headers(settings, read.request);
  read_tls(settings, read.request);
  read_statuses_wanted(settings, read.wanted);
  read_header_expectations(settings, read.wanted);
  read_redirect(settings, read);
  for (const auto& cookie : settings.objects("cookies"))
    read.wanted.cookies.push_back(read_cookie_wanted(cookie));
  read_thresholds(settings, read);
  read_question(settings, read);
  read_body(settings, read);
  if (!expects_something(settings))
    settings.mistake("url", "nothing is expected of the answer: say at least its 'status'");
  return read;
}

}  // namespace postflight
