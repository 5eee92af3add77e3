#include "runner/results.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "runner/attempt.hpp"

namespace postflight {
namespace {

void redact(std::vector<Evidence>& evidence, const Redactor& redactor) {
  for (auto& fact : evidence)
    for (auto* text : {&fact.subject, &fact.expected, &fact.observed})
      *text = redactor.redact(*text);
}

// The runner's own words stay, whatever part of them a secret is: the exit code rests on them.
void redact_reason(std::string& reason, const Redactor& redactor) {
  if (std::ranges::find(runner_reason::all, reason) == runner_reason::all.end())
    reason = redactor.redact(reason);
}

constexpr std::size_t longest_text = 8000;
constexpr std::size_t most_facts = 1000;          // of one check
constexpr std::size_t most_evidence = 1'000'000;  // bytes of one check's facts
constexpr std::size_t longest_remainder = 200;    // of the fact that tells of those left out

void bound(std::string& text) {
  constexpr std::size_t longest_note = 40;  // so that a text is cut once only
  if (text.size() <= longest_text + longest_note) return;
  auto end = longest_text;  // between two characters of UTF-8
  while (end > longest_text - 4 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  const auto left_out = text.size() - end;
  text.resize(end);
  text += "... [" + std::to_string(left_out) + " more bytes]";
}

std::size_t size_of(const Evidence& fact) {
  return fact.subject.size() + fact.expected.size() + fact.observed.size();
}

// Cuts texts first, then facts: green ones go before others, the last before the first. What it
// leaves is not cut again.
void bound(std::vector<Evidence>& evidence) {
  std::size_t size = 0;
  for (auto& fact : evidence) {
    for (auto* text : {&fact.subject, &fact.expected, &fact.observed}) bound(*text);
    size += size_of(fact);
  }
  if (evidence.size() <= most_facts && size <= most_evidence) return;
  std::vector<bool> is_kept(evidence.size());
  std::size_t kept = 0, kept_size = 0;
  for (const bool wants_green : {false, true}) {
    for (std::size_t at = 0; at < evidence.size(); ++at) {
      if (is_green(evidence[at].status) != wants_green) continue;
      kept_size += size_of(evidence[at]);
      if (kept == most_facts - 1 || kept_size > most_evidence - longest_remainder) break;
      is_kept[at] = true;
      ++kept;
    }
  }
  std::vector<Evidence> some, left_out;
  for (std::size_t at = 0; at < evidence.size(); ++at)
    (is_kept[at] ? some : left_out).push_back(std::move(evidence[at]));
  const auto red =
      std::ranges::count_if(left_out, [](const Evidence& fact) { return !is_green(fact.status); });
  some.push_back({"and " + std::to_string(left_out.size()) + " more facts", "",
                  "left out of the report: it holds at most " + std::to_string(most_facts) +
                      " facts and 1 MB of a check; not as expected are " + std::to_string(red) +
                      " of those left out",
                  worst_of(left_out)});
  evidence = std::move(some);
}

}  // namespace

CheckResult result_of(const ChecklistEntry& entry) {
  CheckResult result;
  result.id = entry.id;
  result.kind = entry.kind == nullptr ? "" : std::string(entry.kind->name);
  result.title = entry.title;
  result.section = entry.section;
  result.severity = entry.severity;
  result.hint = entry.hint;
  result.page = entry.page;
  return result;
}

void put_outcome(CheckResult& result, Outcome outcome) {
  result.status = outcome.status;
  result.summary = std::move(outcome.summary);
  result.evidence = std::move(outcome.evidence);
  result.examined = outcome.examined;
  const bool has_reason = outcome.status == Status::errored || outcome.status == Status::skipped;
  result.reason = has_reason ? std::move(outcome.reason) : "";
  result.cause = outcome.status == Status::errored ? std::move(outcome.cause) : "";
  if (outcome.status == Status::failed && result.severity == Severity::advisory)
    result.status = Status::warned;
}

std::string last_finding(const Outcome& outcome, int attempts) {
  return attempts == 0 || outcome.summary.empty() ? "" : "; last: " + outcome.summary;
}

void redact(Outcome& outcome, const Redactor& redactor) {
  redact_reason(outcome.reason, redactor);
  for (auto* text : {&outcome.summary, &outcome.cause}) *text = redactor.redact(*text);
  redact(outcome.evidence, redactor);
}

void bound(CheckResult& result) {
  for (auto* text : {&result.title, &result.section, &result.summary, &result.reason, &result.hint,
                     &result.page})
    bound(*text);
  bound(result.evidence);
}

void redact(CheckResult& result, const Redactor& redactor) {
  redact_reason(result.reason, redactor);
  for (auto* text :
       {&result.title, &result.section, &result.summary, &result.cause, &result.hint, &result.page})
    *text = redactor.redact(*text);
  redact(result.evidence, redactor);
}

}  // namespace postflight
