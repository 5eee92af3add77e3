#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("k8s.resources"); }

const std::string pods = "api-version: v1, resource: pods";

struct PodsWorld : RecordedWorld {
  explicit PodsWorld(const std::string& page = fixture("kubernetes/trouble_pods_list.json")) {
    kubernetes.answer_list("/api/v1/pods", "", {page});
  }
  Outcome run_with(const std::string& settings) {
    return run(kind(), "{" + pods + ", " + settings + "}");
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

std::size_t count_of(const Outcome& outcome, Status status) {
  std::size_t count = 0;
  for (const auto& fact : outcome.evidence) count += fact.status == status ? 1 : 0;
  return count;
}

const std::string waiting =
    R"(violations: '.status.containerStatuses[]? | .state.waiting | select(. != null) | .reason')";

}  // namespace

TEST_CASE("each text that an expression yields is a violation of its object", "[k8s.resources]") {
  PodsWorld world;
  const auto outcome = world.run_with(waiting + ", expect: no container waits");
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.examined == 7);
  REQUIRE(!outcome.evidence.empty());
  CHECK(outcome.evidence[0].subject == "pods");
  CHECK(outcome.evidence[0].expected == "no container waits");
  CHECK(has(outcome.evidence[0].observed, "7 examined"));
  CHECK(outcome.evidence[1].expected == "no container waits");
  CHECK(has(outcome.evidence[1].subject, "pod "));
  CHECK(has(outcome.summary, "of 7 pods, pod "));
}

TEST_CASE("objects without a violation are a pass that says how many were examined",
          "[k8s.resources]") {
  PodsWorld world;
  const auto outcome = world.run_with("violations: 'empty', expect: all is well");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 7);
  CHECK(outcome.summary == "7 pods: all is well");
  CHECK(outcome.evidence.size() == 1);
}

TEST_CASE("a warning is no violation", "[k8s.resources]") {
  PodsWorld world;
  const auto outcome = world.run_with("warnings: '\"look at it\"'");
  CHECK(outcome.status == Status::warned);
  CHECK(count_of(outcome, Status::warned) == 7);
}

TEST_CASE("an object may be given as {why: text}", "[k8s.resources]") {
  PodsWorld world;
  const auto outcome = world.run_with("violations: '{why: \"too old\"}'");
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.evidence[1].observed == "too old");
}

TEST_CASE("what is neither a text nor nothing is no answer", "[k8s.resources]") {
  for (const auto* expression : {"null", "false", "true", "7", "[]", "{}", ".metadata"}) {
    PodsWorld world;
    const auto outcome = world.run_with("violations: '" + std::string(expression) + "'");
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "unreadable");
    CHECK(count_of(outcome, Status::errored) == 7);
  }
}

TEST_CASE("an expression that fails on an object is unknown for that object, by name",
          "[k8s.resources]") {
  PodsWorld world;
  const auto outcome = world.run_with(
      "violations: 'if .metadata.name | startswith(\"crash\") then error(\"boo\") else empty end'");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "expression");
  CHECK(count_of(outcome, Status::errored) == 1);
  CHECK(has(outcome.summary, "crash"));
  CHECK(has(outcome.summary, "boo"));
}

TEST_CASE("an expression that fails with null passes nothing", "[k8s.resources]") {
  // Of jq 1.6 error(null) is the same as empty.
  PodsWorld world;
  for (const auto* expression :
       {"error(null)", ".metadata.nothing | error", "[error(null)] | empty"}) {
    INFO(expression);
    const auto outcome = world.run_with("violations: '" + std::string(expression) + "'");
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "expression");
  }
}

TEST_CASE("a violation outweighs an expression that failed elsewhere", "[k8s.resources]") {
  PodsWorld world;
  const auto outcome = world.run_with(
      "violations: 'if .metadata.name | startswith(\"crash\") then error(\"boo\") else \"bad\" "
      "end'");
  CHECK(outcome.status == Status::failed);
}

TEST_CASE("a runaway expression is cut off and passes nothing", "[k8s.resources]") {
  PodsWorld world;
  world.seconds_to_go = 1;
  CHECK_THROWS_AS(world.run_with("violations: 'def f: f; f'"), CannotTell);
}

TEST_CASE("an expression sees its input and nothing else", "[k8s.resources]") {
  for (const auto* expression :
       {"env.HOME", "input", "inputs", "input_filename", "halt", "debug"}) {
    PodsWorld world;
    const auto outcome = world.run_with("violations: '" + std::string(expression) + "'");
    CHECK(outcome.status == Status::errored);
    CHECK(has(outcome.summary, "is not there"));
  }
  CHECK(mistakes_in(kind(), "{" + pods + ", violations: '$ENV.HOME'}").size() == 1);
  CHECK(mistakes_in(kind(), "{" + pods + ", violations: 'import \"a\" as a; a::b'}").size() == 1);
}

