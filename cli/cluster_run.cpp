#include "cli/cluster_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "cli/fleet.hpp"
#include "cli/load.hpp"
#include "cli/real_clients.hpp"
#include "cli/replayer.hpp"
#include "cli/signals.hpp"
#include "clients/digest.hpp"
#include "runner/joining.hpp"

namespace postflight {

// Whom a run asks: the outside world, kept or not, or a recording.
class AskedWorld {
 public:
  AskedWorld(const Options& options, const Plan& plan, Redactor& redactor,
             const std::optional<RecordedRun>& recorded) {
    if (recorded)
      replayer_ = std::make_unique<Replayer>(*recorded, redactor);
    else
      real_ = std::make_unique<RealClients>(options, plan, redactor);
    if (!options.record.empty()) recorder_ = std::make_unique<Recorder>(real_->clients(), redactor);
  }

  void put_into(RunSettings& settings) const {
    settings.target = target();
    settings.clients = recorder_ ? &recorder_->clients()
                       : real_   ? &real_->clients()
                                 : &replayer_->clients();
    settings.past = replayer_ ? &replayer_->past() : nullptr;
    settings.in_order = recorder_ != nullptr;
  }
  const std::string& target() const { return real_ ? real_->target() : replayer_->target(); }
  const Recorder* recorder() const { return recorder_.get(); }
  bool waits_for_servers() const { return real_ && real_->waits_for_servers(); }

 private:
  std::unique_ptr<RealClients> real_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Replayer> replayer_;
};

ClusterRun::ClusterRun(std::string name, bool has_place, Options its_options)
    : cluster(std::move(name)), is_named(has_place), options(std::move(its_options)) {}
ClusterRun::ClusterRun(ClusterRun&&) noexcept = default;
ClusterRun::~ClusterRun() = default;
const Recorder* ClusterRun::recorder() const { return world->recorder(); }
bool ClusterRun::waits_for_servers() const { return world->waits_for_servers(); }

namespace {

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

// All that decides what is checked and how, but for secrets.
std::string inputs_of(const Options& options, const std::vector<Checklist>& checklists) {
  std::string inputs = POSTFLIGHT_VERSION;
  const auto add = [&](std::string_view text) { (inputs += '\0') += text; };
  std::set<std::pair<std::string, std::string>> variables;
  for (const auto& checklist : checklists) {
    add(checklist.digest);
    for (const auto& variable : checklist.given)
      if (!variable.secret) variables.emplace(variable.name, variable.text);
  }
  add(std::to_string(variables.size()));
  for (const auto& [name, text] : variables) {
    add(name);
    add(text);
  }
  for (const auto* list :
       {&options.selection.tags, &options.selection.only, &options.selection.skip}) {
    add(std::to_string(list->size()));
    for (const auto& word : *list) add(word);
  }
  for (const auto& duration : {options.wait, options.hold})
    add(duration ? std::to_string(duration->count()) : "");
  add(options.fail_on_warn ? "fail on warn" : "");
  return sha256_of(inputs);
}

void load(ClusterRun& run, const std::optional<RecordedRun>& recorded, Redactor& redactor) {
  run.checklists =
      recorded
          ? load_checklists(run.options,
                            [&](const auto& name) { return recorded_variable(*recorded, name); })
          : load_checklists(run.options);
  for (const auto& checklist : run.checklists)
    for (const auto& secret : checklist.secrets) redactor.add(secret);
  auto& selection = run.options.selection;
  if (selection.shard) selection.shard->inputs = inputs_of(run.options, run.checklists);
  run.plan = make_plan(run.checklists, selection);
  if (selected_count(run.plan) == 0)
    throw Mistakes(std::vector<Mistake>{
        {{},
         "nothing is selected: --tag, --only and --skip leave no check; see postflight "
         "list"}});
}

// What is wrong for all clusters is said once, else with those that it is wrong for.
class MistakesOfAll {
 public:
  void add(const std::string& cluster, const Mistakes& mistakes) {
    for (const auto& mistake : mistakes.list()) {
      const auto [known, is_new] =
          index_.emplace(to_string(mistake.where) + ' ' + mistake.what, mistakes_.size());
      if (is_new) mistakes_.push_back({mistake, {}});
      mistakes_[known->second].second.push_back(cluster);
    }
  }

