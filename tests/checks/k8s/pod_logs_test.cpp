#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "checks/catalogue.hpp"
#include "checks/support/timestamps.hpp"
#include "tests/support/recorded_outpost.hpp"

namespace postflight::test {
namespace {

using namespace outpost;

const CheckKind& kind() { return *find_kind("k8s.pod-logs"); }

// Puts the moment in front of each line, as the API server does.
std::string stamped(const std::string& at, const std::string& lines) {
  std::string text;
  for (std::size_t begin = 0; begin < lines.size();) {
    const auto end = std::min(lines.find('\n', begin), lines.size());
    text += at + " " + lines.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return text;
}

// The recorded pods were started at 20:02:18Z.
const std::string at_start = "2026-11-23T20:02:18.742604562Z";
const std::string later = "2026-11-23T21:30:00.1Z";

std::string healthy_log() { return stamped(at_start, fixture("kubernetes/log.txt")); }

struct LogWorld : RecordedWorld {
  std::string first = healthy_log(), second = healthy_log();
  LogWorld() {
    record_outpost(kubernetes);
    kubernetes.logs = [this](const LogRequest& request) {
      return request.pod == first_pod ? first : second;
    };
    answer_pod(first_pod, 0);
    answer_pod(second_pod, 1);
  }

  // What a GET of the pod answers: its entry in the list, patched.
  void answer_pod(const std::string& pod, int index, const std::string& more = "") {
    kubernetes.answer(pods_path + "/" + pod,
                      patched(fixture("kubernetes/pods_list.json"),
                              R"([{"op": "copy", "from": "/items/)" + std::to_string(index) +
                                  R"(", "path": ""})" + more + "]"));
  }
  void patch_pods(const std::string& patch) {
    kubernetes.answer_list(pods_path, selector,
                           {patched(fixture("kubernetes/pods_list.json"), patch)});
  }
  Outcome run_with(const std::string& rules, const std::string& settings = "") {
    return run(kind(), "{namespace: authentik, workload: deployment/" + name + ", " + settings +
                           "rules: [" + rules + "]}");
  }
};

const std::string embedded =
    "{name: it runs embedded, json: {event: outpost mode}, expect: {embedded: true}}";
const std::string backend =
    "{name: sessions are in PostgreSQL, latest: '(?i)using (postgresql|filesystem) session "
    "backend', decides: '(?i)using postgresql'}";
const std::string no_failure =
    "{name: every application is set up, must-not-appear: failed to setup application}";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

}  // namespace

TEST_CASE("every rule holds in the log of every pod, with the line that says so",
          "[k8s.pod-logs]") {
  LogWorld world;
  const auto outcome = world.run_with(embedded + ", " + backend + ", " + no_failure +
                                      ", {name: it listens, must-appear: Starting HTTP server}");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  REQUIRE(outcome.evidence.size() == 8);
  CHECK(outcome.evidence[0].subject ==
        "pod authentik/" + first_pod + ", container proxy: it runs embedded");
  CHECK(outcome.evidence[0].expected ==
        "the latest line with event=outpost mode has embedded=true");
  CHECK(outcome.evidence[0].observed ==
        R"(2026-11-23T20:02:18Z {"embedded":true,"event":"Outpost mode","level":"info"})");
  CHECK(has(outcome.evidence[2].observed, "no such line among the 6 lines since 2026-11-23T20:02"));
  CHECK(has(outcome.summary, "2 logs in 2 pods of deployment/" + name));
}

TEST_CASE("one pod of two on the wrong backend fails, and is named", "[k8s.pod-logs]") {
  LogWorld world;
  world.second += stamped(later, R"({"event":"using filesystem session backend"})");
  const auto outcome = world.run_with(backend);
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.evidence.at(0).status == Status::passed);
  CHECK(outcome.evidence.at(1).status == Status::failed);
  CHECK(has(outcome.summary, second_pod));
  CHECK(has(outcome.summary, "using filesystem session backend"));
}

TEST_CASE("the log of a pod whose ReplicaSet is younger than the list is read too",
          "[k8s.pod-logs]") {
  LogWorld world;
  world.patch_pods(R"([{"op": "replace", "path": "/items/1/metadata/ownerReferences/0/uid",
                        "value": "younger"}])");
  const auto whole = fixture("kubernetes/replicasets.json");
  world.kubernetes.answer_list_later(
      replica_sets_path, selector,
      {patched(whole, R"([{"op": "copy", "from": "/items/0", "path": "/items/-"},
                          {"op": "replace", "path": "/items/0/metadata/uid", "value": "younger"}])")});
  world.second += stamped(later, R"({"event":"using filesystem session backend"})");
  const auto outcome = world.run_with(backend);
  CHECK(outcome.examined == 2);
  CHECK(outcome.status == Status::failed);
}

