#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_outpost.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("k8s.rollout"); }

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

std::string list_of(const std::string& items) {
  return R"({"kind": "SomeList", "apiVersion": "v1", "metadata": {}, "items": [)" + items + "]}";
}

const std::string deployment = R"({
  "metadata": {"namespace": "web", "name": "shop", "uid": "d1", "generation": 4,
               "annotations": {"deployment.kubernetes.io/revision": "3"}},
  "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "app", "image": "shop:3"}]}}},
  "status": {"observedGeneration": 4, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2,
             "availableReplicas": 2, "conditions": [
               {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
               {"type": "Available", "status": "True"}]}})";
const std::string replica_set = R"({
  "metadata": {"namespace": "web", "name": "shop-3", "uid": "r3",
               "annotations": {"deployment.kubernetes.io/revision": "3"},
               "ownerReferences": [{"kind": "Deployment", "name": "shop", "uid": "d1", "controller": true}]},
  "status": {"replicas": 2}})";
const std::string old_set = R"({
  "metadata": {"namespace": "web", "name": "shop-2", "uid": "r2",
               "annotations": {"deployment.kubernetes.io/revision": "2"},
               "ownerReferences": [{"kind": "Deployment", "name": "shop", "uid": "d1", "controller": true}]},
  "status": {"replicas": 0}})";
const std::string stateful_set = R"({
  "metadata": {"namespace": "web", "name": "db", "uid": "s1", "generation": 1},
  "spec": {"replicas": 1, "updateStrategy": {"rollingUpdate": {"partition": 0}},
           "template": {"spec": {"containers": [{"name": "db", "image": "db:1"}]}}},
  "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1,
             "availableReplicas": 1, "currentRevision": "a", "updateRevision": "a"}})";
const std::string daemon_set = R"({
  "metadata": {"namespace": "kube-system", "name": "net", "uid": "n1", "generation": 2},
  "spec": {"template": {"spec": {"containers": [{"name": "net", "image": "net:1"}]}}},
  "status": {"observedGeneration": 2, "desiredNumberScheduled": 3, "currentNumberScheduled": 3,
             "updatedNumberScheduled": 3, "numberReady": 3, "numberAvailable": 3,
             "numberMisscheduled": 0}})";

std::string pod(const std::string& name, const std::string& owner, const std::string& container,
                const std::string& image, const std::string& status = "") {
  return R"({"metadata": {"namespace": "web", "name": ")" + name +
         R"(", "ownerReferences": [{"kind": "X", "name": "x", "controller": true, "uid": ")" +
         owner + R"("}]}, "spec": {"containers": [{"name": ")" + container + R"(", "image": ")" +
         image + R"("}]}, "status": {"phase": "Running", "containerStatuses": [{"name": ")" +
         container + R"(", "restartCount": )" + (status.empty() ? "0" : status) + "}]}}";
}

const std::string nets = pod("net-a", "n1", "net", "net:1") + "," +
                         pod("net-b", "n1", "net", "net:1") + "," +
                         pod("net-c", "n1", "net", "net:1");

struct Rollouts : RecordedWorld {
  std::string deployments = deployment, sets = replica_set + "," + old_set,
              stateful_sets = stateful_set, daemon_sets = daemon_set,
              pods = pod("shop-a", "r3", "app", "shop:3") + "," +
                     pod("shop-b", "r3", "app", "shop:3") + "," + pod("db-0", "s1", "db", "db:1") +
                     "," + nets;

  Outcome run_with(const std::string& settings = "{}", const std::string& place = "") {
    kubernetes.answer_list("/apis/apps/v1" + place + "/deployments", "", {list_of(deployments)});
    kubernetes.answer_list("/apis/apps/v1" + place + "/replicasets", "", {list_of(sets)});
    kubernetes.answer_list("/apis/apps/v1" + place + "/statefulsets", "", {list_of(stateful_sets)});
    kubernetes.answer_list("/apis/apps/v1" + place + "/daemonsets", "", {list_of(daemon_sets)});
    kubernetes.answer_list("/api/v1" + place + "/pods", "", {list_of(pods)});
    return run(kind(), settings);
  }
  Outcome run_patched(std::string Rollouts::*object, const std::string& patch,
                      const std::string& settings = "{}") {
    this->*object = patched(this->*object, patch);
    return run_with(settings);
  }
};

