#include <cstdlib>
#include <stop_token>

#include "cli/commands.hpp"
#include "cli/live_status.hpp"
#include "cli/load.hpp"
#include "cli/real_clients.hpp"
#include "cli/self_test.hpp"
#include "cli/self_test_report.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "clients/child_process.hpp"
#include "clients/config_node.hpp"
#include "runner/exit_code.hpp"

namespace postflight {
namespace {

void redact(TestedCheck& check, const Redactor& redactor) {
  check.why = redactor.redact(check.why);
  for (auto* list : {&check.unnoticed, &check.never_failed})
    for (auto& text : *list) text = redactor.redact(text);
}

// One good run, watched; then every check again on what it read.
int carry_out(const Options& options, std::vector<Checklist> checklists, Redactor& redactor,
              const Messages& messages) {
  const auto time = options.deadline.value_or(usual_deadline);
  const auto deadline = std::chrono::steady_clock::now() + time;
  const auto plan = make_plan(checklists, options.selection);
  AttemptWatch watch;
  auto watched = watch.watched(checklists);
  // That something stays true is no part of what can be read at one time.
  for (auto& checklist : watched)
    for (auto& entry : checklist.entries) entry.hold = {};
  const auto watched_plan = make_plan(watched, options.selection);

  const RealClients world(options, plan, redactor);
  std::stop_source stop;
  watch_signals(stop, end_all_programs);
  const auto terminal = this_terminal();
  LiveStatus status({.total = selected_count(plan),
                     .redraw = shows_live_status(options, terminal),
                     .attempts = false,
                     .columns = terminal.columns},
                    messages);
  RunSettings settings;
  settings.deadline = time;
  settings.explain = explain_client_error;
  settings.clients = &world.clients();
  settings.redactor = &redactor;
  settings.observer = &status;
  settings.interrupted_by = signal_caught;
  settings.in_order = true;
  const auto result = run(watched_plan, settings, stop.get_token());
  status.end();

  const SelfTestSettings test{explain_client_error, world.clients().kubernetes.server(), deadline,
                              stop.get_token(), options.changes};
  auto checks = self_test(plan, result.record, watch, test);
  for (auto& check : checks) redact(check, redactor);
  auto code = self_test_exit_code(checks);
  if (signal_caught() != 0) code = exit_signal + signal_caught();
  const auto text = options.as_json ? self_test_json(plan.name, checks, code)
                                    : self_test_text(checks, options.verbose);
  code = print(text, messages, code);
  if (result.abandoned > 0 || world.waits_for_servers()) {
    end_all_programs();
    std::_Exit(code);
  }
  return code;
}

}  // namespace

int selftest_command(const Options& options, Redactor& redactor, const Messages& messages) {
  auto checklists = load_checklists(options);
  for (const auto& checklist : checklists)
    for (const auto& secret : checklist.secrets) redactor.add(secret);
  if (selected_count(make_plan(checklists, options.selection)) == 0) {
    messages.say("nothing is selected: --tag, --only and --skip leave no check");
    return exit_usage;
  }
  try {
    return carry_out(options, std::move(checklists), redactor, messages);
  } catch (const KubeconfigError& error) {
    messages.say(error.what());
    return exit_usage;
  }
}

}  // namespace postflight