TEST_CASE("the latest line decides, not an earlier one", "[k8s.pod-logs]") {
  LogWorld world;
  const auto bad = stamped(at_start, R"({"event":"Outpost mode","embedded":false})");
  world.first = bad + stamped(later, R"({"event":"outpost mode","embedded":true})");
  CHECK(world.run_with(embedded).status == Status::passed);
  world.first = healthy_log() + stamped(later, R"({"event":"OUTPOST MODE","embedded":false})");
  CHECK(world.run_with(embedded).status == Status::failed);
}

TEST_CASE("JSON values are compared ignoring case, unless asked not to", "[k8s.pod-logs]") {
  LogWorld world;
  const std::string exact =
      "{name: exact, json: {event: outpost mode}, expect: {embedded: true}, exact-case: true}";
  CHECK(world.run_with(exact).status == Status::failed);
  world.first = world.second = stamped(at_start, R"({"event":"outpost mode","embedded":"true"})");
  CHECK(world.run_with(exact).status == Status::passed);
}

TEST_CASE("a JSON field is found however its letters are written", "[k8s.pod-logs]") {
  LogWorld world;
  world.first = world.second =
      stamped(at_start, R"({"event":"\u006futpost mode","embedded":true,"port":9000})");
  CHECK(world.run_with(embedded).status == Status::passed);
  CHECK(world.run_with("{name: n, json: {port: 9000}, expect: {event: outpost mode}}").status ==
        Status::passed);
}

TEST_CASE("lines that are not JSON, NULs and broken UTF-8 are harmless", "[k8s.pod-logs]") {
  LogWorld world;
  const std::string dirt("{\"event\":\"outpost mode\"\n\0\xFF\xC3 failed \xFF to setup\n\n{}\n[1]",
                         52);
  world.first += stamped(later, dirt);
  CHECK(world.run_with(embedded).status == Status::passed);
  // A byte that is not UTF-8 does not hide a line from a pattern.
  const auto outcome = world.run_with("{name: n, must-not-appear: 'failed . to setup'}");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.evidence.at(0).observed, "failed \xEF\xBF\xBD to setup"));
}

TEST_CASE("a line that must not appear fails, counted and quoted in part", "[k8s.pod-logs]") {
  LogWorld world;
  world.first += stamped(later, "failed to setup application one\nfailed to setup application " +
                                    std::string(1000, 'x'));
  const auto outcome = world.run_with(no_failure);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.evidence.at(0).observed, "2 lines, the latest: 2026-11-23T21:30:00Z failed"));
  CHECK(outcome.evidence.at(0).observed.size() < 300);
}

TEST_CASE("a line missing from a whole log fails, or what the rule says", "[k8s.pod-logs]") {
  LogWorld world;
  CHECK(world.run_with("{name: n, must-appear: no such thing}").status == Status::failed);
  CHECK(world.run_with("{name: n, latest: no such thing, decides: x}").status == Status::failed);
  CHECK(world.run_with("{name: n, json: {a: b}, expect: {c: d}}").status == Status::failed);
  const auto unknown = world.run_with("{name: n, must-appear: nothing, when-missing: errored}");
  CHECK(unknown.status == Status::errored);
  CHECK(unknown.reason == "line-missing");
  CHECK(world.run_with("{name: n, latest: nothing, decides: x, when-missing: passed}").status ==
        Status::passed);
}

TEST_CASE("a missing line whose log start is gone is neither failed nor passed", "[k8s.pod-logs]") {
  LogWorld world;
  world.first = stamped(later, "access log\naccess log");
  for (const auto& rule :
       {embedded, backend, no_failure, std::string("{name: n, must-appear: nothing}"),
        std::string("{name: n, latest: a b c, decides: x, when-missing: passed}")}) {
    const auto outcome = world.run_with(rule);
    INFO(rule);
    CHECK(outcome.evidence.at(0).status == Status::errored);
    CHECK(has(outcome.evidence.at(0).observed, "log start is gone"));
    CHECK(has(outcome.evidence.at(0).observed, "begins at 2026-11-23T21:30:00Z"));
    CHECK((outcome.status == Status::failed || outcome.reason == "log-start-gone"));
  }
  // What is there is there, whatever was rotated away.
  CHECK(world.run_with("{name: n, must-appear: access log|Outpost mode}").status == Status::passed);
  world.second = stamped(later, "failed to setup application");
  CHECK(world.run_with(no_failure).status == Status::failed);
}

