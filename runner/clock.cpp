#include "runner/clock.hpp"

#include <condition_variable>
#include <mutex>

#include "runner/run.hpp"

namespace postflight {
namespace {

class SystemClock : public Clock {
 public:
  std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::now();
  }
  std::chrono::system_clock::time_point today() const override {
    return std::chrono::system_clock::now();
  }
  void sleep_until(std::chrono::steady_clock::time_point moment, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_until(lock, stop, moment, [] { return false; });
  }
};

}  // namespace

Clock::~Clock() = default;
RunObserver::~RunObserver() = default;
void RunObserver::on_started(const ChecklistEntry&) {}
void RunObserver::on_attempt(const ChecklistEntry&, const Outcome&, int) {}
void RunObserver::on_sample(const ChecklistEntry&, const Outcome&, int, std::chrono::milliseconds) {
}
void RunObserver::on_finished(const CheckResult&) {}

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace postflight
