#include "checks/support/pattern_example.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight {

TEST_CASE("an example of a pattern is a text that the pattern is found in", "[pattern]") {
  for (const auto* text :
       {"failed", "(?i)failed to setup application", "filesystemstore|no space left on device",
        "^level=(error|fatal)$", "a{3}b+c*d?", "[^a-z]-[[:digit:]]", "\\bword\\b \\d+\\.\\d+",
        "(?P<name>x)(?:y|z)", "\\Qa.b\\E", "x\\|y", "(?i:Panic): .*", "[]a]", "(|empty)", "\\[-\\]",
        "[A-Z]{2,5}_[0-9]{4}", "^$", ".*", "a\\sb"}) {
    INFO(text);
    const Pattern pattern(text);
    REQUIRE(pattern.error().empty());
    const auto example = example_of(pattern);
    REQUIRE(example.has_value());
    CHECK(pattern.found_in(*example));
  }
}

TEST_CASE("a pattern that no line can have has no example", "[pattern]") {
  for (const auto* text : {"end$ of it", "a\\bb", "x^y", "[^\\x00-\\x{10FFFF}]", "(unclosed"}) {
    INFO(text);
    CHECK_FALSE(example_of(Pattern(text)).has_value());
  }
}

}  // namespace postflight
