#include "cli/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <utility>

#include "runner/exit_code.hpp"

namespace postflight {
namespace {

std::atomic<int> first_signal{0};

bool is_ignored(int number) {
  struct sigaction inherited {};
  return ::sigaction(number, nullptr, &inherited) == 0 && inherited.sa_handler == SIG_IGN;
}

[[noreturn]] void wait_for_signals(const sigset_t& watched, std::stop_source stop,
                                   const std::function<void()>& before_the_end) {
  for (;;) {
    int number = 0;
    if (::sigwait(&watched, &number) != 0) continue;
    int none = 0;
    if (first_signal.compare_exchange_strong(none, number)) {
      stop.request_stop();
    } else {
      before_the_end();
      ::_exit(exit_signal + number);
    }
  }
}

}  // namespace

void watch_signals(std::stop_source stop, std::function<void()> before_the_end) {
  for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
  // A shell's background job (nohup, &) is born ignoring some of them: that stays so.
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    if (!is_ignored(number)) sigaddset(&watched, number);
  ::pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  std::thread([watched, stop = std::move(stop), end = std::move(before_the_end)]() mutable {
    wait_for_signals(watched, std::move(stop), end);
  }).detach();
}

int signal_caught() { return first_signal; }

}  // namespace postflight
