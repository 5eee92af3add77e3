#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/live_status.hpp"
#include "cli/options.hpp"
#include "cli/recorder.hpp"
#include "clients/recorded_run.hpp"
#include "runner/checklist.hpp"
#include "runner/plan.hpp"
#include "runner/redactor.hpp"
#include "runner/run.hpp"

namespace postflight {

class AskedWorld;

// A run on one cluster: the whole of a run, or its part for one of several.
struct ClusterRun {
  ClusterRun(std::string name, bool has_place, Options its_options);
  ClusterRun(ClusterRun&&) noexcept;
  ~ClusterRun();

  std::string cluster;  // its name in a run over several
  bool is_named;        // a context or a kubeconfig was named for it
  Options options;
  std::vector<Checklist> checklists;
  Plan plan;
  std::unique_ptr<AskedWorld> world;
  std::unique_ptr<RunObserver> status;
  RunSettings settings;
  RunResult result;

  const Recorder* recorder() const;
  bool waits_for_servers() const;  // destroying it would wait for them
};

// One for each cluster, read and planned. Throws Mistakes with what is wrong for any of them.
std::vector<ClusterRun> plan_cluster_runs(const Options& options,
                                          const std::optional<RecordedRun>& recorded,
                                          Redactor& redactor);

// Finds whom each of them asks: the world, kept or not, or the recording. Throws KubeconfigError,
// and Mistakes when two of them would ask the same.
void connect(std::vector<ClusterRun>& runs, const std::optional<RecordedRun>& recorded,
             Redactor& redactor);

// All at once, told to `status`. One record of all of them.
RunRecord run_all(std::vector<ClusterRun>& runs, Redactor& redactor, LiveStatus& status,
                  const std::stop_token& stop);

}  // namespace postflight
