#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/live_status.hpp"
#include "cli/load.hpp"
#include "cli/real_clients.hpp"
#include "cli/recorder.hpp"
#include "cli/recording_folder.hpp"
#include "cli/replayer.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "clients/child_process.hpp"
#include "clients/config_node.hpp"
#include "runner/exit_code.hpp"

namespace postflight {
namespace {

// All that stands in the way is said before anything is asked. True when nothing does.
bool all_can_be_written(const Options& options, const Messages& messages) {
  bool all = true;
  for (const auto& report : options.reports) {
    const auto obstacle = obstacle_to_writing(report.path);
    if (obstacle.empty()) continue;
    messages.say(fmt::format("the {} report cannot be written to {}: {}", report.format->name,
                             report.path, obstacle));
    all = false;
  }
  if (options.record.empty()) return all;
  const auto obstacle = obstacle_to_recording(options.record);
  if (obstacle.empty()) return all;
  messages.say(fmt::format("the run cannot be recorded to {}: {}", options.record, obstacle));
  return false;
}

std::string rendered(const ReportFormat& format, const RunRecord& record) {
  std::ostringstream out;
  format.write(record, out);
  return std::move(out).str();
}

// False when it was not, which is said.
bool write_report(const ReportTarget& report, const RunRecord& record, const Messages& messages) {
  try {
    write_report_file(report.path, rendered(*report.format, record));
    return true;
  } catch (const std::exception& error) {
    messages.say(
        fmt::format("the {} report was not written: {}", report.format->name, error.what()));
    return false;
  }
}

// Each report by itself: one that cannot be written takes no other along, and one that waits for
// its reader comes after those that do not. True when all are written.
bool write_reports(const Options& options, const RunRecord& record, const Terminal& terminal,
                   const Messages& messages) {
  bool all = true;
  for (const bool waits : {false, true})
    for (const auto& report : options.reports)
      if (waits_for_reader(report.path) == waits)
        all = write_report(report, record, messages) && all;
  std::ostringstream out;
  if (options.standard_out->name == "text")
    write_text(record, out, style_for(options, terminal));
  else
    options.standard_out->write(record, out);
  return print(std::move(out).str(), messages) == exit_healthy && all;
}

// What the run found; when that is well but a report is lost: why.
int exit_code_after(const RunRecord& record, bool all_written) {
  const auto code = exit_code_of(record);
  if (code != exit_healthy || all_written) return code;
  return signal_caught() != 0 ? exit_signal + signal_caught() : exit_unknown;
}

std::chrono::milliseconds deadline_of(const Options& options, const Plan& plan) {
  if (options.deadline) return *options.deadline;
  auto longest = options.hold.value_or(std::chrono::milliseconds(0));
  for (const auto& check : plan.checks)
    if (check.selected) longest = std::max(longest, check.entry->hold.window);
  return usual_deadline + longest;
}

RunSettings settings_of(const Options& options, const Plan& plan) {
  RunSettings settings;
  settings.deadline = deadline_of(options, plan);
  settings.jobs = options.jobs;
  settings.wait = wait_of(options);
  if (options.hold)
    settings.hold = Hold{*options.hold, std::min<std::chrono::milliseconds>(
                                            *options.hold, std::chrono::seconds(15))};
  settings.fail_on_warn = options.fail_on_warn;
  settings.explain = explain_client_error;
  return settings;
}

// Whom a run asks: the outside world, kept or not, or a recording.
class World {
 public:
  World(const Options& options, const Plan& plan, Redactor& redactor,
        const std::optional<RecordedRun>& recorded) {
    if (recorded)
      replayer_ = std::make_unique<Replayer>(*recorded, redactor);
    else
      real_ = std::make_unique<RealClients>(options, plan, redactor);
    if (!options.record.empty()) recorder_ = std::make_unique<Recorder>(real_->clients(), redactor);
  }

  void put_into(RunSettings& settings) const {
    settings.target = real_ ? real_->target() : replayer_->target();
    settings.clients = recorder_ ? &recorder_->clients()
                       : real_   ? &real_->clients()
                                 : &replayer_->clients();
    settings.past = replayer_ ? &replayer_->past() : nullptr;
    settings.in_order = recorder_ != nullptr;
  }
  const Recorder* recorder() const { return recorder_.get(); }
  bool waits_for_servers() const { return real_ && real_->waits_for_servers(); }

 private:
  std::unique_ptr<RealClients> real_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Replayer> replayer_;
};

// False when it was not, which is said.
bool write_recording_of(const Recorder& recorder, const Options& options,
                        const RunSettings& settings, const std::vector<Checklist>& checklists,
                        const RunResult& result, const Messages& messages) {
  try {
    write_recording_folder(options.record, recorder.files(options, settings, checklists, result));
    return true;
  } catch (const std::exception& error) {
    messages.say(fmt::format("the recording was not written: {}", error.what()));
    return false;
  }
}

int carry_out(const Options& options, const std::vector<Checklist>& checklists, const Plan& plan,
              const std::optional<RecordedRun>& recorded, Redactor& redactor,
              const Messages& messages) {
  // Until here a signal ends the process as it does any other: nothing has been asked yet.
  const World world(options, plan, redactor, recorded);
  std::stop_source stop;
  watch_signals(stop, [] {
    finish_file_in_hand();
    end_all_programs();
  });
  const auto terminal = this_terminal();
  LiveStatus status({.total = selected_count(plan),
                     .redraw = shows_live_status(options, terminal),
                     .attempts = options.verbose,
                     .columns = terminal.columns},
                    messages);
  auto settings = settings_of(options, plan);
  world.put_into(settings);
  settings.redactor = &redactor;
  settings.observer = &status;
  settings.interrupted_by = signal_caught;

  auto result = run(plan, settings, stop.get_token());
  result.record.replay_of = redactor.redact(options.replay);
  status.end();
  const bool kept =
      world.recorder() == nullptr ||
      write_recording_of(*world.recorder(), options, settings, checklists, result, messages);
  const bool all_written = write_reports(options, result.record, terminal, messages) && kept;
  const auto code = exit_code_after(result.record, all_written);
  // Threads that did not come back still use what the destructors would take away, or wait for.
  if (result.abandoned > 0 || world.waits_for_servers()) {
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
  const auto checklists =
      recorded ? load_checklists(
                     options, [&](const auto& name) { return recorded_variable(*recorded, name); })
               : load_checklists(options);
  for (const auto& checklist : checklists)
    for (const auto& secret : checklist.secrets) redactor.add(secret);
  const auto plan = make_plan(checklists, options.selection);
  if (selected_count(plan) == 0) {
    messages.say(
        "nothing is selected: --tag, --only and --skip leave no check; see postflight list");
    return exit_usage;
  }
  if (!all_can_be_written(options, messages)) return exit_usage;
  try {
    return carry_out(options, checklists, plan, recorded, redactor, messages);
  } catch (const KubeconfigError& error) {
    messages.say(error.what());
    return exit_usage;
  }
}

}  // namespace postflight
