#include "tests/world/selector.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/world/refusal.hpp"
#include "tests/world/selectable_fields.hpp"

namespace postflight::world {

TEST_CASE("a label selector means what Kubernetes says it means", "[world]") {
  const Labels labels{{"app", "web"}, {"tier", "front"}, {"empty", ""}};
  const auto matches = [&](const char* text) { return LabelSelector(text).matches(labels); };
  for (const char* text :
       {"", "app=web", "app==web", "app = web", "app!=api", "missing!=web", "app in (api, web)",
        "app notin (api)", "missing notin (web)", "app", "!missing", "empty=", "empty",
        "app=web,tier in (front),!missing", "app,tier"}) {
    INFO(text);
    CHECK(matches(text));
  }
  for (const char* text :
       {"app=api", "app!=web", "missing=web", "app in (api)", "app notin (web,api)", "missing",
        "!app", "app=web,tier=back", "missing in (web)", "empty=x"}) {
    INFO(text);
    CHECK_FALSE(matches(text));
  }
}

TEST_CASE("a selector that cannot be read is refused", "[world]") {
  for (const char* text : {"a in (", "a in b", "=a", "a=b c", "!", "a in ()", "a=b=c"}) {
    INFO(text);
    CHECK_THROWS_AS(LabelSelector(text), Refusal);
  }
  CHECK_THROWS_AS(FieldSelector("pods", "spec.nope=1"), Refusal);
  CHECK_THROWS_AS(FieldSelector("services", "status.phase=Running"), Refusal);
  CHECK_THROWS_AS(FieldSelector("pods", "metadata.name"), Refusal);
}

TEST_CASE("a field selector compares the field", "[world]") {
  const nlohmann::ordered_json pod = {{"metadata", {{"name", "a"}, {"namespace", "n"}}},
                                      {"status", {{"phase", "Running"}}}};
  const auto matches = [&](const char* text) {
    return FieldSelector("pods", text).matches(field_values("pods", pod));
  };
  CHECK(matches("status.phase=Running,metadata.name==a"));
  CHECK(matches("status.phase!=Pending"));
  CHECK(matches("spec.nodeName="));
  CHECK(matches("spec.hostNetwork=false"));
  CHECK_FALSE(matches("metadata.namespace!=n"));
}

TEST_CASE("each resource has the fields that the real server knows, and no other", "[world]") {
  struct Case {
    std::string resource, known, unknown, words;
  };
  for (const auto& [resource, known, unknown, words] : std::vector<Case>{
           {"pods", "spec.serviceAccountName", "spec.priority",
            "field label not supported: spec.priority"},
           {"nodes", "spec.unschedulable", "metadata.namespace",
            "field label not supported: metadata.namespace"},
           {"events", "involvedObject.kind", "regarding.kind",
            "field label not supported: regarding.kind"},
           {"events.events.k8s.io", "regarding.kind", "involvedObject.kind",
            "field label not supported: involvedObject.kind"},
           {"secrets", "type", "data", "field label not supported: data"},
           {"namespaces", "status.phase", "spec", "field label not supported: spec"},
           {"jobs", "status.successful", "status.failed",
            "field label \"status.failed\" not supported for batchv1.Job"},
           {"certificatesigningrequests", "spec.signerName", "spec.username",
            "field label not supported: spec.username"},
           {"deployments", "metadata.namespace", "status.replicas",
            "\"status.replicas\" is not a known field selector: only \"metadata.name\", "
            "\"metadata.namespace\""}}) {
    INFO(resource);
    CHECK_NOTHROW(FieldSelector(resource, known + "!=x"));
    try {
      FieldSelector(resource, unknown + "=x");
      FAIL("it was taken");
    } catch (const Refusal& refusal) {
      const auto body = nlohmann::json::parse(refusal.answer.body);
      CHECK(refusal.answer.status == 400);
      CHECK(body["message"] == words);
    }
  }
}

}  // namespace postflight::world