std::string replace(const std::string& path, const std::string& value) {
  return R"([{"op": "add", "path": ")" + path + R"(", "value": )" + value + "}]";
}

}  // namespace

TEST_CASE("workloads that are rolled out pass, rule by rule", "[k8s.rollout]") {
  const auto outcome = Rollouts().run_with();
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 3);
  CHECK(outcome.summary == "3 workloads: rolled out");
  REQUIRE(outcome.evidence.size() == 6);
  CHECK(outcome.evidence[0].observed == "3 of 3");
}

TEST_CASE("a Deployment whose newest specification is not seen fails", "[k8s.rollout]") {
  const auto outcome =
      Rollouts().run_patched(&Rollouts::deployments, replace("/metadata/generation", "5"));
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "deployment web/shop: it has seen generation 4 of 5"));
}

TEST_CASE("replicas that are not updated, ready, available or wanted fail", "[k8s.rollout]") {
  for (const auto* field : {"updatedReplicas", "readyReplicas", "availableReplicas"}) {
    CHECK(Rollouts()
              .run_patched(&Rollouts::deployments, replace(std::string("/status/") + field, "1"))
              .status == Status::failed);
    CHECK(Rollouts()
              .run_patched(&Rollouts::deployments,
                           R"([{"op": "remove", "path": "/status/)" + std::string(field) + "\"}]")
              .status == Status::failed);
  }
  CHECK(Rollouts().run_patched(&Rollouts::deployments, replace("/status/replicas", "3")).status ==
        Status::failed);
  for (const auto* field : {"updatedReplicas", "readyReplicas", "availableReplicas"})
    CHECK(Rollouts()
              .run_patched(&Rollouts::stateful_sets,
                           R"([{"op": "replace", "path": "/status/updateRevision", "value": "b"},
                               {"op": "replace", "path": "/status/)" +
                               std::string(field) + R"(", "value": 0}])")
              .status == Status::failed);
  for (const auto* field : {"updatedNumberScheduled", "numberReady", "numberAvailable"}) {
    const auto outcome = Rollouts().run_patched(&Rollouts::daemon_sets,
                                                replace(std::string("/status/") + field, "2"));
    CHECK(outcome.status == Status::failed);
    CHECK(has(outcome.summary, "daemonset kube-system/net: 3 wanted"));
  }
}

TEST_CASE("a rollout that made no progress in time fails although all is available",
          "[k8s.rollout]") {
  const auto outcome = Rollouts().run_patched(
      &Rollouts::deployments,
      R"([{"op": "replace", "path": "/status/conditions/0", "value": {"type": "Progressing",
          "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}}])");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "Progressing is False: ProgressDeadlineExceeded: timed out"));
  CHECK(Rollouts()
            .run_patched(&Rollouts::deployments,
                         R"([{"op": "add", "path": "/status/conditions/-", "value": {"type":
                            "ReplicaFailure", "status": "True", "reason": "FailedCreate"}}])")
            .status == Status::failed);
  CHECK(Rollouts()
            .run_patched(&Rollouts::daemon_sets, replace("/status/numberMisscheduled", "1"))
            .status == Status::failed);
}

TEST_CASE("pods of an older ReplicaSet fail", "[k8s.rollout]") {
  Rollouts world;
  world.sets = replica_set + "," + patched(old_set, replace("/status/replicas", "1"));
  const auto outcome = world.run_with();
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "ReplicaSet shop-2 of revision 2 still has 1 pod"));
}

