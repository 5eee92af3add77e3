#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/support/certificate.hpp"
#include "checks/support/cookie.hpp"
#include "checks/support/explanation.hpp"
#include "checks/support/redirect.hpp"
#include "checks/support/status_set.hpp"
#include "clients/http.hpp"
#include "runner/check.hpp"

namespace postflight {

// Everything that one answer is held to.
struct ResponseWanted {
  std::string question;    // "GET https://app.example.com/", fit to be shown
  std::string url;         // that is asked
  StatusSet status;        // the only ones that are right
  StatusSet inconclusive;  // unless it is right: says nothing about the thing asked
  std::vector<std::string> header_present, header_absent;
  std::vector<std::pair<std::string, Pattern>> header_matches;
  std::optional<RedirectWanted> redirect;
  std::vector<CookieWanted> cookies;
  std::optional<Pattern> body_matches, body_not_matches;
  CertificateDays certificate_days;
  std::vector<Explanation> explanations;
};

struct AnswerJudgement {
  std::vector<Evidence> evidence;
  Status verdict = Status::passed;  // worst of the evidence, but for the certificates'
  std::string meaning;  // of an answer that is not right, when it is known: a whole sentence
  std::string reason;   // of an errored one, a stable word
};

// Judges one answer. One with a wrong status is not held to the rest: an error page lacks every
// cookie. Only the headers that must not be there are still told, as they say who answered.
AnswerJudgement judge_answer(const ResponseWanted& wanted, const HttpResponse& response,
                             std::chrono::system_clock::time_point now);

}  // namespace postflight
