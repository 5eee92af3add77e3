#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_outpost.hpp"

namespace postflight::test {
namespace {

using namespace outpost;

const CheckKind& kind() { return *find_kind("k8s.service-endpoints"); }

struct OutpostWorld : RecordedWorld {
  OutpostWorld() { record_outpost(kubernetes); }

  void patch_slices(const std::string& patch) {
    kubernetes.answer_list(slices_path, slices_selector,
                           {patched(fixture("kubernetes/endpointslices.json"), patch)});
  }
  void patch_service(const std::string& patch) {
    kubernetes.answer(service_path, patched(fixture("kubernetes/service.json"), patch));
  }
  Outcome run_with(const std::string& settings) {
    return run(kind(), "{namespace: authentik, service: " + name + ", " + settings + "}");
  }
};

const std::string owner = "owner: deployment/" + name;
const std::string not_the_server =
    "forbidden: 'app.kubernetes.io/name=authentik,app.kubernetes.io/component=server'";
const std::string server_endpoint = R"({"addresses": ["198.18.0.2"], "conditions": {"ready": true},
  "targetRef": {"kind": "Pod", "namespace": "authentik", "name": ")" +
                                    server_pod + R"(",
  "uid": "7606e0a7-1fe6-4c2f-b005-f4811e132bd1"}})";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

}  // namespace

TEST_CASE("two ready addresses of the right pods pass, with a line for each",
          "[k8s.service-endpoints]") {
  OutpostWorld world;
  const auto outcome = world.run_with("ready: 2, ports: [9000, 9300, https], " + owner + ", " +
                                      not_the_server + ", pods: goauthentik.io/outpost-type=proxy");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  CHECK(has(outcome.summary, "2 of 2 addresses ready, all pods of deployment/" + name));
  REQUIRE(outcome.evidence.size() == 3);
  CHECK(outcome.evidence[0].observed == "2 ready addresses");
  CHECK(outcome.evidence[1].subject == "pod authentik/" + first_pod + " (198.18.0.3)");
  CHECK(has(outcome.evidence[1].observed, "9000 http, 9300 http-metrics, 9443 https"));
  CHECK(has(outcome.evidence[1].observed, "ReplicaSet/" + name + "-744d7859bb"));
}

TEST_CASE("a count alone asks for no pods", "[k8s.service-endpoints]") {
  OutpostWorld world;
  CHECK(world.run_with("min-ready: 2").status == Status::passed);
  CHECK(world.kubernetes.asked.size() == 2);
}

TEST_CASE("an endpoint that is not ready does not count", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_slices(
      R"([{"op": "replace", "path": "/items/0/endpoints/1/conditions/ready", "value": false}])");
  CHECK(world.run_with("min-ready: 1").status == Status::passed);
  const auto outcome = world.run_with("ready: 2");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "1 ready address, 1 not ready"));
  CHECK(outcome.evidence.at(1).status == Status::passed);
  CHECK(outcome.evidence.at(2).status == Status::failed);
}

TEST_CASE("an unready pod that the Service publishes anyway does not count",
          "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_slices(
      R"([{"op": "replace", "path": "/items/0/endpoints/1/conditions/serving", "value": false}])");
  CHECK(world.run_with("ready: 2").status == Status::failed);
}

TEST_CASE("a terminating endpoint does not count", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_slices(R"([{"op": "replace", "path": "/items/0/endpoints/1/conditions",
                          "value": {"ready": false, "serving": true, "terminating": true}}])");
  const auto outcome = world.run_with("ready: 2");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.evidence.at(0).observed, "1 ready address, 1 terminating"));
}

TEST_CASE("an absent ready condition means ready", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_slices(R"([{"op": "replace", "path": "/items/0/endpoints/0/conditions", "value": {}},
                         {"op": "remove", "path": "/items/0/endpoints/1/conditions"}])");
  CHECK(world.run_with("ready: 2").status == Status::passed);
}

TEST_CASE("more ready addresses than exactly wanted fail", "[k8s.service-endpoints]") {
  OutpostWorld world;
  const auto outcome = world.run_with("ready: 1");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "2 ready addresses; exactly 1 wanted"));
}

