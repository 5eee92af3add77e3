#include <catch2/catch_test_macros.hpp>

#include <thread>

#include "runner/run.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the system's clock sleeps no longer than it is let", "[clock]") {
  auto& clock = system_clock();
  clock.sleep_until(clock.now() - 1h, {});
  std::stop_source stop;
  stop.request_stop();
  clock.sleep_until(clock.now() + 1h, stop.get_token());
  clock.sleep_until(std::chrono::steady_clock::time_point::max(), stop.get_token());
  const auto moment = clock.now() + 1ms;
  clock.sleep_until(moment, {});
  CHECK(clock.now() >= moment);
}

TEST_CASE("a sleeper wakes when it is asked to stop", "[clock]") {
  std::stop_source stop;
  const std::jthread asker([&] { stop.request_stop(); });
  system_clock().sleep_until(system_clock().now() + 24h, stop.get_token());
  CHECK(stop.stop_requested());
}

}  // namespace
}  // namespace postflight::test
