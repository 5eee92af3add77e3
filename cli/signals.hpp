#pragma once

#include <functional>
#include <stop_token>

namespace postflight {

// From here on SIGINT, SIGTERM and SIGHUP ask `stop` to stop, once; at the second one
// `before_the_end` is called and the process ends with 128 + its number. Both happen on a thread of
// its own, so they may take locks. A signal that was ignored when the program began stays ignored.
// SIGPIPE and SIGXFSZ are ignored: a closed pipe and a file that may not grow are errors of the
// write. It holds for the rest of the process's life, so there is one of these a process.
// To be called before other threads that signals could reach are started.
void watch_signals(std::stop_source stop, std::function<void()> before_the_end);

// The number of the first signal since then, or 0.
int signal_caught();

}  // namespace postflight
