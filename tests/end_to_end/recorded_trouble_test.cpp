// checklists/cluster.yaml on pods in trouble as a real API server showed them (the recordings
// trouble_*.json of tests/fixtures/kubernetes): what each check says of each of them. The times of
// the recordings are moved, all by the same: to now, to three hours ago, to a week ago.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>
#include <utility>

#include "tests/end_to_end/shipped_run.hpp"

namespace postflight::test {
namespace {

using Catch::Matchers::ContainsSubstring;

// What is not green, by check and object; only the first fact of an object counts.
using Findings = std::map<std::pair<std::string, std::string>, std::string>;

Findings findings_of(const Run& run) {
  Findings findings;
  for (const auto& check : run.record.at("checks"))
    for (const auto& fact : check.at("evidence")) {
      const auto subject = fact.at("subject").get<std::string>();
      if (fact.at("status") != "passed" && subject.find('/') != std::string::npos)
        findings.emplace(
            std::pair{check.at("id").get<std::string>(), subject},
            fact.at("status").get<std::string>() + ": " + fact.at("observed").get<std::string>());
    }
  return findings;
}

Run run_trouble(const std::string& fault, const std::vector<std::string>& more = {}) {
  const WorldProgram world(world_program, {"--cluster", "healthy", "--fault", fault});
  return run_shipped(world, "cluster.yaml", more);
}

void check_findings(const Run& run, const Findings& expected) {
  INFO(run.output);
  const auto found = findings_of(run);
  for (const auto& [where, what] : expected) {
    INFO(where.first << " of " << where.second);
    REQUIRE(found.contains(where));
    CHECK_THAT(found.at(where), ContainsSubstring(what));
  }
  for (const auto& [where, what] : found) {
    INFO(where.first << " of " << where.second << ": " << what);
    CHECK(expected.contains(where));
  }
  CHECK(run.exit_code == 1);
  CHECK(run.ids_with("errored").empty());
  CHECK(run.ids_with("warned").empty());
}

const Findings at_once{
    {{"pods-start", "pod lab-trouble/crashloop"},
     "failed: c waits: CrashLoopBackOff: back-off 5m0s restarting failed container=c"},
    {{"pods-start", "pod lab-trouble/never-pull"},
     "failed: c waits: ErrImageNeverPull: Container image \"docker.io/lab/absent:1\" is not "
     "present with pull policy of Never"},
};

const Findings of_late{
    {{"pods-not-restarting", "pod lab-trouble/crashloop"},
     "failed: c was started 6 times anew, and last ended at"},
    {{"pods-not-restarting", "pod lab-trouble/oom"}, "failed: c was killed for want of memory at"},
};

const Findings for_long{
    {{"pods-scheduled", "pod lab-trouble/unschedulable"},
     "minutes: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector"},
    {{"pods-ready", "pod lab-trouble/crashloop"}, "minutes: containers with unready status: [c]"},
    {{"pods-ready", "pod lab-trouble/not-ready"}, "minutes: containers with unready status: [c]"},
    {{"pods-ready", "pod lab-trouble/oom"}, "minutes: containers with unready status: [c]"},
    {{"services-have-endpoints", "service lab-trouble/not-ready"},
     "there is no ready endpoint behind the Service lab-trouble/not-ready"},
    {{"services-have-endpoints", "service lab-trouble/no-endpoints"},
     "there is no ready endpoint behind the Service lab-trouble/no-endpoints"},
};

Findings all_of(std::initializer_list<Findings> parts) {
  Findings all;
  for (auto part : parts) all.merge(part);
  return all;
}

}  // namespace

// The pods completed and two-containers are named by no check, ever: the one has ended well, the
// other runs and is ready.

TEST_CASE(
    "recorded pods in trouble that are seven minutes old: what is wrong at once is red, and "
    "what only waits has time",
    "[end-to-end][cluster]") {
  check_findings(run_trouble("recorded-trouble"), all_of({at_once, of_late}));
}

TEST_CASE("recorded pods in trouble three hours later: what waits and is not ready is red too",
          "[end-to-end][cluster]") {
  check_findings(run_trouble("recorded-trouble-of-hours"), all_of({at_once, of_late, for_long}));
}

TEST_CASE("recorded pods in trouble a week later: restarts no longer count, all else does",
          "[end-to-end][cluster]") {
  check_findings(run_trouble("recorded-trouble-of-days"), all_of({at_once, for_long}));
}

TEST_CASE("recorded pods in trouble are red at once where no grace is given",
          "[end-to-end][cluster]") {
  check_findings(run_trouble("recorded-trouble", {"--set", "grace_minutes=1"}),
                 all_of({at_once, of_late, for_long}));
}

// One more is the healthy cluster's own.
TEST_CASE("of the recorded events the 15 warnings of the last hour count, and none later",
          "[end-to-end][cluster]") {
  const std::vector<std::string> only{"--only", "events-few-warnings", "--set",
                                      "warning_events=15"};
  const auto now = run_trouble("recorded-trouble", only);
  INFO(now.output);
  CHECK(now.ids_with("warned") == Ids{"events-few-warnings"});
  CHECK_THAT(now.check("events-few-warnings").dump(), ContainsSubstring(": 16"));
  const auto enough = run_trouble("recorded-trouble", {only[0], only[1]});
  CHECK(enough.ids_with("passed") == Ids{"api-ready", "events-few-warnings"});
  const auto later = run_trouble("recorded-trouble-of-hours", only);
  CHECK(later.ids_with("passed") == Ids{"api-ready", "events-few-warnings"});
}

TEST_CASE("recorded trouble in a namespace that is left out is named by nobody",
          "[end-to-end][cluster]") {
  const auto run =
      run_trouble("recorded-trouble-of-hours", {"--set", "except_namespaces=[lab-trouble]"});
  INFO(run.output);
  CHECK(run.exit_code == 0);
  CHECK(findings_of(run).empty());
}

}  // namespace postflight::test