TEST_CASE("no objects at all are nothing examined", "[k8s.resources]") {
  PodsWorld world(fixture("kubernetes/pods_list_empty.json"));
  const auto outcome = world.run_with(waiting);
  CHECK(outcome.examined == 0);
  CHECK(outcome.status == Status::passed);  // the runner refuses it, unless it may be empty
  CHECK(outcome.summary == "there are no pods");
}

TEST_CASE("counts are held to min and max, and none at most is a fact about the list",
          "[k8s.resources]") {
  PodsWorld world;
  CHECK(world.run_with("min: 7, max: 7").status == Status::passed);
  CHECK(world.run_with("min: 8").status == Status::failed);
  CHECK(world.run_with("max: 6").status == Status::failed);
  PodsWorld empty(fixture("kubernetes/pods_list_empty.json"));
  const auto outcome = empty.run_with("max: 0");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 1);
  CHECK(empty.run_with("min: 1").status == Status::failed);
}

TEST_CASE("what is in excepted namespaces is not looked at, and that is said", "[k8s.resources]") {
  PodsWorld world;
  const auto outcome = world.run_with("except-namespaces: [lab-trouble], violations: '\"bad\"'");
  CHECK(outcome.examined == 0);
  CHECK(outcome.status == Status::passed);  // the runner refuses it: nothing was examined
  CHECK(has(outcome.evidence.at(0).observed, "7 in excepted namespaces were not looked at"));
  CHECK(outcome.summary == "there are no pods, but for 7 in excepted namespaces");
}

TEST_CASE("only the objects that are meant are looked at and counted", "[k8s.resources]") {
  PodsWorld world;
  const auto of_crash = "where: '.metadata.name | startswith(\"crash\")', ";
  auto outcome = world.run_with(of_crash + std::string("violations: '\"bad\"', max: 1"));
  CHECK(outcome.examined == 1);
  CHECK(count_of(outcome, Status::failed) == 2);
  CHECK(has(outcome.evidence.at(0).observed, "6 were not meant"));
  outcome = world.run_with(of_crash + std::string("min: 2"));
  CHECK(outcome.status == Status::failed);
  outcome = world.run_with("where: 'false', violations: '\"bad\"'");
  CHECK(outcome.examined == 0);
  CHECK(outcome.summary == "there are no pods, but for 7 that are not meant");
  // Where it cannot be said whether an object is meant, nobody may pass over it.
  for (const auto* where : {"error(\"boo\")", "null", "empty", "1", "\"true\"", "true, false"}) {
    INFO(where);
    outcome = world.run_with("where: '" + std::string(where) + "', violations: empty");
    CHECK(outcome.status == Status::errored);
    CHECK(count_of(outcome, Status::errored) == 7);
  }
}

TEST_CASE("an empty list of a namespace that does not exist fails", "[k8s.resources]") {
  RecordedWorld world;
  world.kubernetes.answer_list("/api/v1/namespaces/nowhere/pods", "",
                               {fixture("kubernetes/pods_list_empty.json")});
  world.kubernetes.refuse("/api/v1/namespaces/nowhere", object_not_found("namespaces not found"));
  const auto outcome = world.run(kind(), "{" + pods + ", namespaces: nowhere, violations: empty}");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "namespace nowhere"));
}

TEST_CASE("a group that the API server does not name is not installed", "[k8s.resources]") {
  const std::string certificates =
      "{api-version: cert-manager.io/v1, resource: certificates, violations: empty}";
  RecordedWorld world;
  world.kubernetes.refuse("/apis/cert-manager.io/v1/certificates", path_not_found());
  world.kubernetes.answer("/apis", fixture("kubernetes/apis.json"));
  try {
    world.run(kind(), certificates);
    FAIL("it was answered");
  } catch (const CannotTell& unknown) {
    CHECK(unknown.reason() == not_installed);
    CHECK(has(unknown.what(), "cert-manager.io is not among"));
  }
  world.kubernetes.refuse("/apis", forbidden("groups is forbidden"));
  CHECK_THROWS_AS(world.run(kind(), certificates), KubernetesError);
  RecordedWorld strange;
  strange.kubernetes.refuse("/apis/cert-manager.io/v1/certificates", path_not_found());
  strange.kubernetes.answer("/apis", R"({"kind": "APIGroupList", "apiVersion": "v1"})");
  CHECK_THROWS_AS(strange.run(kind(), certificates), CannotTell);
}

