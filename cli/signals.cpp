#include "cli/signals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "runner/exit_code.hpp"

namespace postflight {
namespace {

std::atomic<int> first_signal{0};
int wake_pipe[2] = {-1, -1};

// Only what POSIX allows in a handler. A thread does the rest: request_stop takes locks.
extern "C" void on_signal(int number) {
  int none = 0;
  if (!first_signal.compare_exchange_strong(none, number)) ::_exit(exit_signal + number);
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(wake_pipe[1], "s", 1);
  errno = error;
}

void install(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

}  // namespace

SignalWatch::SignalWatch(std::stop_source stop) {
  if (::pipe2(wake_pipe, O_CLOEXEC) != 0)
    throw std::runtime_error(std::string("no pipe for signals: ") + std::strerror(errno));
  thread_ = std::thread([stop]() mutable {
    char byte = 0;
    while (::read(wake_pipe[0], &byte, 1) < 0 && errno == EINTR) continue;
    if (byte == 's') stop.request_stop();
  });
  install(SIGPIPE, SIG_IGN);
  // A shell's background job (nohup, &) is born ignoring SIGINT: that stays so.
  for (const int number : {SIGINT, SIGTERM}) {
    struct sigaction inherited {};
    ::sigaction(number, nullptr, &inherited);
    if (inherited.sa_handler != SIG_IGN) install(number, on_signal);
  }
}

SignalWatch::~SignalWatch() {
  [[maybe_unused]] const auto written = ::write(wake_pipe[1], "e", 1);
  thread_.join();
}

int SignalWatch::caught() const { return first_signal; }

}  // namespace postflight