TEST_CASE("a server pod among the endpoints fails, and is named", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_slices(R"([{"op": "add", "path": "/items/0/endpoints/-", "value": )" +
                     server_endpoint + "}]");
  for (const auto& question :
       {not_the_server, owner, std::string("pods: goauthentik.io/outpost-type=proxy")}) {
    const auto outcome = world.run_with("min-ready: 2, " + question);
    CHECK(outcome.status == Status::failed);
    CHECK(has(outcome.summary, server_pod));
    CHECK(outcome.evidence.at(1).status == Status::passed);
    CHECK(outcome.evidence.at(3).status == Status::failed);
  }
  // Where the count is wrong too, the reason is told with it.
  CHECK(has(world.run_with("ready: 2, " + not_the_server).summary,
            "3 ready addresses; exactly 2 wanted; pod authentik/" + server_pod));
}

TEST_CASE("a port that a ready address does not serve fails", "[k8s.service-endpoints]") {
  OutpostWorld world;
  const auto outcome = world.run_with("ready: 2, ports: [9000, 9999, metrics]");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "does not serve 9999, metrics"));
}

TEST_CASE("an endpoint port without a number stands for every port", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_slices(
      R"([{"op": "replace", "path": "/items/0/ports", "value": [{"name": "all"}]}])");
  CHECK(world.run_with("ready: 2, ports: [9000]").status == Status::passed);
}

TEST_CASE("a selector that matches no pod is named with the pair that is lacking",
          "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_slices(R"([{"op": "replace", "path": "/items/0/endpoints", "value": null},
                         {"op": "replace", "path": "/items/0/ports", "value": null}])");
  world.patch_service(R"([{"op": "replace", "path": "/spec/selector/app.kubernetes.io~1name",
                           "value": "authentik"}])");
  const auto outcome = world.run_with("ready: 2, " + owner);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "0 ready addresses: its selector matches no live pod"));
  CHECK(has(outcome.summary, "has not app.kubernetes.io/name=authentik"));
  CHECK(has(outcome.summary, first_pod));
  // Nobody said whose pods they should be: the closest one of the namespace is named.
  CHECK(has(world.run_with("ready: 2").summary, "has not "));
}

TEST_CASE("no endpoints at all, not even a slice, fail", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.kubernetes.answer_list(slices_path, slices_selector, {R"({"items": []})"});
  const auto outcome = world.run_with("min-ready: 1");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "is ready and selected, but not listed yet"));
}

TEST_CASE("the reason of a pod that is not ready is told", "[k8s.service-endpoints]") {
  RecordedWorld world;
  const std::string base = "/api/v1/namespaces/lab-trouble/";
  world.kubernetes.answer(base + "services/not-ready",
                          R"({"metadata": {"name": "not-ready", "namespace": "lab-trouble"},
                              "spec": {"selector": {"svc": "yes"}, "ipFamilies": ["IPv4"]}})");
  world.kubernetes.answer_list("/apis/discovery.k8s.io/v1/namespaces/lab-trouble/endpointslices",
                               "kubernetes.io/service-name=not-ready",
                               {patched(fixture("kubernetes/trouble_endpointslices_not_ready.json"),
                                        R"([{"op": "remove", "path": "/items/0"}])")});
  world.kubernetes.answer_list(base + "pods", "", {fixture("kubernetes/trouble_pods_list.json")});
  const auto outcome = world.run(kind(), "{namespace: lab-trouble, service: not-ready}");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "containers with unready status: [c]"));
  CHECK(has(outcome.evidence.at(1).observed, "not ready: containers with unready status"));
}

TEST_CASE("a Service that does not exist fails", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.kubernetes.refuse(service_path, object_not_found("services \"x\" not found"));
  const auto outcome = world.run_with("ready: 2");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "does not exist"));
}

TEST_CASE("an owner that does not exist fails", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.kubernetes.refuse(deployment_path, object_not_found("deployments \"x\" not found"));
  const auto outcome = world.run_with("ready: 2, " + owner);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "the Deployment authentik/" + name + " does not exist"));
}

