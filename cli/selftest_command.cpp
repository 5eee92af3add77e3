#include <cstdlib>
#include <memory>
#include <stop_token>

#include "cli/commands.hpp"
#include "cli/live_status.hpp"
#include "cli/load.hpp"
#include "cli/real_clients.hpp"
#include "cli/replayer.hpp"
#include "cli/self_test.hpp"
#include "cli/self_test_report.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "clients/child_process.hpp"
#include "clients/config_node.hpp"
#include "runner/exit_code.hpp"

namespace postflight {
namespace {

// How long both parts may take, and the options of the good run.
struct Wishes {
  std::chrono::milliseconds time;
  Options options;
  std::optional<RecordedRun> recorded;
};

void redact(TestedCheck& check, const Redactor& redactor) {
  check.why = redactor.redact(check.why);
  for (auto* list : {&check.unnoticed, &check.never_failed})
    for (auto& text : *list) text = redactor.redact(text);
}

// The same checks, watched. That something stays true is no part of what can be read at one time.
std::vector<Checklist> watched_once(AttemptWatch& watch, const std::vector<Checklist>& checklists) {
  auto watched = watch.watched(checklists);
  for (auto& checklist : watched)
    for (auto& entry : checklist.entries) entry.hold = {};
  return watched;
}

RunSettings settings_of(const Wishes& wishes) {
  RunSettings settings;
  settings.deadline = wishes.options.deadline.value_or(usual_deadline);
  settings.wait = wait_of(wishes.options);
  settings.explain = explain_client_error;
  settings.interrupted_by = signal_caught;
  return settings;
}

// One good run, watched; then every check again on what it read.
int carry_out(const Wishes& wishes, const std::vector<Checklist>& checklists, Redactor& redactor,
              const Messages& messages) {
  const auto& options = wishes.options;
  const auto deadline = std::chrono::steady_clock::now() + wishes.time;
  const auto plan = make_plan(checklists, options.selection);
  AttemptWatch watch;
  const auto watched = watched_once(watch, checklists);
  const auto watched_plan = make_plan(watched, options.selection);

  std::unique_ptr<const Replayer> replayer;
  std::unique_ptr<const RealClients> real;
  if (wishes.recorded)
    replayer = std::make_unique<Replayer>(*wishes.recorded, redactor);
  else
    real = std::make_unique<RealClients>(options, plan, redactor);
  std::stop_source stop;
  watch_signals(stop, end_all_programs);
  const auto terminal = this_terminal();
  LiveStatus status({.total = selected_count(plan),
                     .redraw = shows_live_status(options, terminal),
                     .attempts = false,
                     .columns = terminal.columns},
                    messages);
  auto settings = settings_of(wishes);
  settings.clients = real ? &real->clients() : &replayer->clients();
  settings.past = replayer ? &replayer->past() : nullptr;
  settings.in_order = true;
  settings.redactor = &redactor;
  const auto observer = status.of_cluster("");
  settings.observer = observer.get();
  const auto result = run(watched_plan, settings, stop.get_token());
  status.end();

  auto checks = self_test(plan, result.record, watch,
                          {explain_client_error, settings.clients->kubernetes.server(), deadline,
                           stop.get_token(), options.changes});
  for (auto& check : checks) redact(check, redactor);
  auto code = self_test_exit_code(checks);
  if (signal_caught() != 0) code = exit_signal + signal_caught();
  code = print(options.as_json ? self_test_json(plan.name, checks, code)
                               : self_test_text(checks, options.verbose),
               messages, code);
  if (result.abandoned > 0 || (real && real->waits_for_servers())) {
    end_all_programs();
    std::_Exit(code);
  }
  return code;
}

}  // namespace

int selftest_command(const Options& given, Redactor& redactor, const Messages& messages) {
  Wishes wishes{given.deadline.value_or(usual_deadline), given, std::nullopt};
  if (!given.replay.empty()) {
    wishes.recorded = load_recording(given.replay);
    wishes.options = as_recorded(given, *wishes.recorded);
  }
  const auto checklists = wishes.recorded
                              ? load_checklists(wishes.options,
                                                [&](const auto& name) {
                                                  return recorded_variable(*wishes.recorded, name);
                                                })
                              : load_checklists(given);
  for (const auto& checklist : checklists)
    for (const auto& secret : checklist.secrets) redactor.add(secret);
  if (selected_count(make_plan(checklists, wishes.options.selection)) == 0) {
    messages.say("nothing is selected: --tag, --only and --skip leave no check");
    return exit_usage;
  }
  try {
    return carry_out(wishes, checklists, redactor, messages);
  } catch (const KubeconfigError& error) {
    messages.say(error.what());
    return exit_usage;
  }
}

}  // namespace postflight
