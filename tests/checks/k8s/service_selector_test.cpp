#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_outpost.hpp"

namespace postflight::test {
namespace {

using namespace outpost;

const CheckKind& kind() { return *find_kind("k8s.service-selector"); }

struct SelectorWorld : RecordedWorld {
  SelectorWorld() { record_outpost(kubernetes); }

  // Gives the Service another selector, as JSON, and says which pods it matches now.
  void select(const std::string& selector_json, const std::string& selector_text,
              const std::vector<std::string>& pages) {
    kubernetes.answer(service_path, patched(fixture("kubernetes/service.json"),
                                            R"([{"op": "replace", "path": "/spec/selector",
                                                 "value": )" +
                                                selector_json + "}]"));
    kubernetes.answer_list(pods_path, selector_text, pages);
  }
  Outcome run_with(const std::string& settings) {
    return run(kind(), "{namespace: authentik, service: " + name + ", " + settings + "}");
  }
};

const std::string selects = "selects: {workload: deployment/" + name + "}";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

}  // namespace

TEST_CASE("a selector that matches exactly the workload's pods passes, leftover key and all",
          "[k8s.service-selector]") {
  SelectorWorld world;
  const auto outcome = world.run_with(
      "must: {app.kubernetes.io/name: authentik-outpost-proxy}, "
      "may: [app.kubernetes.io/component, goauthentik.io/outpost-name], "
      "must-not: [app.kubernetes.io/name=authentik], " +
      selects);
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 3);
  CHECK(has(outcome.summary, "selects exactly the 2 live pods of deployment/" + name));
  REQUIRE(outcome.evidence.size() == 5);
  CHECK(outcome.evidence[3].subject == "pod authentik/" + first_pod);
  CHECK(outcome.evidence[3].observed == "selected");
}

TEST_CASE("the union selector that matches nothing fails, naming the pair each pod lacks",
          "[k8s.service-selector]") {
  SelectorWorld world;
  world.select(R"({"app.kubernetes.io/component": "server", "app.kubernetes.io/name": "authentik",
                   "goauthentik.io/outpost-name": "authentik-embedded-outpost"})",
               "app.kubernetes.io/component=server,app.kubernetes.io/name=authentik,"
               "goauthentik.io/outpost-name=authentik-embedded-outpost",
               {fixture("kubernetes/pods_list_empty.json")});
  const auto outcome = world.run_with(selects);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "selects 0 of the 2 live pods of deployment/" + name));
  CHECK(has(outcome.summary, "not selected: it has not app.kubernetes.io/name=authentik"));
  REQUIRE(outcome.evidence.size() == 2);
  CHECK(outcome.evidence[0].status == Status::failed);
  CHECK(outcome.evidence[1].status == Status::failed);
}

TEST_CASE("a selector flipped to the server pods fails for the missing and the stranger",
          "[k8s.service-selector]") {
  SelectorWorld world;
  world.select(
      R"({"app.kubernetes.io/component": "server", "app.kubernetes.io/name": "authentik"})",
      "app.kubernetes.io/component=server,app.kubernetes.io/name=authentik",
      {fixture("kubernetes/pods_list_server.json")});
  const auto outcome = world.run_with(selects);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "selects 0 of the 2 live pods"));
  CHECK(has(outcome.summary, "and 1 other pod"));
  REQUIRE(outcome.evidence.size() == 3);
  CHECK(outcome.evidence[2].subject == "pod authentik/" + server_pod);
  CHECK(has(outcome.evidence[2].observed, "ReplicaSet/goauthentik-server-697c786864"));
}

TEST_CASE("a selector that matches strangers too fails", "[k8s.service-selector]") {
  SelectorWorld world;
  world.select(R"({"app.kubernetes.io/component": "server"})", "app.kubernetes.io/component=server",
               {fixture("kubernetes/pods_list.json"), fixture("kubernetes/pods_list_server.json")});
  const auto outcome = world.run_with(selects);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, server_pod + ": selected; it is owned by"));
  CHECK(outcome.evidence.at(0).status == Status::passed);
}

TEST_CASE("a stranger that is terminating is none", "[k8s.service-selector]") {
  SelectorWorld world;
  world.select(R"({"app.kubernetes.io/component": "server"})", "app.kubernetes.io/component=server",
               {fixture("kubernetes/pods_list.json"),
                patched(fixture("kubernetes/pods_list_server.json"),
                        R"([{"op": "add", "path": "/items/0/metadata/deletionTimestamp",
                    "value": "2026-11-23T20:20:00Z"}])")});
  CHECK(world.run_with(selects).status == Status::passed);
}