TEST_CASE("an ExternalName Service fails: it routes to no pod", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_service(R"([{"op": "replace", "path": "/spec/type", "value": "ExternalName"},
                          {"op": "add", "path": "/spec/externalName", "value": "example.com"}])");
  const auto outcome = world.run_with("ready: 2");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "another name for example.com"));
}

TEST_CASE("v1 Endpoints serve where the server has no EndpointSlices", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.kubernetes.refuse(slices_path, path_not_found());
  const auto outcome = world.run_with("ready: 2, ports: [9000], " + owner);
  CHECK(outcome.status == Status::passed);
  CHECK(has(outcome.evidence.at(0).observed, "read from v1 Endpoints"));
  world.kubernetes.answer(endpoints_path, fixture("kubernetes/trouble_endpoints_empty.json"));
  CHECK(world.run_with("ready: 2").status == Status::failed);
  world.kubernetes.answer(endpoints_path, fixture("kubernetes/trouble_endpoints_not_ready.json"));
  world.kubernetes.refuse("/api/v1/namespaces/lab-trouble/pods/not-ready",
                          object_not_found("pods \"not-ready\" not found"));
  CHECK(has(world.run_with("ready: 2").summary, "0 ready addresses, 1 not ready"));
}

TEST_CASE("what the API server refuses is no verdict", "[k8s.service-endpoints]") {
  for (const auto& path : {service_path, slices_path, deployment_path, replica_sets_path}) {
    OutpostWorld world;
    world.kubernetes.refuse(path, forbidden("cannot read " + path));
    CHECK_THROWS_AS(world.run_with("ready: 2, " + owner), KubernetesError);
  }
}

TEST_CASE("pods that cannot be listed leave it unknown whose the addresses are",
          "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.kubernetes.refuse(pods_path, forbidden("pods is forbidden"));
  const auto outcome = world.run_with("ready: 2, " + owner);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "forbidden");
  CHECK(outcome.evidence.at(0).status == Status::passed);
  // A count that is wrong is known to be wrong all the same.
  CHECK(world.run_with("ready: 3, " + owner).status == Status::failed);
}

TEST_CASE("an address without a pod is told by the pod that has it", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_slices(R"([{"op": "remove", "path": "/items/0/endpoints/0/targetRef"},
                         {"op": "remove", "path": "/items/0/endpoints/1/targetRef"}])");
  CHECK(world.run_with("ready: 2, " + owner).status == Status::passed);
  world.patch_slices(R"([{"op": "remove", "path": "/items/0/endpoints/0/targetRef"},
      {"op": "replace", "path": "/items/0/endpoints/0/addresses", "value": ["203.0.113.9"]}])");
  const auto outcome = world.run_with("ready: 2, " + owner);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "unknown-pod");
  CHECK(has(outcome.summary, "203.0.113.9"));
  CHECK(world.run_with("ready: 2").status == Status::passed);
}

TEST_CASE("an endpoint whose pod is gone is stale and fails", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_slices(
      R"([{"op": "replace", "path": "/items/0/endpoints/1/targetRef/name", "value": "gone"}])");
  world.kubernetes.refuse(pods_path + "/gone", object_not_found("pods \"gone\" not found"));
  const auto outcome = world.run_with("ready: 2, " + owner);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "no longer exists"));
}

TEST_CASE("a pod younger than the list of pods is asked for, not called stale",
          "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.kubernetes.answer_list(
      pods_path, "",
      {patched(fixture("kubernetes/pods_list.json"), R"([{"op": "remove", "path": "/items/1"}])")});
  world.kubernetes.answer(pods_path + "/" + second_pod,
                          patched(fixture("kubernetes/pods_list.json"),
                                  R"([{"op": "copy", "from": "/items/1", "path": ""}])"));
  CHECK(world.run_with("ready: 2, " + owner).status == Status::passed);
  // Another pod of the same name is another pod.
  world.kubernetes.answer(pods_path + "/" + second_pod,
                          patched(fixture("kubernetes/pods_list.json"),
                                  R"([{"op": "copy", "from": "/items/1", "path": ""},
                  {"op": "replace", "path": "/metadata/uid", "value": "another"}])"));
  CHECK(world.run_with("ready: 2, " + owner).status == Status::failed);
}

