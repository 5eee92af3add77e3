#include <catch2/catch_test_macros.hpp>

#include "runner/setting.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST_CASE("a duration is numbers with units, added up", "[duration]") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("30s") == 30s);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("2h") == 2h);
  CHECK(parse_duration("28d") == 28 * 24h);
  CHECK(parse_duration("4w") == 28 * 24h);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("0s") == 0ms);
  CHECK(parse_duration("090s") == 90s);
}

TEST_CASE("what is no duration is not read as one", "[duration]") {
  for (const auto* text :
       {"", "30", "s", "30 s", " 30s", "30s ", "-5s", "+5s", "5S", "5sec", "1.5h", "1h30", "h1",
        "5y", "1e3s", "99999999999999999999s", "9223372036854775807w", "11000d"}) {
    INFO(text);
    CHECK(!parse_duration(text));
  }
}

TEST_CASE("a formatted duration reads back as the same", "[duration]") {
  CHECK(format_duration(90min) == "1h30m");
  CHECK(format_duration(0ms) == "0s");
  CHECK(format_duration(28 * 24h) == "4w");
  CHECK(format_duration(9 * 24h) == "9d");
  CHECK(format_duration(1500ms) == "1s500ms");
  for (const auto duration : {1ms, 999ms, 60'000ms, 86'399'999ms, 86'400'000ms, 604'800'000ms,
                              604'800'001ms, 31'622'400'000ms}) {
    INFO(duration.count());
    CHECK(parse_duration(format_duration(duration)) == duration);
  }
}

TEST_CASE("a negative duration is formatted with its sign", "[duration]") {
  CHECK(format_duration(-90min) == "-1h30m");
  CHECK(format_duration(milliseconds::min()).starts_with("-"));
}

}  // namespace
}  // namespace postflight::test
