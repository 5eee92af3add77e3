#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_outpost.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("k8s.nodes"); }

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

// Two nodes; the first is changed by a JSON patch of the list.
struct NodesWorld : RecordedWorld {
  explicit NodesWorld(const std::string& patch = "[]") {
    kubernetes.answer_list("/api/v1/nodes", "",
                           {patched(fixture("kubernetes/nodes_list.json"), patch)});
    kubernetes.answer("/version", fixture("kubernetes/version.json"));
  }
  void metrics(const std::string& cpu, const std::string& memory) {
    kubernetes.answer_list("/apis/metrics.k8s.io/v1beta1/nodes", "",
                           {R"({"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1",
                               "metadata": {}, "items": [{"metadata": {"name": "lab-node-1"},
                               "usage": {"cpu": ")" +
                            cpu + R"(", "memory": ")" + memory + "\"}}]}"});
  }
};

std::string condition(int index, const std::string& status) {
  return R"([{"op": "replace", "path": "/items/0/status/conditions/)" + std::to_string(index) +
         R"(/status", "value": ")" + status + "\"}]";
}

}  // namespace

TEST_CASE("nodes that are Ready, without pressure and of the server's version pass",
          "[k8s.nodes]") {
  NodesWorld world;
  const auto outcome = world.run(kind(), "{}");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 1);
  CHECK(has(outcome.summary, "1 node: Ready"));
}

TEST_CASE("a node that is not Ready, or not known to be, fails", "[k8s.nodes]") {
  for (const auto* status : {"False", "Unknown", ""}) {
    NodesWorld world(condition(3, status));
    const auto outcome = world.run(kind(), "{}");
    CHECK(outcome.status == Status::failed);
    CHECK(has(outcome.summary, "node lab-node-1: Ready is "));
  }
  NodesWorld gone(R"([{"op": "remove", "path": "/items/0/status/conditions/3"}])");
  CHECK(gone.run(kind(), "{}").status == Status::failed);
}

TEST_CASE("pressure fails, also when nobody knows", "[k8s.nodes]") {
  for (const int index : {0, 1, 2})
    for (const auto* status : {"True", "Unknown"}) {
      NodesWorld world(condition(index, status));
      CHECK(world.run(kind(), "{}").status == Status::failed);
    }
  NodesWorld network(R"([{"op": "add", "path": "/items/0/status/conditions/-", "value":
      {"type": "NetworkUnavailable", "status": "True", "reason": "NoRouteCreated"}}])");
  const auto outcome = network.run(kind(), "{}");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "NetworkUnavailable is True: NoRouteCreated"));
}

TEST_CASE("a node that reports no condition is unknown beside its Ready", "[k8s.nodes]") {
  NodesWorld world(R"([{"op": "replace", "path": "/items/0/status/conditions", "value":
      [{"type": "Ready", "status": "True"}]}])");
  CHECK(world.run(kind(), "{}").status == Status::errored);
}

TEST_CASE("conditions of one's own are held to what is said of them", "[k8s.nodes]") {
  NodesWorld world(R"([{"op": "add", "path": "/items/0/status/conditions/-", "value":
      {"type": "KernelDeadlock", "status": "True"}}])");
  CHECK(world.run(kind(), "{}").status == Status::passed);
  CHECK(world.run(kind(), "{must-be-false: KernelDeadlock}").status == Status::failed);
  CHECK(world.run(kind(), "{must-be-true: KernelDeadlock}").status == Status::passed);
  CHECK(world.run(kind(), "{must-be-true: StorageReady}").status == Status::failed);
}

TEST_CASE("a cordoned node is a warning, unless said otherwise", "[k8s.nodes]") {
  NodesWorld world(R"([{"op": "add", "path": "/items/0/spec/unschedulable", "value": true}])");
  CHECK(world.run(kind(), "{}").status == Status::warned);
  CHECK(world.run(kind(), "{cordoned: fail}").status == Status::failed);
  CHECK(world.run(kind(), "{cordoned: allow}").status == Status::passed);
}