TEST_CASE("how late a first line may be is a setting", "[k8s.pod-logs]") {
  LogWorld world;
  world.first = world.second = stamped("2026-11-23T20:02:50Z", "slow to say anything");
  CHECK(world.run_with(no_failure).status == Status::errored);
  CHECK(world.run_with(no_failure, "start-slack: 1m, ").status == Status::passed);
}

TEST_CASE("a window needs a log that reaches back over it", "[k8s.pod-logs]") {
  using namespace std::chrono;
  LogWorld world;
  const auto now = system_clock::now();
  const auto ago = [&](minutes time) { return format_timestamp(now - time); };
  const auto started = R"({"op": "replace",
      "path": "/items/0/status/containerStatuses/0/state/running/startedAt", "value": ")" +
                       ago(hours(5)) + R"("})";
  auto second = started;
  second.replace(second.find("/items/0"), 8, "/items/1");
  world.patch_pods("[" + started + ", " + second + "]");
  const auto own = R"(, {"op": "replace",
      "path": "/status/containerStatuses/0/state/running/startedAt", "value": ")" +
                   ago(hours(5)) + R"("})";
  world.answer_pod(first_pod, 0, own);
  world.answer_pod(second_pod, 1, own);
  const std::string rule = "{name: n, must-not-appear: failed to setup application, since: 11m}";

  const auto both = [&](const std::string& log) { world.first = world.second = log; };
  both(stamped(ago(minutes(60)), "a") + stamped(ago(minutes(1)), "b"));
  CHECK(world.run_with(rule).status == Status::passed);
  CHECK(has(world.run_with(rule).evidence.at(0).observed, "among the 1 line since"));
  // The whole check may have a window; the rule's own wins.
  CHECK(world.run_with(no_failure).status == Status::errored);
  CHECK(world.run_with(no_failure, "since: 11m, ").status == Status::passed);
  CHECK(world.run_with(rule, "since: 3h, ").status == Status::passed);
  CHECK(world.run_with(no_failure, "since: 3h, ").reason == "log-start-gone");
  // What lies before the window does not count.
  both(stamped(ago(minutes(60)), "failed to setup application") + stamped(ago(minutes(1)), "b"));
  CHECK(world.run_with(rule).status == Status::passed);
  both(stamped(ago(minutes(60)), "a") + stamped(ago(minutes(1)), "failed to setup application"));
  CHECK(world.run_with(rule).status == Status::failed);
  // Rotated within the window.
  both(stamped(ago(minutes(2)), "b"));
  CHECK(world.run_with(rule).reason == "log-start-gone");
  // Not a line in the window: silence.
  both(stamped(ago(minutes(60)), "a"));
  CHECK(world.run_with(rule).reason == "nothing-examined");
}

TEST_CASE("an empty log of a running container proves nothing", "[k8s.pod-logs]") {
  LogWorld world;
  world.first.clear();
  const auto outcome = world.run_with(no_failure);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "nothing-examined");
  CHECK(outcome.examined == 1);
  CHECK(has(outcome.summary, "its log is empty, though it is running since"));
}

TEST_CASE("the kubelet's own trouble is not taken for a log", "[k8s.pod-logs]") {
  LogWorld world;
  world.first = "unable to retrieve container logs for containerd://d5b68b7f";
  const auto outcome = world.run_with(no_failure);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "unreadable");
}

TEST_CASE("a container started anew since it was listed is looked at again", "[k8s.pod-logs]") {
  LogWorld world;
  world.first = stamped("2026-11-23T21:00:01Z", fixture("kubernetes/log.txt"));
  world.answer_pod(first_pod, 0,
                   R"(, {"op": "replace",
          "path": "/status/containerStatuses/0/state/running/startedAt",
          "value": "2026-11-23T21:00:00Z"})");
  CHECK(world.run_with(no_failure).status == Status::passed);
  world.answer_pod(first_pod, 0,
                   R"(, {"op": "replace", "path": "/status/containerStatuses/0/state",
          "value": {"waiting": {"reason": "CrashLoopBackOff"}}})");
  const auto outcome = world.run_with(no_failure);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "not-running");
}

