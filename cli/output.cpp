#include "cli/output.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>

#include "cli/signals.hpp"

namespace postflight {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds longest{1000};
constexpr milliseconds between_looks{50};
// A pipe that can be written to takes this much without blocking.
constexpr std::size_t at_once = PIPE_BUF;

std::atomic<bool> is_unread = false;  // what is written briefly

bool is_regular(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

// False when nobody makes room.
bool wait_for_room(int file, Patience patience) {
  const bool was_unread = patience == Patience::briefly && is_unread;
  auto end = steady_clock::now() + longest;
  for (;;) {
    pollfd room{file, POLLOUT, 0};
    const auto ready = ::poll(&room, 1, was_unread ? 0 : static_cast<int>(between_looks.count()));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;  // the write says what is wrong
    if (was_unread) return false;
    const bool is_bounded = patience == Patience::briefly || signal_caught() != 0;
    if (!is_bounded) end = steady_clock::now() + longest;
    if (steady_clock::now() >= end) return false;
  }
}

int write_parts(int file, std::string_view text, Patience patience) {
  const bool may_block = !is_regular(file);
  while (!text.empty()) {
    if (may_block && !wait_for_room(file, patience)) return ETIMEDOUT;
    const auto written =
        ::write(file, text.data(), may_block ? std::min(text.size(), at_once) : text.size());
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

int write_all(int file, std::string_view text, Patience patience) {
  const int error = write_parts(file, text, patience);
  if (patience == Patience::briefly) is_unread = error == ETIMEDOUT;
  return error;
}

}  // namespace postflight
