#include "tests/world/selector.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/world/refusal.hpp"

namespace postflight::world {

TEST_CASE("a label selector means what Kubernetes says it means", "[world]") {
  const nlohmann::ordered_json object = {
      {"metadata", {{"labels", {{"app", "web"}, {"tier", "front"}, {"empty", ""}}}}}};
  const auto matches = [&](const char* text) { return LabelSelector(text).matches(object); };
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
  CHECK(FieldSelector("pods", "status.phase=Running,metadata.name==a").matches(pod));
  CHECK(FieldSelector("pods", "status.phase!=Pending").matches(pod));
  CHECK(FieldSelector("pods", "spec.nodeName=").matches(pod));
  CHECK_FALSE(FieldSelector("pods", "metadata.namespace!=n").matches(pod));
}

}  // namespace postflight::world
