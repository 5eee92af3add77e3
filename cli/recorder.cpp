#include "cli/recorder.hpp"

#include <map>
#include <set>

#include "clients/recording_secrets.hpp"

namespace postflight {
namespace {

Refusal indistinct() {
  return {std::string(reason::not_recorded),
          "it was asked with different secrets, which a recording does not keep: the answers "
          "cannot be told apart",
          {}};
}

}  // namespace

Recorder::Recorder(const Clients& real, const Redactor& known)
    : known_(known),
      clients_(real, recording_, [this](std::string_view secret) { learned_.add(secret); }) {}

std::string Recorder::clean(std::string_view text) const {
  return learned_.redact(known_.redact(text));
}

// Questions of one check that differ in their secrets alone would be answered for one another.
std::vector<Exchange> Recorder::clean_exchanges() const {
  const Redact redact = [this](std::string_view text) { return clean(text); };
  auto exchanges = recording_.exchanges();
  using Asked = std::pair<std::string, Question>;
  std::map<Asked, Question> as_asked;
  std::set<Asked> mixed;
  for (auto& exchange : exchanges) {
    auto question = without_secrets(exchange.question, redact);
    const Asked key{exchange.asked_by, question};
    const auto [first, is_new] = as_asked.emplace(key, exchange.question);
    if (first->second != exchange.question) mixed.insert(key);
    exchange.question = std::move(question);
    exchange.answer = without_secrets(exchange.answer, redact);
  }
  for (auto& exchange : exchanges)
    if (mixed.contains({exchange.asked_by, exchange.question})) exchange.answer = indistinct();
  return exchanges;
}

RecordingFiles Recorder::files(const Options& options, const RunSettings& settings,
                               const std::vector<Checklist>& checklists, const RunRecord& record,
                               const AttemptTimes& attempts) const {
  RecordedRun run;
  run.program = "postflight " POSTFLIGHT_VERSION;
  run.started = record.started;
  run.checklist = clean(record.checklist);
  run.target = clean(record.target);
  std::map<std::string, std::string> given;
  std::set<std::string> secret;
  for (const auto& checklist : checklists)
    for (const auto& variable : checklist.given) {
      given[variable.name] = clean(with_masked_credentials(variable.text));
      if (variable.secret) secret.insert(variable.name);
    }
  for (const auto& [name, text] : given)
    if (!secret.contains(name)) run.variables.emplace_back(name, text);
  run.secret_variables.assign(secret.begin(), secret.end());
  run.durations["deadline"] = settings.deadline;
  if (options.wait) run.durations["wait"] = *options.wait;
  if (options.hold) run.durations["hold"] = *options.hold;
  run.selection = {{"tag", options.selection.tags},
                   {"only", options.selection.only},
                   {"skip", options.selection.skip}};
  for (const auto& [id, times] : attempts)
    for (const auto& time : times) run.attempts[id].push_back({time.began, time.took});
  run.exchanges = clean_exchanges();
  return write_recording(run);
}

}  // namespace postflight