TEST_CASE("a pod of a ReplicaSet younger than the list of ReplicaSets is the Deployment's",
          "[k8s.service-endpoints]") {
  OutpostWorld world;
  const auto whole = fixture("kubernetes/replicasets.json");
  world.kubernetes.answer_list(
      replica_sets_path, outpost::selector,
      {patched(whole, R"([{"op": "replace", "path": "/items", "value": []}])")});
  world.kubernetes.answer_list_later(replica_sets_path, outpost::selector, {whole});
  CHECK(world.run_with("ready: 2, " + owner).status == Status::passed);
  // One that is nobody's stays a stranger's however often it is looked for.
  world.kubernetes.answer_list_later(
      replica_sets_path, outpost::selector,
      {patched(whole, R"([{"op": "replace", "path": "/items", "value": []}])")});
  CHECK(world.run_with("ready: 2, " + owner).status == Status::passed);
  world.kubernetes.asked.clear();
  CHECK(world.run_with("ready: 2, " + owner).status == Status::failed);
  CHECK(std::ranges::count(world.kubernetes.asked,
                           replica_sets_path + "?labelSelector=" + outpost::selector) == 2);
}

TEST_CASE("a pod that several slices hold counts once", "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_slices(R"([{"op": "copy", "from": "/items/0", "path": "/items/1"},
      {"op": "replace", "path": "/items/1/ports", "value": [{"name": "extra", "port": 9444}]}])");
  CHECK(world.run_with("ready: 2, ports: [http, extra]").status == Status::passed);
}

TEST_CASE("each address type of a dual-stack Service must have its endpoints",
          "[k8s.service-endpoints]") {
  OutpostWorld world;
  world.patch_service(
      R"([{"op": "replace", "path": "/spec/ipFamilies", "value": ["IPv4", "IPv6"]}])");
  auto outcome = world.run_with("ready: 2");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "IPv6: 0 ready addresses"));
  const std::string six = R"({"op": "copy", "from": "/items/0", "path": "/items/1"},
      {"op": "replace", "path": "/items/1/addressType", "value": "IPv6"},
      {"op": "replace", "path": "/items/1/endpoints/0/addresses", "value": ["2001:db8::3"]},
      {"op": "replace", "path": "/items/1/endpoints/1/addresses", "value": ["2001:db8::4"]})";
  world.patch_slices("[" + six + "]");
  outcome = world.run_with("ready: 2, " + owner);
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 4);
  world.patch_slices("[" + six + R"(, {"op": "remove", "path": "/items/1/endpoints/1"}])");
  CHECK(world.run_with("ready: 2").status == Status::failed);
}

TEST_CASE("a slice of the wrong shape is unreadable, not empty", "[k8s.service-endpoints]") {
  for (const auto* patch :
       {R"([{"op": "replace", "path": "/items/0/endpoints", "value": {}}])",
        R"([{"op": "replace", "path": "/items/0/endpoints/0/conditions/ready", "value": "yes"}])",
        R"([{"op": "replace", "path": "/items/0/endpoints/0/addresses", "value": [1]}])",
        R"([{"op": "replace", "path": "/items", "value": {}}])",
        R"([{"op": "remove", "path": "/items"}])"}) {
    OutpostWorld world;
    world.patch_slices(patch);
    try {
      world.run_with("min-ready: 1");
      FAIL(patch);
    } catch (const CannotTell& unknown) {
      CHECK(unknown.reason() == "unreadable");
    }
  }
}

TEST_CASE("settings that contradict each other or name nothing are mistakes",
          "[k8s.service-endpoints]") {
  const std::string start = "{namespace: authentik, service: web, ";
  for (const auto* rest :
       {"ready: 2, min-ready: 1}", "ready: -1}", "min-ready: 0}", "owner: web}",
        "owner: cronjob/x}", "pods: ''}", "forbidden: 'a in b'}", "owner: deployment/a/b}"}) {
    INFO(rest);
    CHECK(mistakes_in(kind(), start + rest).size() == 1);
  }
  CHECK(mistakes_in(kind(), "{namespace: a/b, service: 'x?y'}").size() == 2);
  CHECK(mistakes_in(kind(), "{}").size() == 2);
}

}  // namespace postflight::test