TEST_CASE("pods that do not run are unknown, each with its state", "[k8s.pod-logs]") {
  RecordedWorld world;
  world.kubernetes.answer_list("/api/v1/namespaces/lab-trouble/pods", "app=trouble",
                               {fixture("kubernetes/trouble_pods_list.json")});
  world.kubernetes.logs = [](const LogRequest&) {
    return stamped("2026-11-23T20:06:54Z", "hello");
  };
  const auto outcome = world.run(
      kind(),
      "{namespace: lab-trouble, selector: app=trouble, rules: {name: n, must-appear: hello}}");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "not-running");
  CHECK(outcome.examined == 3);  // not-ready, and both containers of two-containers
  std::string observed;
  for (const auto& fact : outcome.evidence) observed += fact.observed + "\n";
  for (const auto* state :
       {"waiting: CrashLoopBackOff", "waiting: ErrImageNeverPull",
        "terminated with exit code 137: OOMKilled", "it is not started", "finished: Succeeded"})
    CHECK(has(observed, state));
}

TEST_CASE("only the named container is read, and a pod without it is unknown", "[k8s.pod-logs]") {
  LogWorld world;
  CHECK(world.run_with(embedded, "container: proxy, ").status == Status::passed);
  const auto outcome = world.run_with(embedded, "container: sidecar, ");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "no-such-container");
  CHECK(has(outcome.summary, "has no container sidecar, only proxy"));
}

TEST_CASE("the instance before is read on request, and counts", "[k8s.pod-logs]") {
  LogWorld world;
  const std::string ended = R"({"op": "replace",
      "path": "/items/I/status/containerStatuses/0/lastState/terminated/startedAt",
      "value": "2026-11-23T19:50:00Z"})";
  auto first = ended, second = ended;
  first.replace(first.find('I'), 1, "0");
  second.replace(second.find('I'), 1, "1");
  world.patch_pods("[" + first + ", " + second + "]");
  auto previous = stamped("2026-11-23T19:50:01Z", "failed to setup application");
  world.kubernetes.logs = [&](const LogRequest& request) {
    return request.previous ? previous : healthy_log();
  };
  CHECK(world.run_with(no_failure).status == Status::passed);
  CHECK(world.run_with(no_failure, "previous: true, ").status == Status::failed);
  previous = stamped("2026-11-23T19:50:01Z", "all is well");
  CHECK(world.run_with(no_failure, "previous: true, ").status == Status::passed);
  previous = stamped("2026-11-23T19:59:01Z", "all is well");
  CHECK(world.run_with(no_failure, "previous: true, ").reason == "log-start-gone");
  world.kubernetes.logs = [](const LogRequest& request) {
    if (request.previous) throw ClientError("no-log", "previous terminated container not found");
    return healthy_log();
  };
  const auto outcome = world.run_with(no_failure + ", " + embedded, "previous: true, ");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.evidence.at(0).status == Status::errored);
  CHECK(has(outcome.evidence.at(0).observed, "previous terminated container not found"));
  CHECK(outcome.evidence.at(1).status == Status::passed);
}

TEST_CASE("a window that reaches into an instance that was not looked at proves no silence",
          "[k8s.pod-logs]") {
  using namespace std::chrono_literals;
  const auto now = std::chrono::system_clock::now();
  const auto ago = [&](std::chrono::minutes time) { return format_timestamp(now - time); };
  LogWorld world;
  world.kubernetes.logs = [&](const LogRequest& request) {
    return stamped(ago(request.previous ? 60min : 2min), "all is well");
  };
  // Restarted two minutes ago: the instance before ran from an hour ago to `ended`.
  const auto restarted = [&](int restarts, std::chrono::minutes ended) {
    std::string patch;
    for (const auto* pod : {"0", "1"}) {
      const auto place = fmt::format("/items/{}/status/containerStatuses/0/", pod);
      patch += fmt::format(
          R"({}{{"op": "replace", "path": "{}restartCount", "value": {}}},)"
          R"({{"op": "replace", "path": "{}state/running/startedAt", "value": "{}"}},)"
          R"({{"op": "replace", "path": "{}lastState/terminated/startedAt", "value": "{}"}},)"
          R"({{"op": "replace", "path": "{}lastState/terminated/finishedAt", "value": "{}"}})",
          patch.empty() ? "" : ",", place, restarts, place, ago(2min), place, ago(60min), place,
          ago(ended));
    }
    world.patch_pods("[" + patch + "]");
  };
  restarted(0, 3min);
  CHECK(world.run_with(no_failure, "since: 11m, ").status == Status::passed);
  restarted(1, 3min);
  const auto outcome = world.run_with(no_failure, "since: 11m, ");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "log-start-gone");
  CHECK(has(outcome.summary, "was restarted at " + ago(2min)));
  CHECK(has(outcome.summary, "'previous: true' looks at"));
  CHECK(world.run_with(no_failure, "since: 1m, ").reason == "nothing-examined");
  CHECK(world.run_with(no_failure, "since: 11m, previous: true, ").status == Status::passed);
  // It had ended before the window.
  restarted(1, 30min);
  CHECK(world.run_with(no_failure, "since: 11m, ").status == Status::passed);
  // One before the instance before is gone for ever.
  restarted(2, 3min);
  CHECK(world.run_with(no_failure, "since: 11m, previous: true, ").status == Status::passed);
  const auto gone = world.run_with(no_failure, "since: 2h, previous: true, ");
  CHECK(gone.reason == "log-start-gone");
  CHECK(has(gone.summary, "restarted 2 times"));
}

