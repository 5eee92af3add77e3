#include "checks/support/label_matchers.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

LabelMatchers read(const std::string& text) {
  auto parsed = LabelMatchers::parse(text, "alertname");
  INFO(text << ": " << parsed.error);
  CHECK(parsed.error.empty());
  return parsed.matchers;
}

const Labels down{{"alertname", "Down"}, {"job", "node"}, {"path", "/a,b"}};

}  // namespace

TEST_CASE("a name, braces, or what is between them are conditions on labels", "[matchers]") {
  for (const auto* text :
       {"Down", "Down{}", " Down { job = \"node\" } ", "{job=\"node\"}", "job=node",
        "{job='node',}", "alertname=~\"D.*\",job!=other", "{path=\"/a,b\"}", "{path=`/a,b`}",
        "{job!~\"nod\"}", "{\"job\"=\"node\"}", "missing=", "missing!=x",
        "Down{job=~\"n.*\",job!~\"x.*\"}"}) {
    INFO(text);
    CHECK(read(text).match(down));
  }
  for (const auto* text : {"Up", "Down{job=\"other\"}", "{job=~\"nod\"}", "job!=node",
                           "{job!~\"n.*\"}", "missing=x", "{missing!=\"\"}"}) {
    INFO(text);
    CHECK_FALSE(read(text).match(down));
  }
}

TEST_CASE("of labels that may still come nothing is known", "[matchers]") {
  CHECK(read("Down").match_whatever_else(down));
  CHECK_FALSE(read("Down{missing=\"\"}").match_whatever_else(down));
  CHECK_FALSE(read("Down{missing!=\"x\"}").match_whatever_else(down));
}

TEST_CASE("conditions that cannot be read say why", "[matchers]") {
  for (const auto* text : {"", "{}", "{job}", "{job=\"a\"", "{job=\"a}", "{=\"a\"}", "Down{job=a}x",
                           "{job=~\"(\"}", "job=a b=c{", "a b"}) {
    INFO(text);
    CHECK_FALSE(LabelMatchers::parse(text, "alertname").error.empty());
  }
}

}  // namespace postflight::test