  void throw_if_any(std::size_t clusters) const {
    if (mistakes_.empty()) return;
    std::vector<Mistake> all;
    for (auto [mistake, of] : mistakes_) {
      if (of.size() < clusters)
        mistake.what = fmt::format("{}: {}", fmt::join(of, ", "), mistake.what);
      all.push_back(std::move(mistake));
    }
    throw Mistakes(std::move(all));
  }

 private:
  std::vector<std::pair<Mistake, std::vector<std::string>>> mistakes_;
  std::map<std::string, std::size_t> index_;
};

// Two names for one cluster, or for none, would be one answer told as two.
void refuse_the_same(const std::vector<ClusterRun>& runs) {
  std::map<std::tuple<std::string, std::string, std::vector<std::pair<std::string, std::string>>>,
           std::string>
      known;
  for (const auto& run : runs) {
    const bool asks = !run.world->target().empty();
    if (asks && !run.is_named)
      throw Mistakes(std::vector<Mistake>{
          {{},
           fmt::format("{}: name its 'context' or its 'kubeconfig': else it would be "
                       "the cluster that kubectl takes now",
                       run.cluster)}});
    const auto [same, is_new] =
        known.emplace(std::tuple{asks ? run.options.kubeconfig : "",
                                 asks ? run.options.context : "", run.options.set},
                      run.cluster);
    if (!is_new)
      throw Mistakes(
          {{{},
            fmt::format("{} and {} would be asked the very same{}", same->second, run.cluster,
                        asks ? "" : ": no check asks the cluster itself")}});
  }
}

}  // namespace

std::vector<ClusterRun> plan_cluster_runs(const Options& options,
                                          const std::optional<RecordedRun>& recorded,
                                          Redactor& redactor) {
  std::vector<ClusterRun> runs;
  for (auto& cluster : clusters_of(options))
    runs.emplace_back(std::move(cluster.name), cluster.is_named, std::move(cluster.options));
  if (runs.empty()) runs.emplace_back("", true, options);
  MistakesOfAll mistakes;
  for (auto& run : runs) try {
      load(run, recorded, redactor);
    } catch (const Mistakes& wrong) {
      mistakes.add(run.cluster, wrong);
    }
  mistakes.throw_if_any(runs.size());
  return runs;
}

void connect(std::vector<ClusterRun>& runs, const std::optional<RecordedRun>& recorded,
             Redactor& redactor) {
  for (auto& run : runs)
    run.world = std::make_unique<AskedWorld>(run.options, run.plan, redactor, recorded);
  if (runs.size() > 1) refuse_the_same(runs);
}

RunRecord run_all(std::vector<ClusterRun>& runs, Redactor& redactor, LiveStatus& status,
                  const std::stop_token& stop) {
  for (auto& run : runs) {
    run.status = status.of_cluster(run.cluster);
    run.settings = settings_of(run.options, run.plan);
    run.world->put_into(run.settings);
    run.settings.redactor = &redactor;
    run.settings.observer = run.status.get();
    run.settings.interrupted_by = signal_caught;
  }
  if (runs.front().cluster.empty()) {
    runs.front().result = run(runs.front().plan, runs.front().settings, stop);
    return std::move(runs.front().result.record);
  }
  std::vector<std::future<RunResult>> begun(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) try {
      begun[i] = std::async(std::launch::async, [&cluster = runs[i], stop] {
        return run(cluster.plan, cluster.settings, stop);
      });
    } catch (const std::system_error&) {
      // No thread is to be had: it is run below, after those that are begun.
    }
  std::vector<ClusterRecord> records;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].result = begun[i].valid() ? begun[i].get() : run(runs[i].plan, runs[i].settings, stop);
    records.push_back({runs[i].cluster, std::move(runs[i].result.record)});
  }
  return join_clusters(std::move(records));
}

}  // namespace postflight
