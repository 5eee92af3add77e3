#include "checks/support/pattern.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {

TEST_CASE("a pattern is found anywhere unless it is anchored", "[pattern]") {
  CHECK(Pattern("mode").found_in("Outpost mode: embedded"));
  CHECK_FALSE(Pattern("^mode").found_in("Outpost mode: embedded"));
  CHECK(Pattern("(?i)OUTPOST MODE").found_in("Outpost mode"));
  CHECK(Pattern("").found_in(""));
}

TEST_CASE("a wrong pattern says what is wrong and finds nothing", "[pattern]") {
  CHECK(Pattern("a+").error().empty());
  CHECK_FALSE(Pattern("a(").error().empty());
  CHECK_FALSE(Pattern("a(").found_in("a("));
}

}  // namespace postflight::test