TEST_CASE("a kubelet newer than the API server, or too old for it, fails", "[k8s.nodes]") {
  const auto with_kubelet = [](const std::string& version) {
    return R"([{"op": "replace", "path": "/items/0/status/nodeInfo/kubeletVersion", "value": ")" +
           version + "\"}]";
  };
  for (const auto* wrong : {"v1.37.0", "v1.32.9", "v2.36.0"})
    CHECK(NodesWorld(with_kubelet(wrong)).run(kind(), "{}").status == Status::failed);
  CHECK(NodesWorld(with_kubelet("v1.33.0")).run(kind(), "{}").status == Status::passed);
  CHECK(NodesWorld(with_kubelet("v1.35.0")).run(kind(), "{max-skew: 0}").status == Status::failed);
  CHECK(NodesWorld(with_kubelet("new")).run(kind(), "{}").status == Status::errored);
}

TEST_CASE("nodes of two versions are a warning", "[k8s.nodes]") {
  NodesWorld world(R"([{"op": "copy", "from": "/items/0", "path": "/items/1"},
      {"op": "replace", "path": "/items/1/metadata/name", "value": "lab-node-2"},
      {"op": "replace", "path": "/items/1/status/nodeInfo/kubeletVersion", "value": "v1.35.1"}])");
  const auto outcome = world.run(kind(), "{}");
  CHECK(outcome.status == Status::warned);
  CHECK(has(outcome.summary, "v1.35.1 on 1 node, v1.36.2 on 1 node"));
}

TEST_CASE("too few nodes fail, none at all too", "[k8s.nodes]") {
  CHECK(NodesWorld().run(kind(), "{min: 2}").status == Status::failed);
  NodesWorld none(R"([{"op": "replace", "path": "/items", "value": []}])");
  CHECK(none.run(kind(), "{}").status == Status::failed);
}

TEST_CASE("use is held to percentages of what a node has", "[k8s.nodes]") {
  const std::string limits =
      "{use: {cpu-warn: 80, cpu-fail: 90, memory-warn: 80, memory-fail: 90}}";
  NodesWorld world;
  world.metrics("500m", "4Gi");
  CHECK(world.run(kind(), limits).status == Status::passed);
  world.metrics("1700000000n", "4Gi");
  CHECK(world.run(kind(), limits).status == Status::warned);
  world.metrics("500m", "23400000Ki");
  const auto outcome = world.run(kind(), limits);
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "node lab-node-1: 94 %"));
}

TEST_CASE("a node without metrics is unknown, and a cluster without them has not installed them",
          "[k8s.nodes]") {
  NodesWorld world;
  world.kubernetes.answer_list("/apis/metrics.k8s.io/v1beta1/nodes", "",
                               {R"({"kind": "NodeMetricsList", "metadata": {}, "items": []})"});
  CHECK(world.run(kind(), "{use: {cpu-fail: 90}}").status == Status::errored);
  NodesWorld without;
  without.kubernetes.refuse("/apis/metrics.k8s.io/v1beta1/nodes", path_not_found());
  without.kubernetes.answer("/apis", fixture("kubernetes/apis.json"));
  try {
    without.run(kind(), "{use: {cpu-fail: 90}}");
    FAIL("it was answered");
  } catch (const CannotTell& unknown) {
    CHECK(unknown.reason() == not_installed);
  }
}

TEST_CASE("a refusal or an unreadable node is no verdict on nodes", "[k8s.nodes]") {
  NodesWorld world(R"([{"op": "replace", "path": "/items/0/status", "value": "well"}])");
  CHECK_THROWS_AS(world.run(kind(), "{}"), CannotTell);
  NodesWorld nameless(R"([{"op": "remove", "path": "/items/0/metadata/name"}])");
  CHECK_THROWS_AS(nameless.run(kind(), "{}"), CannotTell);
  world.kubernetes.refuse("/api/v1/nodes", forbidden("nodes is forbidden"));
  CHECK_THROWS_AS(world.run(kind(), "{}"), KubernetesError);
}

TEST_CASE("settings of nodes that cannot be right are mistakes", "[k8s.nodes]") {
  CHECK(mistakes_in(kind(), "{min: -1}").size() == 1);
  CHECK(mistakes_in(kind(), "{cordoned: perhaps}").size() == 1);
  CHECK(mistakes_in(kind(), "{use: {}}").size() == 1);
  CHECK(mistakes_in(kind(), "{use: {cpu-warn: 90, cpu-fail: 80}}").size() == 1);
}

}  // namespace postflight::test