TEST_CASE("which ReplicaSet is the newest is unknown where the Deployment does not say",
          "[k8s.rollout]") {
  const std::string no_annotations = R"([{"op": "remove", "path": "/metadata/annotations"}])";
  Rollouts world;
  world.sets = patched(replica_set, no_annotations);
  const auto both = world.run_patched(&Rollouts::deployments, no_annotations);
  CHECK(both.status == Status::errored);
  CHECK(both.reason == "unreadable");
  CHECK(has(both.summary, "deployment.kubernetes.io/revision"));
  CHECK(Rollouts().run_patched(&Rollouts::deployments, no_annotations).status == Status::errored);
  // Without pods there is none that could be of an older one.
  Rollouts asleep;
  asleep.sets = asleep.pods = "";
  asleep.stateful_sets = asleep.daemon_sets = "";
  asleep.deployments =
      patched(deployment, R"([{"op": "replace", "path": "/spec/replicas", "value": 0},
      {"op": "replace", "path": "/status", "value": {"observedGeneration": 4}}])");
  CHECK(asleep.run_patched(&Rollouts::deployments, no_annotations).status == Status::passed);
}

TEST_CASE(
    "a StatefulSet none of whose pods are of its newest revision fails, whatever it is called",
    "[k8s.rollout]") {
  // With OnDelete currentRevision stays: after a change and its rollback both are the first one,
  // and the pods are of the one between. The controller leaves out a count of none.
  const auto outcome = Rollouts().run_patched(
      &Rollouts::stateful_sets, R"([{"op": "remove", "path": "/status/updatedReplicas"},
          {"op": "replace", "path": "/spec/updateStrategy", "value": {"type": "OnDelete"}}])");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "1 wanted: 1 there, 0 updated"));
}

TEST_CASE("a workload without a generation is not known to be seen", "[k8s.rollout]") {
  for (const auto workload :
       {&Rollouts::deployments, &Rollouts::stateful_sets, &Rollouts::daemon_sets}) {
    const auto outcome =
        Rollouts().run_patched(workload, R"([{"op": "remove", "path": "/metadata/generation"},
                      {"op": "remove", "path": "/status/observedGeneration"}])");
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "unreadable");
    CHECK(has(outcome.summary, "metadata.generation"));
  }
}

TEST_CASE("a paused rollout is a warning, also as its controller says it", "[k8s.rollout]") {
  const auto unknown = [](const std::string& reason, const std::string& is_paused) {
    return R"([{"op": "add", "path": "/spec/paused", "value": )" + is_paused +
           R"(}, {"op": "replace", "path": "/status/conditions/0", "value":
               {"type": "Progressing", "status": "Unknown", "reason": ")" +
           reason + R"("}}])";
  };
  const auto status_of = [](const std::string& patch) {
    return Rollouts().run_patched(&Rollouts::deployments, patch).status;
  };
  CHECK(status_of(replace("/spec/paused", "true")) == Status::warned);
  CHECK(status_of(unknown("DeploymentPaused", "true")) == Status::warned);
  CHECK(status_of(unknown("DeploymentResumed", "false")) == Status::passed);
  CHECK(status_of(unknown("SomethingElse", "false")) == Status::failed);
}

TEST_CASE("a StatefulSet that is updated in part on purpose need not be updated whole",
          "[k8s.rollout]") {
  const std::string in_part =
      R"([{"op": "replace", "path": "/spec/updateStrategy/rollingUpdate/partition", "value": 1},
          {"op": "replace", "path": "/status/updateRevision", "value": "b"},
          {"op": "replace", "path": "/status/updatedReplicas", "value": 0}])";
  CHECK(Rollouts().run_patched(&Rollouts::stateful_sets, in_part).status == Status::passed);
  // Its pods run the image of before.
  const std::string new_image =
      R"([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "db:2"}])";
  Rollouts world;
  world.stateful_sets = patched(patched(stateful_set, in_part), new_image);
  CHECK(world.run_with().status == Status::passed);
  world.stateful_sets = patched(stateful_set, new_image);
  CHECK(world.run_with().status == Status::failed);
}