TEST_CASE("a resource that a served group does not have is not found, not absent",
          "[k8s.resources]") {
  RecordedWorld world;
  world.kubernetes.refuse("/apis/apps/v1/deploments", path_not_found());
  world.kubernetes.answer("/apis", fixture("kubernetes/apis.json"));
  world.kubernetes.answer("/apis/apps/v1", fixture("kubernetes/apis_apps_v1.json"));
  try {
    world.run(kind(), "{api-version: apps/v1, resource: deploments, violations: empty}");
    FAIL("it was answered");
  } catch (const CannotTell& unknown) {
    CHECK(unknown.reason() == "not-found");
    CHECK(has(unknown.what(), "no resource 'deploments'"));
  }
}

TEST_CASE("what objects refer to must exist", "[k8s.resources]") {
  PodsWorld world;
  world.kubernetes.answer_list("/api/v1/namespaces", "",
                               {fixture("kubernetes/namespaces_list.json")});
  const std::string found_by =
      "must-exist: {api-version: v1, resource: namespaces, found-by: .metadata.name, names: ";
  CHECK(world.run_with(found_by + "'\"default\"'}").status == Status::passed);
  const auto outcome = world.run_with(found_by + "'\"gone\"'}");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "there is no namespace gone"));
  CHECK(count_of(outcome, Status::failed) == 8);
  CHECK(has(world.run_with(found_by + "'\"default\"'}").summary,
            "7 references to a namespace, all there"));
  CHECK(has(world.run_with(found_by + "empty}").summary, "none refers to a namespace"));
  CHECK(has(world.run_with(found_by + "'\"gone\"', called: place to be}").summary,
            "there is no place to be gone"));
}

TEST_CASE("an expression that fails is unknown also where nothing is judged but number and names",
          "[k8s.resources]") {
  PodsWorld world;
  world.kubernetes.answer_list("/api/v1/namespaces", "",
                               {fixture("kubernetes/namespaces_list.json")});
  for (const auto* settings :
       {"where: error(\"boo\"), min: 2", "where: 'null', max: 100",
        "must-exist: {api-version: v1, resource: namespaces, found-by: .metadata.name, names: "
        "error(\"boo\")}",
        "must-exist: {api-version: v1, resource: namespaces, found-by: .metadata.name, names: "
        ".spec}"}) {
    INFO(settings);
    const auto outcome = world.run_with(settings);
    CHECK(outcome.status == Status::errored);
    CHECK(count_of(outcome, Status::errored) == 7);
  }
}

TEST_CASE("broken expressions are mistakes with the line that is wrong", "[k8s.resources]") {
  const auto mistakes = mistakes_in(
      kind(), "{" + pods + ", violations: \".status |\\n.foo ||\", warnings: 'nosuch(1)'}");
  REQUIRE(mistakes.size() == 2);
  CHECK(has(mistakes[0].what, "in its line 2"));
  CHECK(has(mistakes[1].what, "nosuch/1 is not defined"));
  for (const auto* broken : {"1) | (2", "\"abc", "[1", "}", ".a | (", "1; def g: 2"})
    CHECK(mistakes_in(kind(), "{" + pods + ", violations: '" + std::string(broken) + "'}").size() ==
          1);
}

TEST_CASE("settings that ask for nothing or contradict each other are mistakes",
          "[k8s.resources]") {
  CHECK(mistakes_in(kind(), "{" + pods + "}").size() == 1);
  CHECK(mistakes_in(kind(), "{" + pods + ", min: 3, max: 2}").size() == 1);
  CHECK(mistakes_in(kind(), "{api-version: V1, resource: pods, min: 1}").size() == 1);
  CHECK(mistakes_in(kind(), "{api-version: a/b/c, resource: Pods, min: 1}").size() == 2);
  CHECK(mistakes_in(kind(), "{" + pods + ", min: 1, namespaces: [a], except-namespaces: [b]}")
            .size() == 1);
}

TEST_CASE("now, age and quantities can be used in expressions", "[k8s.resources]") {
  PodsWorld world;
  const auto yields = [&](const std::string& expression) {
    return world.run_with("violations: '" + expression + " | tostring'").evidence.at(1).observed;
  };
  CHECK(yields("\"1500m\" | quantity") == "1.5");
  CHECK(yields("\"2Gi\" | quantity") == "2147483648");
  CHECK(yields("\"1G\" | quantity") == "1000000000");
  CHECK(yields("age > 0") == "true");
  CHECK(yields("seconds_since(\"2026-11-23T20:00:00.5Z\") | . > 0") == "true");
  CHECK(yields("seconds_since(null)") == "null");
  for (const auto* time :
       {"2026-11-23T20:00:00+02:00", "2026-11-23T20:00:00", "2026-11-23T20:00:00 Z", ""})
    CHECK(world.run_with("violations: 'seconds_since(\"" + std::string(time) + "\") | tostring'")
              .status == Status::errored);
  CHECK(world.run_with("violations: '\"lots\" | quantity'").status == Status::errored);
}

}  // namespace postflight::test
