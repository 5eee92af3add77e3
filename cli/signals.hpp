#pragma once

#include <stop_token>
#include <thread>

namespace postflight {

// From here on SIGINT and SIGTERM ask `stop` to stop, once; the second one ends the process at
// once with 128 + its number. SIGPIPE is ignored: a closed pipe is an error of the write. One
// object a process; what it installed stays for the process's life, so that a signal during the
// writing of reports is still the second one.
class SignalWatch {
 public:
  explicit SignalWatch(std::stop_source stop);
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch();
  // The number of the first signal, or 0.
  int caught() const;

 private:
  std::thread thread_;
};

}  // namespace postflight