TEST_CASE("a pod with another image than its template fails", "[k8s.rollout]") {
  Rollouts world;
  world.pods = pod("shop-a", "r3", "app", "shop:3") + "," + pod("shop-b", "r3", "app", "shop:2") +
               "," + pod("db-0", "s1", "db", "db:1") + "," + nets;
  const auto outcome = world.run_with();
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "app is to be shop:3, but 1 pod runs shop:2"));
  CHECK(world.run_with("{one-image: false}").status == Status::passed);
}

TEST_CASE("images are held to what is wanted", "[k8s.rollout]") {
  const std::string shop = "{namespaces: web, workloads: deployment/shop, images: {app: ";
  const std::string place = "/namespaces/web";
  CHECK(Rollouts().run_with(shop + "':3$'}}", place).status == Status::passed);
  const auto outcome = Rollouts().run_with(shop + "':4$'}}", place);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "shop:3"));
  CHECK(Rollouts()
            .run_with("{namespaces: web, workloads: deployment/shop, images: {other: x}}", place)
            .status == Status::failed);
}

TEST_CASE("restarts and kills count from a time on", "[k8s.rollout]") {
  const auto restarted = [](const std::string& reason, const std::string& finished,
                            const std::string& settings, const std::string& times = "2") {
    Rollouts world;
    world.pods = pod("shop-a", "r3", "app", "shop:3",
                     times + R"(, "lastState": {"terminated": {"reason": ")" + reason +
                         R"(", "finishedAt": ")" + finished + "\"}}") +
                 "," + pod("shop-b", "r3", "app", "shop:3") + "," +
                 pod("db-0", "s1", "db", "db:1") + "," + nets;
    return world.run_with(settings);
  };
  const std::string since = "{no-restarts-since: 2026-11-23T20:00:00Z}";
  CHECK(restarted("Error", "2026-11-23T20:00:00Z", since).status == Status::failed);
  CHECK(restarted("Error", "2026-11-23T19:59:59Z", since).status == Status::passed);
  CHECK(restarted("Error", "2001-01-01T00:00:00Z", "{no-restarts-since: 1h}").status ==
        Status::passed);
  const std::string kills = "{no-oom-kills-since: 2026-11-23T20:00:00Z}";
  CHECK(restarted("Error", "2026-11-23T20:10:00Z", kills, "1").status == Status::passed);
  CHECK(restarted("Error", "2026-11-23T19:10:00Z", kills).status == Status::passed);
  // What ended the one before is not kept, nor when.
  const auto unknown = restarted("Error", "2026-11-23T20:10:00Z", kills);
  CHECK(unknown.status == Status::errored);
  CHECK(unknown.reason == "not-kept");
  CHECK(has(unknown.summary, "not kept when and why, but of the last time"));
  const auto outcome = restarted("OOMKilled", "2026-11-23T20:10:00Z", kills);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary,
            "pod web/shop-a: app restarted 2 times, last at 2026-11-23T20:10:00Z: OOMKilled"));
}

TEST_CASE("a restart of which is not kept when it was is unknown", "[k8s.rollout]") {
  Rollouts world;
  world.pods = pod("shop-a", "r3", "app", "shop:3", "2") + "," +
               pod("shop-b", "r3", "app", "shop:3") + "," + pod("db-0", "s1", "db", "db:1") + "," +
               nets;
  CHECK(world.run_with("{no-restarts-since: 1h}").status == Status::errored);
  CHECK(world.run_with("{no-oom-kills-since: 1h}").status == Status::errored);
  CHECK(world.run_with().status == Status::passed);
}

TEST_CASE("pods and ReplicaSets that a status tells of and no list has are unknown",
          "[k8s.rollout]") {
  Rollouts no_pods;
  no_pods.pods = "";
  CHECK(no_pods.run_with().status == Status::errored);
  CHECK(no_pods.run_with("{one-image: false}").status == Status::passed);
  CHECK(no_pods.run_with("{one-image: false, no-restarts-since: 1h}").status == Status::errored);
  Rollouts no_sets;
  no_sets.sets = "";
  CHECK(no_sets.run_with("{one-image: false}").status == Status::errored);
}