TEST_CASE("a log that is refused is unknown for its pod only", "[k8s.pod-logs]") {
  LogWorld world;
  world.kubernetes.logs = [&](const LogRequest& request) {
    if (request.pod == first_pod) throw forbidden("pods/log is forbidden");
    return healthy_log();
  };
  auto outcome = world.run_with(embedded);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "forbidden");
  CHECK(outcome.examined == 1);
  world.second = stamped(at_start, R"({"event":"outpost mode","embedded":false})");
  world.kubernetes.logs = [&](const LogRequest& request) {
    if (request.pod == first_pod) throw forbidden("pods/log is forbidden");
    return world.second;
  };
  CHECK(world.run_with(embedded).status == Status::failed);
}

TEST_CASE("logs are asked for without a limit in time, of each container by name",
          "[k8s.pod-logs]") {
  LogWorld world;
  std::mutex mutex;
  std::vector<LogRequest> asked;
  world.kubernetes.logs = [&](const LogRequest& request) {
    const std::scoped_lock lock(mutex);
    asked.push_back(request);
    return healthy_log();
  };
  world.run_with(embedded);
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].container == "proxy");
  CHECK_FALSE(asked[0].since);
}

TEST_CASE("no live pods, or no workload, is no pass", "[k8s.pod-logs]") {
  LogWorld world;
  world.kubernetes.answer_list(pods_path, selector, {fixture("kubernetes/pods_list_empty.json")});
  auto outcome = world.run_with(embedded);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "nothing-examined");
  world.kubernetes.refuse(deployment_path, object_not_found("deployments not found"));
  outcome = world.run_with(embedded);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "does not exist"));
  world.kubernetes.refuse(deployment_path, forbidden("deployments is forbidden"));
  CHECK_THROWS_AS(world.run_with(embedded), KubernetesError);
}

TEST_CASE("rules that say nothing or contradict themselves are mistakes", "[k8s.pod-logs]") {
  const auto mistakes = [](const std::string& rules) {
    return mistakes_in(kind(), "{namespace: a, workload: deployment/b, rules: " + rules + "}")
        .size();
  };
  CHECK(mistakes("[]") == 1);
  CHECK(mistakes("[{name: n}]") == 1);
  CHECK(mistakes("[{name: n, must-appear: a, must-not-appear: b}]") == 1);
  CHECK(mistakes("[{name: n, latest: a}]") == 1);
  CHECK(mistakes("[{name: n, must-appear: a, decides: b}]") == 1);
  CHECK(mistakes("[{name: n, json: {a: b}}]") == 1);
  CHECK(mistakes("[{name: n, json: {}, expect: {a: b}}]") == 1);
  CHECK(mistakes("[{name: n, must-not-appear: a, when-missing: failed}]") == 1);
  CHECK(mistakes("[{name: n, must-appear: a, when-missing: maybe}]") == 1);
  CHECK(mistakes("[{name: n, must-appear: '('}]") == 1);
  CHECK(mistakes("[{name: n, must-appear: a, since: 0s}]") == 1);
  CHECK(mistakes("[{name: n, must-appear: a}, {must-appear: b}]") == 1);
  CHECK(mistakes("{name: n, must-appear: a}") == 0);
}

}  // namespace postflight::test
