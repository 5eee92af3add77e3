#include "checks/support/text.hpp"

#include <catch2/catch_test_macros.hpp>

#include "checks/support/timestamps.hpp"
#include "text/utf8.hpp"

namespace postflight::test {

TEST_CASE("an excerpt is one line of valid UTF-8 without control characters", "[text]") {
  CHECK(excerpt("two\nlines\x1B[31m\n") == "two lines [31m");
  CHECK(excerpt(std::string("nul \0 byte", 10)) == "nul   byte");
  CHECK(excerpt("caf\xC3\xA9") == "caf\xC3\xA9");
  CHECK(excerpt("bad \xFF\xC3") == "bad \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("an excerpt is cut between characters and says that it was cut", "[text]") {
  CHECK(excerpt("abcdef", 6) == "abcdef");
  CHECK(excerpt("abcdefg", 6) == "abcdef...");
  CHECK(excerpt("abcde\xC3\xA9", 6) == "abcde...");
}

TEST_CASE("overlong forms, surrogates and cut sequences are not UTF-8", "[text]") {
  CHECK(is_utf8("plain, \xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x98\x80"));
  for (const auto* text : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xC3",
                           "\xE2\x82", "\x80", "\xF4\x90\x80\x80"}) {
    CHECK_FALSE(is_utf8(text));
    CHECK(is_utf8(as_utf8(text)));
  }
}

TEST_CASE("times are read to the nanosecond and written to the second, in UTC", "[timestamps]") {
  const auto moment = parse_timestamp("2026-11-23T20:02:18.742604562Z");
  REQUIRE(moment);
  CHECK(format_timestamp(*moment) == "2026-11-23T20:02:18Z");
  CHECK(moment->time_since_epoch() == std::chrono::nanoseconds(1795464138742604562));
  CHECK(parse_timestamp("2026-11-23T22:02:18+02:00") == parse_timestamp("2026-11-23T20:02:18Z"));
  CHECK(parse_timestamp("2026-11-23T18:32:18-01:30") == parse_timestamp("2026-11-23T20:02:18Z"));
}

TEST_CASE("what is not an RFC 3339 time is refused", "[timestamps]") {
  for (const auto* text :
       {"", "2026-11-23", "2026-11-23 20:02:18Z", "2026-13-23T20:02:18Z", "2026-02-30T20:02:18Z",
        "2026-11-23T24:02:18Z", "2026-11-23T20:02:18", "2026-11-23T20:02:18.Z",
        "2026-11-23T20:02:18Zx", "9999-11-23T20:02:18Z", "warning: a plain line"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}

}  // namespace postflight::test
