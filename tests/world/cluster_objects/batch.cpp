#include "tests/world/cluster_objects/batch.hpp"

#include <fmt/format.h>

#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/cluster_objects/workload.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

namespace {

using namespace std::chrono_literals;

Json pod_template(const std::string& name, const std::string& image) {
  return {{"spec",
           {{"containers",
             {{{"name", name},
               {"image", image},
               {"resources", {{"requests", {{"cpu", "50m"}, {"memory", "64Mi"}}}}},
               {"terminationMessagePath", "/dev/termination-log"},
               {"terminationMessagePolicy", "File"},
               {"imagePullPolicy", "IfNotPresent"}}}},
            {"restartPolicy", "Never"},
            {"terminationGracePeriodSeconds", 30},
            {"dnsPolicy", "ClusterFirst"},
            {"securityContext", Json::object()},
            {"schedulerName", "default-scheduler"}}}};
}

Json labels_of(const Run& run) {
  const std::string own = uid("Job", id_of(run.name_space, run.name));
  return {{"batch.kubernetes.io/controller-uid", own},
          {"batch.kubernetes.io/job-name", run.name},
          {"controller-uid", own},
          {"job-name", run.name}};
}

void put_completed_pod(ObjectStore& store, const Run& run) {
  Workload workload = complete({.kind = "Job",
                                .name_space = run.name_space,
                                .name = run.owner_name.empty() ? run.name : run.owner_name,
                                .image = run.image,
                                .created = ago(run.ended + 2min)});
  const std::string name = run.name + "-" + suffix_of(run.name, 5);
  Json pod = pod_of(workload, {name, uid("Pod", id_of(run.name_space, name)), "worker-2",
                               "10.0.0.22", "10.244.2.250", hex_of(name, 64)});
  const std::string ended = ago(run.ended);
  Json& about = pod["metadata"];
  about["generateName"] = run.name + "-";
  about["labels"] = labels_of(run);
  about["ownerReferences"] = Json::array(
      {owner("batch/v1", "Job", run.name, uid("Job", id_of(run.name_space, run.name)))});
  pod["spec"]["restartPolicy"] = "Never";
  Json& status = pod["status"];
  status["phase"] = "Succeeded";
  for (auto& condition : status["conditions"]) {
    const std::string type = condition["type"];
    if (type == "PodScheduled" || type == "Initialized") continue;
    condition["status"] = "False";
    condition["lastTransitionTime"] = ended;
    if (type != "PodReadyToStartContainers") condition["reason"] = "PodCompleted";
  }
  Json& container = status["containerStatuses"][0];
  container["state"] = {{"terminated",
                         {{"exitCode", 0},
                          {"reason", "Completed"},
                          {"startedAt", ago(run.ended + 1min)},
                          {"finishedAt", ended},
                          {"containerID", container["containerID"]}}}};
  container["ready"] = false;
  container["started"] = false;
  store.put("pods", std::move(pod));
}

}  // namespace

void put_job(ObjectStore& store, const Run& run) {
  const std::string started = ago(run.ended + 2min), ended = ago(run.ended);
  Json job = {{"metadata", metadata(run.name_space, run.name,
                                    uid("Job", id_of(run.name_space, run.name)), started)}};
  job["metadata"]["generation"] = 1;
  job["metadata"]["labels"] = labels_of(run);
  if (!run.owner_name.empty())
    job["metadata"]["ownerReferences"] =
        Json::array({owner("batch/v1", "CronJob", run.owner_name,
                           uid("CronJob", id_of(run.name_space, run.owner_name)))});
  job["spec"] = {
      {"parallelism", 1},
      {"completions", 1},
      {"backoffLimit", 3},
      {"selector",
       {{"matchLabels",
         {{"batch.kubernetes.io/controller-uid", uid("Job", id_of(run.name_space, run.name))}}}}},
      {"template", pod_template(run.name, run.image)},
      {"completionMode", "NonIndexed"},
      {"suspend", false},
      {"podReplacementPolicy", "TerminatingOrFailed"}};
  job["spec"]["template"]["metadata"] = {{"labels", labels_of(run)}};
  Json conditions = Json::array();
  for (const char* type : {"SuccessCriteriaMet", "Complete"})
    conditions.push_back({{"type", type},
                          {"status", "True"},
                          {"lastProbeTime", ended},
                          {"lastTransitionTime", ended},
                          {"reason", "CompletionsReached"},
                          {"message", "Reached expected number of succeeded pods"}});
  job["status"] = {{"conditions", std::move(conditions)},
                   {"startTime", started},
                   {"completionTime", ended},
                   {"succeeded", 1},
                   {"terminating", 0},
                   {"uncountedTerminatedPods", Json::object()},
                   {"ready", 0}};
  store.put("jobs", std::move(job));
  put_completed_pod(store, run);
}

void put_cron_job(ObjectStore& store, const Schedule& schedule) {
  for (int back = 2; back >= 0; --back) {
    const auto ended = schedule.since_last + back * schedule.every;
    // The controller names a Job by the minute it was due.
    const auto due = std::chrono::duration_cast<std::chrono::minutes>(
        std::chrono::system_clock::now().time_since_epoch() - ended);
    put_job(store, {schedule.name_space, fmt::format("{}-{}", schedule.name, due.count()),
                    schedule.image, schedule.name, ended});
  }
  Json object = {{"metadata", metadata(schedule.name_space, schedule.name,
                                       uid("CronJob", id_of(schedule.name_space, schedule.name)),
                                       ago(24h * 40))}};
  object["metadata"]["generation"] = 1;
  object["spec"] = {
      {"schedule", schedule.cron},
      {"concurrencyPolicy", "Forbid"},
      {"suspend", false},
      {"jobTemplate",
       {{"spec",
         {{"backoffLimit", 3}, {"template", pod_template(schedule.name, schedule.image)}}}}},
      {"successfulJobsHistoryLimit", 3},
      {"failedJobsHistoryLimit", 1}};
  object["status"] = {{"lastScheduleTime", ago(schedule.since_last + 2min)},
                      {"lastSuccessfulTime", ago(schedule.since_last)}};
  store.put("cronjobs", std::move(object));
}

void fail(Json& job) {
  Json& status = job["status"];
  const std::string when = status.value("completionTime", ago(10min));
  status.erase("completionTime");
  status.erase("succeeded");
  status["failed"] = 4;
  status["conditions"] = Json::array();
  for (const char* type : {"FailureTarget", "Failed"})
    status["conditions"].push_back({{"type", type},
                                    {"status", "True"},
                                    {"lastProbeTime", when},
                                    {"lastTransitionTime", when},
                                    {"reason", "BackoffLimitExceeded"},
                                    {"message", "Job has reached the specified backoff limit"}});
}

}  // namespace postflight::world
