#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("k8s.api-ready"); }

void answer_version(RecordedWorld& world) {
  world.kubernetes.answer("/version", fixture("kubernetes/version.json"));
}

KubernetesError server_error(const std::string& message) {
  return {reason::server_error, message, 500, "", false};
}

}  // namespace

TEST_CASE("an API server that says ok and its version is ready", "[k8s.api-ready]") {
  RecordedWorld world;
  world.kubernetes.answer("/readyz", fixture("kubernetes/readyz.txt"));
  answer_version(world);
  const auto outcome = world.run(kind(), "{min-version: '1.36'}");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  CHECK(outcome.summary ==
        "the API server https://kubernetes.example.com:6443 is ready and runs v1.36.2");
  REQUIRE(outcome.evidence.size() == 2);
  CHECK(outcome.evidence[0].observed == "ok");
  CHECK(outcome.evidence[1].observed == "v1.36.2");
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

TEST_CASE("a wanted version that is none is a mistake", "[k8s.api-ready]") {
  CHECK(mistakes_in(kind(), "{min-version: newest}").size() == 1);
  CHECK(mistakes_in(kind(), "{min-version: '1'}").size() == 1);
  CHECK(mistakes_in(kind(), "{min-version: '1.30'}").empty());
}

}  // namespace postflight::test
