#include "checks/support/response_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "checks/support/http_excerpt.hpp"
#include "checks/support/text.hpp"
#include "clients/error.hpp"
#include "clients/url.hpp"

namespace postflight {
namespace {

Status passed_if(bool right) { return right ? Status::passed : Status::failed; }

std::string values_of(const HttpResponse& response, const std::string& name) {
  std::vector<std::string> values;
  for (const auto& value : response.all_headers(name))
    values.push_back(header_excerpt(name, value));
  if (values.empty()) return "absent";
  return fmt::format("{}", fmt::join(values, " | "));
}

// Says who answered and what: the marks by which a person tells one fault from another.
std::string marks_of(const HttpResponse& response) {
  std::vector<std::string> marks;
  if (const auto location = response.header("Location"))
    marks.push_back("to " + location_excerpt(response.url, *location));
  if (response.header("WWW-Authenticate"))
    marks.push_back("WWW-Authenticate: " + values_of(response, "WWW-Authenticate"));
  if (response.header("Server")) marks.push_back("Server: " + values_of(response, "Server"));
  if (!response.remote_address.empty()) marks.push_back("from " + response.remote_address);
  marks.push_back(response.body.empty() ? "empty body" : "body: " + public_excerpt(response.body));
  return fmt::format("{}", fmt::join(marks, "; "));
}

// " from URL", when redirects were followed to another.
std::string from_where(const ResponseWanted& wanted, const HttpResponse& response) {
  const auto asked = parse_url(wanted.url), answered = parse_url(response.url);
  const auto place = [](const Url& url) {
    return std::tie(url.scheme, url.host, url.port, url.path);
  };
  if (!asked || !answered || place(*asked) == place(*answered)) return "";
  return " from " + location_excerpt(response.url, response.url);
}

Evidence status_fact(const ResponseWanted& wanted, const HttpResponse& response) {
  Evidence fact{wanted.question, "status " + wanted.status.text(),
                fmt::format("status {}{}", response.status, from_where(wanted, response)),
                Status::passed};
  if (!wanted.status.has(response.status)) {
    fact.status = Status::failed;
    fact.observed += fmt::format(" ({})", marks_of(response));
  }
  return fact;
}

void judge_headers(const ResponseWanted& wanted, const HttpResponse& response,
                   std::vector<Evidence>& facts) {
  for (const auto& name : wanted.header_present)
    facts.push_back({"header " + name, "present", response.header(name) ? "present" : "absent",
                     passed_if(response.header(name).has_value())});
  for (const auto& name : wanted.header_absent)
    facts.push_back(
        {"header " + name, "absent", values_of(response, name), passed_if(!response.header(name))});
  for (const auto& [name, pattern] : wanted.header_matches)
    facts.push_back({"header " + name, fmt::format("matches /{}/", pattern.text()),
                     values_of(response, name),
                     passed_if(header_matches(response, name, pattern))});
}

// Why the bytes of the body are not its text; empty when they are. No encoding was asked for, so
// none is undone.
std::string encoding_of(const HttpResponse& response) {
  for (const auto& value : response.all_headers("Content-Encoding"))
    if (!value.empty() && lower_case(value) != "identity")
      return "Content-Encoding: " + header_excerpt("Content-Encoding", value);
  const auto type = lower_case(response.header("Content-Type").value_or(""));
  for (const auto* wide : {"utf-16", "utf-32"})
    if (type.find(wide) != std::string::npos)
      return "Content-Type: " + header_excerpt("Content-Type", type);
  return "";
}

void judge_body(const ResponseWanted& wanted, const HttpResponse& response,
                std::vector<Evidence>& facts) {
  const auto encoding = encoding_of(response);
  if (!encoding.empty() && (wanted.body_matches || wanted.body_not_matches)) {
    facts.push_back({"body", "a text that can be read", encoding, Status::errored});
    return;
  }
  const auto size = fmt::format("{} bytes", response.body.size());
  if (wanted.body_matches) {
    const bool found = wanted.body_matches->found_in(response.body);
    facts.push_back({"body", fmt::format("matches /{}/", wanted.body_matches->text()),
                     found ? "matches" : fmt::format("{}: {}", size, public_excerpt(response.body)),
                     passed_if(found)});
  }
  if (wanted.body_not_matches) {
    const bool found = wanted.body_not_matches->found_in(response.body);
    facts.push_back({"body", fmt::format("does not match /{}/", wanted.body_not_matches->text()),
                     found ? fmt::format("matches; {}: {}", size, public_excerpt(response.body))
                           : fmt::format("does not match"),
                     passed_if(!found)});
  }
}

void judge_all(const ResponseWanted& wanted, const HttpResponse& response,
               std::chrono::system_clock::time_point now, std::vector<Evidence>& facts) {
  judge_headers(wanted, response, facts);
  if (wanted.redirect)
    facts.push_back(
        judge_redirect(*wanted.redirect, response.url, response.all_headers("Location")));
  const auto cookies = read_cookies(response.all_headers("Set-Cookie"), now);
  for (const auto& cookie : wanted.cookies) facts.push_back(judge_cookie(cookie, cookies));
  judge_body(wanted, response, facts);
}

// Says what a wrong answer means, and takes its failures back where it is no answer.
void explain(const ResponseWanted& wanted, const HttpResponse& response,
             AnswerJudgement& judgement) {
  const auto wrong = std::ranges::find(judgement.evidence, Status::failed, &Evidence::status);
  if (wrong == judgement.evidence.end()) return;
  auto verdict = Status::failed;
  if (const auto* explanation = explanation_of(wanted.explanations, response)) {
    verdict = explanation->verdict;
    judgement.meaning = explanation->summary;
    judgement.reason = explanation->name;
  } else if (wanted.inconclusive.has(response.status) && !wanted.status.has(response.status)) {
    verdict = Status::errored;
    judgement.meaning = fmt::format(
        "status {} says nothing about this: a firewall, a rate limiter or a proxy on the way "
        "answered instead",
        response.status);
    judgement.reason = "inconclusive";
  }
  if (verdict != Status::errored) judgement.reason.clear();
  if (!judgement.meaning.empty()) wrong->observed += ": " + judgement.meaning;
  for (auto& fact : judgement.evidence)
    if (fact.status == Status::failed) fact.status = verdict;
}

// Whatever was answered, the certificates are what they are.
void judge_chain(const ResponseWanted& wanted, const HttpResponse& response,
                 std::chrono::system_clock::time_point now, AnswerJudgement& judgement) {
  if (!wanted.certificate_days.any()) return;
  if (response.certificates.empty()) {
    judgement.evidence.push_back({"certificate", "a chain that can be read",
                                  "the connection showed no certificate", Status::errored});
    if (judgement.reason.empty()) judgement.reason = reason::unreadable;
    return;
  }
  for (auto& fact : judge_certificates(wanted.certificate_days, response.certificates, now))
    judgement.evidence.push_back(std::move(fact));
}

}  // namespace

AnswerJudgement judge_answer(const ResponseWanted& wanted, const HttpResponse& response,
                             std::chrono::system_clock::time_point now) {
  AnswerJudgement judgement;
  auto& facts = judgement.evidence;
  facts.push_back(status_fact(wanted, response));
  if (facts.front().status == Status::passed) {
    judge_all(wanted, response, now, facts);
  } else {
    for (const auto& name : wanted.header_absent)
      if (response.header(name))
        facts.push_back({"header " + name, "absent", values_of(response, name), Status::failed});
  }
  explain(wanted, response, judgement);
  judgement.verdict = worst_of(facts);
  if (judgement.verdict == Status::errored && judgement.reason.empty())
    judgement.reason = reason::unreadable;
  judge_chain(wanted, response, now, judgement);
  return judgement;
}

}  // namespace postflight
