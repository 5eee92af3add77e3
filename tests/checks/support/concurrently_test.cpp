#include "checks/support/concurrently.hpp"

#include <catch2/catch_test_macros.hpp>
#include <latch>
#include <stdexcept>

namespace postflight::test {

TEST_CASE("results come in the order of their items", "[concurrently]") {
  const auto attempts = concurrently(100, [](std::size_t item) { return item * item; });
  REQUIRE(attempts.size() == 100);
  for (std::size_t item = 0; item < attempts.size(); ++item)
    CHECK(attempts[item].value == item * item);
}

TEST_CASE("what one item throws stays with that item", "[concurrently]") {
  const auto attempts = concurrently(3, [](std::size_t item) {
    if (item == 1) throw std::runtime_error("one");
    return item;
  });
  CHECK(attempts[0].value == 0u);
  CHECK(attempts[2].value == 2u);
  CHECK_FALSE(attempts[1].value);
  CHECK_THROWS_AS(std::rethrow_exception(attempts[1].error), std::runtime_error);
}

TEST_CASE("items run at the same time", "[concurrently]") {
  // Each waits for all: one after another would never end.
  std::latch all_here(16);
  const auto attempts = concurrently(16, [&](std::size_t) {
    all_here.arrive_and_wait();
    return true;
  });
  CHECK(attempts.back().value == true);
}

TEST_CASE("no items are no work", "[concurrently]") {
  CHECK(concurrently(0, [](std::size_t) { return 1; }).empty());
}

}  // namespace postflight::test
