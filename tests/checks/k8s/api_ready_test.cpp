#include <catch2/catch_test_macros.hpp>
#include <ctime>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("k8s.api-ready"); }

void answer_version(RecordedWorld& world) {
  world.kubernetes.answer("/version", fixture("kubernetes/version.json"));
}

using std::chrono::milliseconds;
using std::chrono::seconds;

// The recorded Date, while by our clock the answer came so long after that second began.
ClockAnswer answered(milliseconds ours, milliseconds took = milliseconds(20)) {
  const auto headers = fixture("kubernetes/version.headers");
  const auto begin = headers.find("Date: ") + 6;
  const auto date = headers.substr(begin, headers.find_first_of("\r\n", begin) - begin);
  std::tm parts{};
  REQUIRE(strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) != nullptr);
  const auto second = std::chrono::system_clock::from_time_t(timegm(&parts));
  return {date, second + ours - took, second + ours};
}

// A world whose API server is ready, and whose Date is the recorded one.
Outcome run_at(milliseconds ours, const std::string& with, milliseconds took = milliseconds(20)) {
  RecordedWorld world;
  world.kubernetes.answer("/readyz", "ok");
  answer_version(world);
  world.kubernetes.clocks = [=] { return answered(ours, took); };
  return world.run(kind(), with);
}

KubernetesError server_error(const std::string& message) {
  return {reason::server_error, message, 500, "", false};
}

}  // namespace

TEST_CASE("an API server that says ok and its version is ready", "[k8s.api-ready]") {
  RecordedWorld world;
  world.kubernetes.answer("/readyz", fixture("kubernetes/readyz.txt"));
  answer_version(world);
  world.kubernetes.clocks = [] { return answered(milliseconds(300)); };
  const auto outcome = world.run(kind(), "{min-version: '1.36'}");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 3);
  CHECK(outcome.summary ==
        "the API server https://kubernetes.example.com:6443 is ready and runs v1.36.2");
  REQUIRE(outcome.evidence.size() == 3);
  CHECK(outcome.evidence[0].observed == "ok");
  CHECK(outcome.evidence[1].observed == "v1.36.2");
  CHECK(outcome.evidence[2].subject == "clock of the API server");
  CHECK(outcome.evidence[2].expected == "at most 5m from ours");
  CHECK(outcome.evidence[2].observed == "as ours, give or take 1s");
}

TEST_CASE("an API server older than wanted fails", "[k8s.api-ready]") {
  RecordedWorld world;
  world.kubernetes.answer("/readyz", "ok");
  answer_version(world);
  CHECK(world.run(kind(), "{min-version: 1.37}").status == Status::failed);
  CHECK(world.run(kind(), "{min-version: v1.36.3}").status == Status::failed);
  CHECK(world.run(kind(), "{min-version: v1.36.2}").status == Status::passed);
  CHECK(world.run(kind(), "{min-version: v1.9}").status == Status::passed);
}

TEST_CASE("an API server that says it is not ready fails, with its failing lines",
          "[k8s.api-ready]") {
  RecordedWorld world;
  answer_version(world);
  world.kubernetes.refuse(
      "/readyz", server_error("500: [+]ping ok\n[-]etcd failed: reason withheld\n[+]log ok\n"
                              "[-]shutdown failed: reason withheld\nreadyz check failed"));
  const auto outcome = world.run(kind(), "{}");
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.evidence.at(0).observed ==
        "not ready: etcd failed: reason withheld, shutdown failed: reason withheld");
  CHECK(outcome.evidence.at(1).status == Status::passed);
  CHECK(outcome.summary.find("not ready: etcd failed") != std::string::npos);
}

TEST_CASE("failing lines are found in a refusal of one line too", "[k8s.api-ready]") {
  RecordedWorld world;
  answer_version(world);
  world.kubernetes.refuse("/readyz",
                          server_error("GET /readyz: the API server answered 500: "
                                       "[-]etcd failed: reason withheld; [-]ping failed"));
  CHECK(world.run(kind(), "{}").evidence.at(0).observed ==
        "not ready: etcd failed: reason withheld, ping failed");
}

