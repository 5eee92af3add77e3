#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/live_status.hpp"
#include "cli/load.hpp"
#include "cli/real_clients.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "clients/config_node.hpp"
#include "runner/exit_code.hpp"

namespace postflight {
namespace {

// All that stands in the way is said before anything is asked. True when nothing does.
bool reports_can_be_written(const Options& options, const Messages& messages) {
  bool all = true;
  for (const auto& report : options.reports) {
    const auto obstacle = obstacle_to_writing(report.path);
    if (obstacle.empty()) continue;
    messages.say(fmt::format("the {} report cannot be written to {}: {}", report.format->name,
                             report.path, obstacle));
    all = false;
  }
  return all;
}

std::string rendered(const ReportFormat& format, const RunRecord& record) {
  std::ostringstream out;
  format.write(record, out);
  return std::move(out).str();
}

// Each report by itself: one that cannot be written takes no other along. True when all are.
bool write_reports(const Options& options, const RunRecord& record, const Terminal& terminal,
                   const Messages& messages) {
  bool all = true;
  for (const auto& report : options.reports) {
    try {
      write_report_file(report.path, rendered(*report.format, record));
    } catch (const std::exception& error) {
      messages.say(
          fmt::format("the {} report was not written: {}", report.format->name, error.what()));
      all = false;
    }
  }
  std::ostringstream out;
  if (options.standard_out->name == "text")
    write_text(record, out, style_for(options, terminal));
  else
    options.standard_out->write(record, out);
  return print(std::move(out).str(), messages) == exit_healthy && all;
}

RunSettings settings_of(const Options& options, const RealClients& world) {
  RunSettings settings;
  settings.deadline = options.deadline;
  settings.jobs = options.jobs;
  if (options.wait) {
    const auto every = std::clamp<std::chrono::milliseconds>(
        *options.wait / 10, std::chrono::milliseconds(100), std::chrono::seconds(5));
    settings.wait = Wait{*options.wait, every};
  }
  settings.target = world.target();
  settings.fail_on_warn = options.fail_on_warn;
  settings.explain = explain_client_error;
  settings.clients = &world.clients();
  return settings;
}

int carry_out(const Options& options, const Plan& plan, Redactor& redactor,
              const Messages& messages) {
  std::stop_source stop;
  const SignalWatch signals(stop);
  const RealClients world(options, plan, redactor);
  const auto terminal = this_terminal();
  LiveStatus status({.total = selected_count(plan),
                     .redraw = shows_live_status(options, terminal),
                     .attempts = options.verbose,
                     .columns = terminal.columns},
                    messages);
  auto settings = settings_of(options, world);
  settings.redactor = &redactor;
  settings.observer = &status;
  settings.interrupted_by = [&signals] { return signals.caught(); };

  const auto result = run(plan, settings, stop.get_token());
  status.end();
  const bool all_written = write_reports(options, result.record, terminal, messages);
  auto code = exit_code_of(result.record);
  if (code == exit_healthy && !all_written) code = exit_unknown;
  // Threads that did not come back still use what the destructors would take away.
  if (result.abandoned > 0) std::_Exit(code);
  return code;
}

}  // namespace

int run_command(const Options& options, Redactor& redactor, const Messages& messages) {
  const auto checklists = load_checklists(options);
  for (const auto& checklist : checklists)
    for (const auto& secret : checklist.secrets) redactor.add(secret);
  const auto plan = make_plan(checklists, options.selection);
  if (selected_count(plan) == 0) {
    messages.say(
        "nothing is selected: --tag, --only and --skip leave no check; see postflight list");
    return exit_usage;
  }
  if (!reports_can_be_written(options, messages)) return exit_usage;
  try {
    return carry_out(options, plan, redactor, messages);
  } catch (const KubeconfigError& error) {
    messages.say(error.what());
    return exit_usage;
  }
}

}  // namespace postflight
