#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/cluster_run.hpp"
#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/live_status.hpp"
#include "cli/recording_folder.hpp"
#include "cli/replayer.hpp"
#include "cli/reporting.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "clients/child_process.hpp"
#include "clients/config_node.hpp"
#include "runner/exit_code.hpp"

namespace postflight {
namespace {

// All that stands in the way is said before anything is asked. True when nothing does.
bool all_can_be_written(const Options& options, const Messages& messages) {
  const bool reports = reports_can_be_written(options, messages);
  if (options.record.empty()) return reports;
  const auto obstacle = obstacle_to_recording(options.record);
  if (obstacle.empty()) return reports;
  messages.say(fmt::format("the run cannot be recorded to {}: {}", options.record, obstacle));
  return false;
}

// False when it was not, which is said. A run over several clusters is not recorded.
bool write_recording_of(const ClusterRun& run, const RunRecord& record, const Messages& messages) {
  if (run.recorder() == nullptr) return true;
  try {
    write_recording_folder(run.options.record,
                           run.recorder()->files(run.options, run.settings, run.checklists, record,
                                                 run.result.attempts));
    return true;
  } catch (const std::exception& error) {
    messages.say(fmt::format("the recording was not written: {}", error.what()));
    return false;
  }
}

int carry_out(const Options& options, std::vector<ClusterRun>& runs,
              const std::optional<RecordedRun>& recorded, Redactor& redactor,
              const Messages& messages) {
  connect(runs, recorded, redactor);
  // Until here a signal ends the process as it does any other: nothing has been asked yet.
  std::stop_source stop;
  watch_signals(stop, [] {
    finish_file_in_hand();
    end_all_programs();
  });
  std::size_t total = 0;
  for (const auto& run : runs) total += selected_count(run.plan);
  const auto terminal = this_terminal();
  LiveStatus status({.total = total,
                     .redraw = shows_live_status(options, terminal),
                     .attempts = options.verbose,
                     .columns = terminal.columns},
                    messages);

  auto record = run_all(runs, redactor, status, stop.get_token());
  record.replay_of = redactor.redact(options.replay);
  status.end();
  const bool kept = write_recording_of(runs.front(), record, messages);
  const bool all_written = write_reports(options, record, redactor, messages) && kept;
  const auto code = exit_code_after(record, all_written);
  // Threads that did not come back still use what the destructors would take away, or wait for.
  const auto cannot_end = [](const ClusterRun& run) {
    return run.result.abandoned > 0 || run.waits_for_servers();
  };
  if (std::ranges::any_of(runs, cannot_end)) {
    end_all_programs();
    std::_Exit(code);
  }
  return code;
}

}  // namespace

int run_command(const Options& given, Redactor& redactor, const Messages& messages) {
  std::optional<RecordedRun> recorded;
  if (!given.replay.empty()) recorded = load_recording(given.replay);
  const auto options = recorded ? as_recorded(given, *recorded) : given;
  auto runs = plan_cluster_runs(options, recorded, redactor);
  if (!all_can_be_written(options, messages)) return exit_usage;
  try {
    return carry_out(options, runs, recorded, redactor, messages);
  } catch (const KubeconfigError& error) {
    messages.say(error.what());
    return exit_usage;
  }
}

}  // namespace postflight
