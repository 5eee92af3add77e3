#include "runner/results.hpp"

namespace postflight {
namespace {

void redact(std::vector<Evidence>& evidence, const Redactor& redactor) {
  for (auto& fact : evidence)
    for (auto* text : {&fact.subject, &fact.expected, &fact.observed})
      *text = redactor.redact(*text);
}

constexpr std::size_t longest_text = 8000;

void bound(std::string& text) {
  constexpr std::size_t longest_note = 40;  // so that a text is cut once only
  if (text.size() <= longest_text + longest_note) return;
  auto end = longest_text;  // between two characters of UTF-8
  while (end > longest_text - 4 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  const auto left_out = text.size() - end;
  text.resize(end);
  text += "... [" + std::to_string(left_out) + " more bytes]";
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
  result.reason = outcome.status == Status::errored ? std::move(outcome.reason) : "";
  result.cause = outcome.status == Status::errored ? std::move(outcome.cause) : "";
  if (outcome.status == Status::failed && result.severity == Severity::advisory)
    result.status = Status::warned;
}

std::string last_finding(const Outcome& outcome, int attempts) {
  return attempts == 0 || outcome.summary.empty() ? "" : "; last: " + outcome.summary;
}

void redact(Outcome& outcome, const Redactor& redactor) {
  for (auto* text : {&outcome.summary, &outcome.reason, &outcome.cause})
    *text = redactor.redact(*text);
  redact(outcome.evidence, redactor);
}

void bound(CheckResult& result) {
  for (auto* text : {&result.title, &result.section, &result.summary, &result.reason, &result.hint,
                     &result.page})
    bound(*text);
  for (auto& fact : result.evidence)
    for (auto* text : {&fact.subject, &fact.expected, &fact.observed}) bound(*text);
}

void redact(CheckResult& result, const Redactor& redactor) {
  for (auto* text : {&result.title, &result.section, &result.summary, &result.reason, &result.cause,
                     &result.hint, &result.page})
    *text = redactor.redact(*text);
  redact(result.evidence, redactor);
}

}  // namespace postflight
