#include "checks/support/selectors.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

Selector read(const std::string& text) {
  const auto parsed = parse_selector(text);
  REQUIRE(parsed.error == "");
  return parsed.selector;
}

}  // namespace

TEST_CASE("every form of a label selector is read and written back", "[selectors]") {
  const auto* text =
      "app.kubernetes.io/name=web,tier!=front,zone in (a,b),zone notin (c,d),track,!canary";
  CHECK(read(text).text() == text);
  CHECK(read(" a == b , c in ( d ) ").text() == "a=b,c in (d)");
  CHECK(read("in in (in)").text() == "in in (in)");
}

TEST_CASE("a label selector matches as the API server would", "[selectors]") {
  const Labels labels{{"app", "web"}, {"zone", "a"}, {"empty", ""}};
  for (const auto* text : {"app=web", "app=web,zone=a", "zone in (b,a)", "zone notin (b)", "zone",
                           "!canary", "app!=api", "empty=", "canary!=yes", "canary notin (yes)"})
    CHECK((read(text).matches(labels) || (UNSCOPED_INFO(text), false)));
  for (const auto* text : {"app=api", "app=web,zone=b", "zone in (b)", "zone notin (a)", "canary",
                           "!app", "app!=web", "canary=", "canary in (yes)"})
    CHECK_FALSE((read(text).matches(labels) && (UNSCOPED_INFO(text), true)));
}

TEST_CASE("text that is no label selector says what is wrong", "[selectors]") {
  for (const auto* text : {"", "   ", "=b", "a=b,", "a in b", "a in (b", "a b", "a=b c", "a>1",
                           "a=b,,c=d", "!", "a=\"b\""}) {
    INFO(text);
    CHECK(parse_selector(text).error != "");
  }
}

}  // namespace postflight::test
