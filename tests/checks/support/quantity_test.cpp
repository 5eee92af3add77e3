#include "checks/support/quantity.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {

TEST_CASE("quantities are read as Kubernetes writes them", "[quantity]") {
  CHECK(parse_quantity("0") == 0);
  CHECK(parse_quantity("1500m") == 1.5);
  CHECK(parse_quantity("2Gi") == 2147483648.0);
  CHECK(parse_quantity("1G") == 1e9);
  CHECK(parse_quantity("1E") == 1e18);
  CHECK(parse_quantity("1e3") == 1000);
  CHECK(parse_quantity("12E2") == 1200);
  CHECK(parse_quantity("+2") == 2);
  CHECK(parse_quantity("-1") == -1);
  CHECK(parse_quantity("123456789n").value() < 0.2);
}

TEST_CASE("what is no quantity is none", "[quantity]") {
  for (const auto* text :
       {"", "m", "lots", "1 Gi", "1gi", "1K", "1e", "1e3k", "nan", "inf", "0x10"})
    CHECK_FALSE(parse_quantity(text).has_value());
}

}  // namespace postflight::test
