#include <fmt/format.h>

#include <algorithm>

#include "checks/support/certificate.hpp"
#include "checks/support/http_settings.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/repeated.hpp"
#include "checks/support/response_judge.hpp"
#include "checks/support/response_settings.hpp"
#include "clients/clients.hpp"
#include "clients/error.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind http_response;

namespace {

// What became of the requests of one run.
struct Answers {
  std::vector<AnswerJudgement> judged;   // one for each request, also where there was no answer
  std::optional<ClientError> no_answer;  // the first
  std::size_t without = 0;               // requests that got none
  std::optional<std::chrono::milliseconds> slowest;

  bool has_none() const { return without == judged.size(); }
};

AnswerJudgement no_answer(const ResponseWanted& wanted, const ClientError& error) {
  AnswerJudgement judgement;
  judgement.evidence.push_back({wanted.question, "status " + wanted.status.text(),
                                std::string("no answer: ") + error.what(), Status::errored});
  judgement.verdict = Status::errored;
  judgement.meaning = std::string("no answer: ") + error.what();
  judgement.reason = error.reason();
  return judgement;
}

Answers ask(const ResponseSettings& settings, const CheckContext& context) {
  Answers answers;
  for (std::size_t i = 0; i < settings.requests; ++i) {
    try {
      const auto response = context.clients.http.send(settings.request, limits_of(context));
      answers.judged.push_back(judge_answer(settings.wanted, response, context.today));
      answers.slowest =
          std::max(answers.slowest.value_or(response.timings.total), response.timings.total);
    } catch (const ClientError& error) {
      if (error.reason() == reason::interrupted) throw;
      answers.judged.push_back(no_answer(settings.wanted, error));
      if (!answers.no_answer) answers.no_answer = error;
      ++answers.without;
    }
  }
  return answers;
}

// A handshake that failed tells not why. Where the certificates' dates are to be judged, one more
// look without verification reads the dates, and nothing else. It carries nothing of ours, as
// nobody knows who is at the other end.
std::vector<Evidence> expired_certificates(const ResponseSettings& settings, const Answers& answers,
                                           const CheckContext& context) {
  const bool handshake_failed = std::ranges::any_of(
      answers.judged, [](const auto& answer) { return answer.reason == reason::tls; });
  if (!handshake_failed || !settings.wanted.certificate_days.any()) return {};
  HttpRequest look;
  look.method = "HEAD";
  look.url = settings.request.url;
  look.resolve = settings.request.resolve;
  look.tls.verify = false;
  look.fresh_connection = true;
  look.want_certificates = true;
  try {
    const auto response = context.clients.http.send(look, limits_of(context));
    auto facts =
        judge_certificates(settings.wanted.certificate_days, response.certificates, context.today);
    std::erase_if(facts, [](const Evidence& fact) { return fact.status != Status::failed; });
    return facts;
  } catch (const ClientError& error) {
    if (error.reason() == reason::interrupted) throw;
    return {};  // the handshake's own error is already among the facts
  }
}

void add_latency(const ResponseSettings& settings, std::chrono::milliseconds slowest,
                 std::vector<Evidence>& facts) {
  if (!settings.max_latency && !settings.warn_latency) return;
  auto status = Status::passed;
  auto most = settings.warn_latency.value_or(settings.max_latency.value_or(slowest));
  if (settings.warn_latency && slowest > *settings.warn_latency) status = Status::warned;
  if (settings.max_latency && slowest > *settings.max_latency) {
    status = Status::failed;
    most = *settings.max_latency;
  }
  facts.push_back({settings.requests == 1 ? "latency" : "latency of the slowest answer",
                   "at most " + format_duration(most), format_duration(slowest), status});
}

// The meaning of the first answer with that verdict, and which answers share it; empty when none
// has a meaning.
std::string meaning_of(const Answers& answers, Status verdict) {
  const auto first = std::ranges::find_if(answers.judged, [&](const auto& answer) {
    return answer.verdict == verdict && !answer.meaning.empty();
  });
  if (first == answers.judged.end()) return {};
  std::vector<std::size_t> alike;
  for (std::size_t i = 0; i < answers.judged.size(); ++i)
    if (answers.judged[i].meaning == first->meaning) alike.push_back(i);
  if (alike.size() == answers.judged.size()) return first->meaning;
  return fmt::format("{} ({})", first->meaning, answers_text(alike, answers.judged.size()));
}

void conclude(const Answers& answers, Outcome& outcome) {
  const auto& first = outcome.evidence.front();
  outcome.status = worst_of(outcome.evidence);
  if (outcome.status == Status::passed) {
    outcome.summary = fmt::format("{}: {}", first.subject, first.observed);
    if (outcome.evidence.size() > 1)
      outcome.summary +=
          "; " + counted(outcome.evidence.size() - 1, "more fact is right", "more facts are right");
    return;
  }
  outcome.summary = meaning_of(answers, outcome.status);
  if (outcome.summary.empty()) {
    const auto worst = std::ranges::find(outcome.evidence, outcome.status, &Evidence::status);
    outcome.summary = fmt::format("{}: expected {}, observed {}", worst->subject, worst->expected,
                                  worst->observed);
  }
  if (outcome.status != Status::errored) return;
  for (const auto& answer : answers.judged)
    if (outcome.reason.empty()) outcome.reason = answer.reason;
}

class ResponseCheck : public Check {
 public:
  explicit ResponseCheck(ResponseSettings settings) : settings_(std::move(settings)) {}

  Outcome run(const CheckContext& context) const override {
    const auto answers = ask(settings_, context);
    const auto expired = expired_certificates(settings_, answers, context);
    if (answers.has_none() && expired.empty()) throw ClientError(*answers.no_answer);
    std::vector<std::vector<Evidence>> facts;
    for (const auto& answer : answers.judged) facts.push_back(answer.evidence);
    Outcome outcome;
    outcome.evidence = fold_answers(facts);
    if (answers.slowest) add_latency(settings_, *answers.slowest, outcome.evidence);
    outcome.evidence.insert(outcome.evidence.end(), expired.begin(), expired.end());
    outcome.examined = answers.judged.size() - answers.without + (expired.empty() ? 0 : 1);
    conclude(answers, outcome);
    tell_unverified(settings_.request, outcome);
    return outcome;
  }

 private:
  ResponseSettings settings_;
};

std::unique_ptr<Check> create(const Settings& settings) {
  return std::make_unique<ResponseCheck>(read_response_settings(settings));
}

}  // namespace

constinit const CheckKind http_response{
    "http.response",
    "a URL is answered as expected: status, headers, redirect, cookies, body, latency, certificate",
    response_settings, create};

}  // namespace postflight
