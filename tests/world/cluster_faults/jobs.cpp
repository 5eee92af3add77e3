#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/batch.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

void newest_run_failed(Cluster& cluster) {
  std::string name;
  for (const auto& job : cluster.store().all("jobs", "shop")) name = (*job)["metadata"]["name"];
  cluster.store().change("jobs", "shop", name, fail);
}

}  // namespace

std::vector<Fault> job_faults() {
  return {
      fault("cronjob-job-failed", "the newest Job of a CronJob failed", {"jobs-not-failed"},
            newest_run_failed),
      fault("cronjob-stopped", "a nightly CronJob has not succeeded for three days",
            {"cronjobs-succeed"},
            change("cronjobs", "data", "backup",
                   [](Json& job) { job["status"]["lastSuccessfulTime"] = ago(24h * 3); })),
      fault("cronjob-old-run-hangs",
            "a CronJob's old run hangs, and its newest one did not succeed", {"cronjobs-succeed"},
            change("cronjobs", "data", "backup",
                   [](Json& job) {
                     job["status"]["lastSuccessfulTime"] = ago(24h * 3);
                     job["status"]["active"] = Json::array({{{"kind", "Job"},
                                                             {"namespace", "data"},
                                                             {"name", "backup-29395080"},
                                                             {"apiVersion", "batch/v1"}}});
                   })),
      fault("cronjob-suspended", "a CronJob is suspended", {"cronjobs-not-suspended"},
            change("cronjobs", "data", "backup", [](Json& job) { job["spec"]["suspend"] = true; })),
  };
}

}  // namespace postflight::world