TEST_CASE("the failing lines are asked for where the refusal does not hold them",
          "[k8s.api-ready]") {
  RecordedWorld world;
  answer_version(world);
  world.kubernetes.refuse("/readyz", server_error("500 Internal Server Error"));
  world.kubernetes.refuse("/readyz?verbose",
                          server_error("[-]etcd failed: reason withheld\nreadyz check failed"));
  CHECK(world.run(kind(), "{}").evidence.at(0).observed ==
        "not ready: etcd failed: reason withheld");
}

TEST_CASE("a 5xx that is not the API server's word is no verdict on it", "[k8s.api-ready]") {
  RecordedWorld world;
  answer_version(world);
  world.kubernetes.refuse("/readyz", {reason::server_error, "503 upstream down", 503, "", false});
  world.kubernetes.refuse("/readyz?verbose",
                          {reason::server_error, "503 upstream down", 503, "", false});
  CHECK_THROWS_AS(world.run(kind(), "{}"), KubernetesError);
}

TEST_CASE("no right to read /readyz is no verdict on readiness", "[k8s.api-ready]") {
  RecordedWorld world;
  answer_version(world);
  world.kubernetes.refuse("/readyz", forbidden("forbidden: cannot get path \"/readyz\""));
  CHECK_THROWS_AS(world.run(kind(), "{}"), KubernetesError);
}

TEST_CASE("rejected credentials are no verdict on readiness", "[k8s.api-ready]") {
  RecordedWorld world;
  answer_version(world);
  world.kubernetes.refuse("/readyz",
                          {reason::unauthorized, "401 Unauthorized", 401, "Unauthorized", false});
  CHECK_THROWS_AS(world.run(kind(), "{}"), KubernetesError);
}

TEST_CASE("a page that is not ok is somebody else's answer", "[k8s.api-ready]") {
  RecordedWorld world;
  answer_version(world);
  world.kubernetes.answer("/readyz", "<html><title>Welcome to nginx!</title></html>");
  CHECK_THROWS_AS(world.run(kind(), "{}"), CannotTell);
}

TEST_CASE("a version that cannot be read is unknown, not ready enough", "[k8s.api-ready]") {
  RecordedWorld world;
  world.kubernetes.answer("/readyz", "ok");
  for (const auto* answer :
       {"{}", "[]", "not json", R"({"gitVersion": 1})", R"({"gitVersion": "unknown"})"}) {
    world.kubernetes.answer("/version", answer);
    const auto outcome = world.run(kind(), "{}");
    INFO(answer);
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "unreadable");
    CHECK(outcome.evidence.at(0).status == Status::passed);
  }
  world.kubernetes.refuse("/version", forbidden("cannot get path /version"));
  CHECK(world.run(kind(), "{}").reason == "forbidden");
}

TEST_CASE("a clock of the API server that is far from ours fails, and how far is told",
          "[k8s.api-ready]") {
  const auto behind = run_at(seconds(450), "{}");
  CHECK(behind.status == Status::failed);
  CHECK(behind.evidence.at(0).status == Status::passed);
  CHECK(behind.evidence.at(1).status == Status::passed);
  CHECK(behind.evidence.at(2).status == Status::failed);
  CHECK(behind.evidence.at(2).observed == "7m29s behind ours, give or take 1s");
  CHECK(
      behind.summary ==
      "the clock of the API server https://kubernetes.example.com:6443 is 7m29s behind ours, give "
      "or take 1s: every age that is reckoned here is wrong by as much");
  CHECK(run_at(seconds(-450), "{}").evidence.at(2).observed ==
        "7m31s ahead of ours, give or take 1s");
}

TEST_CASE("a clock within the limit passes, and how far it is off is told", "[k8s.api-ready]") {
  const auto outcome = run_at(seconds(21), "{clock-skew: 30s}");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.evidence.at(2).expected == "at most 30s from ours");
  CHECK(outcome.evidence.at(2).observed == "20s behind ours, give or take 1s");
}

