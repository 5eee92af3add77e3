#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <memory>

#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/fleet.hpp"
#include "cli/live_status.hpp"
#include "cli/load.hpp"
#include "cli/real_clients.hpp"
#include "cli/recorder.hpp"
#include "cli/recording_folder.hpp"
#include "cli/replayer.hpp"
#include "cli/reporting.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "clients/child_process.hpp"
#include "clients/config_node.hpp"
#include "runner/exit_code.hpp"
#include "runner/joining.hpp"

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

// One cluster's part of a run: the whole of it, when there is one.
struct Part {
  std::string cluster;  // its name in a run over several
  Options options;
  std::vector<Checklist> checklists;
  Plan plan;
  std::unique_ptr<World> world = nullptr;
  std::unique_ptr<RunObserver> status = nullptr;
  RunSettings settings = {};
  RunResult result = {};
};

// A number by itself would say too little where there are several.
std::string at_cluster(const Part& part, std::string_view what) {
  return part.cluster.empty() ? std::string(what) : fmt::format("{}: {}", part.cluster, what);
}

void prepare(Part& part, Redactor& redactor, LiveStatus& status) {
  part.status = status.of_cluster(part.cluster);
  part.settings = settings_of(part.options, part.plan);
  part.world->put_into(part.settings);
  part.settings.redactor = &redactor;
  part.settings.observer = part.status.get();
  part.settings.interrupted_by = signal_caught;
}

// All at once, each on a thread of its own.
void run_all(std::vector<Part>& parts, const std::stop_token& stop) {
  if (parts.size() == 1) {
    parts.front().result = run(parts.front().plan, parts.front().settings, stop);
    return;
  }
  std::vector<std::future<RunResult>> runs;
  for (auto& part : parts)
    runs.push_back(std::async(std::launch::async,
                              [&part, stop] { return run(part.plan, part.settings, stop); }));
  for (std::size_t i = 0; i < runs.size(); ++i) parts[i].result = runs[i].get();
}

RunRecord record_of_all(std::vector<Part>& parts) {
  if (parts.front().cluster.empty()) return std::move(parts.front().result.record);
  std::vector<ClusterRecord> records;
  for (auto& part : parts) records.push_back({part.cluster, std::move(part.result.record)});
  return join_clusters(std::move(records));
}

int carry_out(const Options& options, std::vector<Part>& parts,
              const std::optional<RecordedRun>& recorded, Redactor& redactor,
              const Messages& messages) {
  std::size_t total = 0;
  for (auto& part : parts) {
    total += selected_count(part.plan);
    part.world = std::make_unique<World>(part.options, part.plan, redactor, recorded);
  }
  // Until here a signal ends the process as it does any other: nothing has been asked yet.
  std::stop_source stop;
  watch_signals(stop, [] {
    finish_file_in_hand();
    end_all_programs();
  });
  const auto terminal = this_terminal();
  LiveStatus status({.total = total,
                     .redraw = shows_live_status(options, terminal),
                     .attempts = options.verbose,
                     .columns = terminal.columns},
                    messages);
  for (auto& part : parts) prepare(part, redactor, status);

  run_all(parts, stop.get_token());
  status.end();
  std::size_t abandoned = 0;
  bool waits = false, kept = true;
  for (const auto& part : parts) {
    abandoned += part.result.abandoned;
    waits = waits || part.world->waits_for_servers();
    if (part.world->recorder() != nullptr)
      kept = write_recording_of(*part.world->recorder(), part.options, part.settings,
                                part.checklists, part.result, messages);
  }
  auto record = record_of_all(parts);
  record.replay_of = redactor.redact(options.replay);
  const bool all_written = write_reports(options, record, redactor, messages) && kept;
  const auto code = exit_code_after(record, all_written);
  // Threads that did not come back still use what the destructors would take away, or wait for.
  if (abandoned > 0 || waits) {
    end_all_programs();
    std::_Exit(code);
  }
  return code;
}

// The options of each cluster; of one that nobody named for a run over one.
std::vector<Part> parts_of(const Options& options) {
  std::vector<Part> parts;
  for (auto& cluster : clusters_of(options))
    parts.push_back({std::move(cluster.name), std::move(cluster.options), {}, {}});
  if (parts.empty()) parts.push_back({"", options, {}, {}});
  return parts;
}

}  // namespace

int run_command(const Options& given, Redactor& redactor, const Messages& messages) {
  std::optional<RecordedRun> recorded;
  if (!given.replay.empty()) recorded = load_recording(given.replay);
  const auto options = recorded ? as_recorded(given, *recorded) : given;
  auto parts = parts_of(options);
  for (auto& part : parts) {
    part.checklists =
        recorded
            ? load_checklists(part.options,
                              [&](const auto& name) { return recorded_variable(*recorded, name); })
            : load_checklists(part.options);
    for (const auto& checklist : part.checklists)
      for (const auto& secret : checklist.secrets) redactor.add(secret);
    part.plan = make_plan(part.checklists, part.options.selection);
    if (selected_count(part.plan) == 0) {
      messages.say(at_cluster(
          part,
          "nothing is selected: --tag, --only and --skip leave no check; see postflight list"));
      return exit_usage;
    }
  }
  if (!all_can_be_written(options, messages)) return exit_usage;
  try {
    return carry_out(options, parts, recorded, redactor, messages);
  } catch (const KubeconfigError& error) {
    messages.say(error.what());
    return exit_usage;
  }
}

}  // namespace postflight