TEST_CASE("keys are held to must, must-not and may", "[k8s.service-selector]") {
  SelectorWorld world;
  CHECK(has(world.run_with("must: {tier: front}").summary, "has no tier"));
  CHECK(has(world.run_with("must: {app.kubernetes.io/name: web}").summary,
            "has app.kubernetes.io/name=authentik-outpost-proxy"));
  CHECK(has(world.run_with("must-not: app.kubernetes.io/component").summary,
            "has app.kubernetes.io/component=server"));
  CHECK(has(world.run_with("may: [app.kubernetes.io/name]").summary,
            "also has app.kubernetes.io/component=server, goauthentik.io/outpost-name="));
  const auto outcome = world.run_with("must-not: [tier, app.kubernetes.io/component=worker]");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 1);
}

TEST_CASE("a Service without a selector fails", "[k8s.service-selector]") {
  for (const auto* selector : {"{}", "null"}) {
    SelectorWorld world;
    world.select(selector, "", {});
    const auto outcome = world.run_with(selects);
    CHECK(outcome.status == Status::failed);
    CHECK(has(outcome.summary, "selects no pod"));
  }
}

TEST_CASE("a Service or a workload that does not exist fails", "[k8s.service-selector]") {
  SelectorWorld world;
  world.kubernetes.refuse(deployment_path, object_not_found("deployments not found"));
  CHECK(has(world.run_with(selects).summary, "does not exist"));
  CHECK(world.run_with(selects).status == Status::failed);
  world.kubernetes.refuse(service_path, object_not_found("services not found"));
  CHECK(world.run_with(selects).status == Status::failed);
}

TEST_CASE("a workload without live pods is nothing to compare with", "[k8s.service-selector]") {
  SelectorWorld world;
  world.kubernetes.answer_list(pods_path, outpost::selector,
                               {fixture("kubernetes/pods_list_empty.json")});
  const auto outcome = world.run_with("must-not: tier, " + selects);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "nothing-examined");
}

TEST_CASE("pods of another ReplicaSet with the same labels are strangers",
          "[k8s.service-selector]") {
  SelectorWorld world;
  world.kubernetes.answer_list(
      pods_path, outpost::selector,
      {patched(fixture("kubernetes/pods_list.json"),
               R"([{"op": "replace", "path": "/items/1/metadata/ownerReferences/0/uid",
                    "value": "another"}])")});
  const auto outcome = world.run_with(selects);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, second_pod + ": selected"));
}

TEST_CASE("pods of a ReplicaSet younger than the list of ReplicaSets are no strangers",
          "[k8s.service-selector]") {
  SelectorWorld world;
  const auto whole = fixture("kubernetes/replicasets.json");
  world.kubernetes.answer_list(
      replica_sets_path, outpost::selector,
      {patched(whole, R"([{"op": "replace", "path": "/items", "value": []}])")});
  world.kubernetes.answer_list_later(replica_sets_path, outpost::selector, {whole});
  const auto outcome = world.run_with(selects);
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 3);
}

TEST_CASE("intended pods can be named by a selector of their own", "[k8s.service-selector]") {
  SelectorWorld world;
  world.kubernetes.answer_list(pods_path, "goauthentik.io/outpost-type=proxy",
                               {fixture("kubernetes/pods_list.json")});
  CHECK(world.run_with("selects: {selector: goauthentik.io/outpost-type=proxy}").status ==
        Status::passed);
}

TEST_CASE("a refusal or an unreadable pod is no verdict on the selector",
          "[k8s.service-selector]") {
  SelectorWorld world;
  world.kubernetes.answer_list(pods_path, outpost::selector,
                               {patched(fixture("kubernetes/pods_list.json"),
                                        R"([{"op": "replace", "path": "/items/0/metadata/labels",
                                             "value": "none"}])")});
  CHECK_THROWS_AS(world.run_with(selects), CannotTell);
  world.kubernetes.refuse(pods_path, forbidden("pods is forbidden"));
  CHECK_THROWS_AS(world.run_with(selects), KubernetesError);
}

TEST_CASE("a selector check that asks nothing, or contradicts itself, is a mistake",
          "[k8s.service-selector]") {
  const std::string start = "{namespace: authentik, service: web";
  CHECK(mistakes_in(kind(), start + "}").size() == 1);
  CHECK(mistakes_in(kind(), start + ", selects: {}}").size() == 1);
  CHECK(mistakes_in(kind(), start + ", selects: {workload: deployment/a, selector: a=b}}").size() ==
        1);
  CHECK(mistakes_in(kind(), start + ", must: {a: b}, must-not: [a]}").size() == 1);
  CHECK(mistakes_in(kind(), start + ", must: {a: b}, must-not: [a=c]}").empty());
}

}  // namespace postflight::test
