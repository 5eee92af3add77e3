#include "checks/support/jq_syntax.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {

using Path = std::vector<std::string>;

TEST_CASE("brackets, strings and comments of an expression are told apart", "[jq-syntax]") {
  for (const auto* sound :
       {".a", "\"(\"", "\"\\(.a | f(\")\"))\"", ".a # )\n", "[.[] | {a: (.b)}]", "\"\\\"\"", "."})
    CHECK(read_jq_text(sound).error.empty());
  for (const auto* broken : {"(", ")", "1) | (2", "[}", "\"", "\"\\(\"", ".a | {", "\"\\(.a]\""})
    CHECK_FALSE(read_jq_text(broken).error.empty());
  CHECK(read_jq_text(".a |\n(.b").error_line == 2);
}

TEST_CASE("what would hide errors behind it is refused", "[jq-syntax]") {
  for (const auto* sound : {".a?", ".a[]?", ".[\"a\"]?", ".a[0]?", ".\"a\"?", "(.a)[]?", ".a?.b[]?",
                            "[.a | fromjson?][]", "[.a | tonumber ? ]",
                            "if .a then [.b | tonumber?] else empty end", ".try", ".a?//\"b\""})
    CHECK(read_jq_text(sound).error.empty());
  for (const auto* hiding :
       {".a | fromjson?", "(.a | tonumber)? | error", "tonumber? | .b", "[.a | fromjson? | .b]",
        ".a??", ".[tonumber?]", "try .a", "\"\\(.\"x\" | tonumber)\"?", "[.a] | map(tonumber?)",
        "{a: (.a | tonumber?)}"})
    CHECK_FALSE(read_jq_text(hiding).error.empty());
  CHECK(read_jq_text(".a[0").error == "'[' is never closed");
  // Not $ENV alone.
  CHECK_FALSE(read_jq_text("$ ENV.HOME").error.empty());
  CHECK_FALSE(read_jq_text("$ # \n ENV").error.empty());
}

TEST_CASE("what an expression looks at and compares with stands in it", "[jq-syntax]") {
  const auto read = read_jq_text(
      "select(.status.phase == \"Failed\") | .status.conditions[]?.type, .a [0].b, \"\\(.c.d) x\"");
  CHECK(read.strings == Path{"Failed"});
  CHECK(read.paths ==
        std::vector<Path>{
            {"status", "phase"}, {"status", "conditions", "[]", "type"}, {"a"}, {"b"}, {"c", "d"}});
  CHECK(read_jq_text("condition(\"Ready\") | .reason, .condition").paths ==
        std::vector<Path>{{"status", "conditions", "[]", "type"}, {"reason"}, {"condition"}});
}

}  // namespace postflight::test