TEST_CASE("no restarts of no pods at all is nothing examined", "[k8s.rollout]") {
  // Scaled to zero, as it is wanted.
  Rollouts asleep;
  asleep.sets = asleep.stateful_sets = asleep.daemon_sets = asleep.pods = "";
  asleep.deployments = patched(deployment, R"([{"op": "add", "path": "/spec/replicas", "value": 0},
      {"op": "add", "path": "/status", "value": {"observedGeneration": 4}}])");
  CHECK(asleep.run_with().status == Status::passed);
  for (const auto* rule : {"no-restarts-since", "no-oom-kills-since"}) {
    const auto outcome = asleep.run_with(std::string("{") + rule + ": 1h}");
    INFO(rule);
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "nothing-examined");
    CHECK(has(outcome.summary, "there is no pod to look at"));
  }
  // One that has pods is enough for the others to have none.
  asleep.stateful_sets = stateful_set;
  asleep.pods = pod("db-0", "s1", "db", "db:1");
  CHECK(asleep.run_with("{no-restarts-since: 1h}").status == Status::passed);
}

TEST_CASE("a workload that is named and not there fails; no workloads are nothing examined",
          "[k8s.rollout]") {
  const auto outcome =
      Rollouts().run_with("{namespaces: web, workloads: deployment/gone}", "/namespaces/web");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "deployment web/gone: it does not exist"));
  Rollouts none;
  none.deployments = none.sets = none.stateful_sets = none.daemon_sets = none.pods = "";
  CHECK(none.run_with().examined == 0);
  CHECK(none.run_with().status != Status::passed);
}

TEST_CASE("what is in excepted namespaces is not judged", "[k8s.rollout]") {
  Rollouts world;
  world.daemon_sets = patched(daemon_set, replace("/status/numberReady", "0"));
  CHECK(world.run_with("{except-namespaces: kube-system}").status == Status::passed);
  CHECK(world.run_with().status == Status::failed);
}

TEST_CASE("a recorded Deployment with its ReplicaSet and pods is read", "[k8s.rollout]") {
  RecordedWorld world;
  world.kubernetes.answer_list("/apis/apps/v1/deployments", "",
                               {list_of(fixture("kubernetes/deployment.json"))});
  world.kubernetes.answer_list("/apis/apps/v1/replicasets", "",
                               {fixture("kubernetes/replicasets.json")});
  world.kubernetes.answer_list("/apis/apps/v1/statefulsets", "", {list_of("")});
  world.kubernetes.answer_list("/apis/apps/v1/daemonsets", "", {list_of("")});
  world.kubernetes.answer_list("/api/v1/pods", "", {fixture("kubernetes/pods_list.json")});
  const auto outcome = world.run(kind(), "{}");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined > 0);
}

TEST_CASE("a refusal or an unreadable workload is no verdict on rollouts", "[k8s.rollout]") {
  Rollouts world;
  world.run_with();
  world.kubernetes.refuse("/apis/apps/v1/replicasets", forbidden("replicasets is forbidden"));
  CHECK_THROWS_AS(world.run(kind(), "{}"), KubernetesError);
  CHECK_THROWS_AS(
      Rollouts().run_patched(&Rollouts::daemon_sets,
                             R"([{"op": "remove", "path": "/status/desiredNumberScheduled"}])"),
      CannotTell);
}

TEST_CASE("settings of rollouts that cannot be right are mistakes", "[k8s.rollout]") {
  CHECK(mistakes_in(kind(), "{workloads: deployment/shop}").size() == 1);
  CHECK(mistakes_in(kind(), "{namespaces: web, workloads: [shop, pod/x]}").size() == 2);
  CHECK(mistakes_in(kind(), "{images: {app: x}}").size() == 1);
  CHECK(mistakes_in(kind(), "{no-restarts-since: yesterday}").size() == 1);
  CHECK(mistakes_in(kind(), "{namespaces: a, except-namespaces: b}").size() == 1);
}

}  // namespace postflight::test