TEST_CASE("a clock is judged by all that it may be: what the answer took and the Date left out",
          "[k8s.api-ready]") {
  // The Date began and ended within 20 ms around the answer, and a second.
  CHECK(run_at(milliseconds(30'000), "{clock-skew: 30s}").status == Status::passed);
  CHECK(run_at(milliseconds(30'001), "{clock-skew: 30s}").status == Status::errored);
  CHECK(run_at(milliseconds(31'020), "{clock-skew: 30s}").status == Status::errored);
  CHECK(run_at(milliseconds(31'022), "{clock-skew: 30s}").status == Status::failed);
  CHECK(run_at(milliseconds(-28'980), "{clock-skew: 30s}").status == Status::passed);
  CHECK(run_at(milliseconds(-28'978 - 1000), "{clock-skew: 30s}").status == Status::errored);
  CHECK(run_at(milliseconds(-30'002), "{clock-skew: 30s}").status == Status::failed);
  // An answer that took long may have been written at any moment of it.
  const auto slow = run_at(seconds(40), "{clock-skew: 30s}", seconds(60));
  CHECK(slow.status == Status::errored);
  CHECK(slow.reason == "unreadable");
  CHECK(run_at(seconds(100), "{clock-skew: 30s}", seconds(60)).status == Status::failed);
}

TEST_CASE("without a Date nothing is claimed of the clock, and that is said", "[k8s.api-ready]") {
  RecordedWorld world;
  world.kubernetes.answer("/readyz", "ok");
  answer_version(world);
  for (const std::string date : {"", "yesterday", "Mon, 99", "Fri, 27 Nov 2026 10:00:00 +0100"}) {
    world.kubernetes.clocks = [&] { return ClockAnswer{date}; };
    const auto outcome = world.run(kind(), "{}");
    INFO(date);
    CHECK(outcome.status == Status::passed);
    CHECK(outcome.examined == 2);
    REQUIRE(outcome.evidence.size() == 2);
    CHECK(outcome.evidence[1].observed ==
          (date.empty() ? "v1.36.2 (the answer had no Date, so that its clock was not compared)"
                        : "v1.36.2 (the answer had the Date '" + date +
                              "', which is none, so that its clock was not compared)"));
  }
}

TEST_CASE("where the checklist says how far the clock may be off, no Date is unknown",
          "[k8s.api-ready]") {
  RecordedWorld world;
  world.kubernetes.answer("/readyz", "ok");
  answer_version(world);
  const auto outcome = world.run(kind(), "{clock-skew: 5m}");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "unreadable");
  CHECK(outcome.summary ==
        "the API server https://kubernetes.example.com:6443 is ready, but its clock cannot be "
        "told: the answer had no Date");
}

TEST_CASE("a clock that nobody tells is unknown, but for recordings without clocks",
          "[k8s.api-ready]") {
  RecordedWorld world;
  world.kubernetes.answer("/readyz", "ok");
  answer_version(world);
  world.kubernetes.clocks = []() -> ClockAnswer { throw ClientError(reason::timeout, "too late"); };
  CHECK(world.run(kind(), "{}").reason == "timeout");
  world.kubernetes.clocks = []() -> ClockAnswer {
    throw ClientError(reason::not_recorded, "not in the recording");
  };
  CHECK(world.run(kind(), "{}").status == Status::passed);
  CHECK(world.run(kind(), "{clock-skew: 30s}").reason == "not-recorded");
}

TEST_CASE("a limit that no Date can show is a mistake", "[k8s.api-ready]") {
  CHECK(mistakes_in(kind(), "{clock-skew: 1s}").size() == 1);
  CHECK(mistakes_in(kind(), "{clock-skew: 2s}").empty());
}

TEST_CASE("a wanted version that is none is a mistake", "[k8s.api-ready]") {
  CHECK(mistakes_in(kind(), "{min-version: newest}").size() == 1);
  CHECK(mistakes_in(kind(), "{min-version: '1'}").size() == 1);
  CHECK(mistakes_in(kind(), "{min-version: '1.30'}").empty());
}

}  // namespace postflight::test
