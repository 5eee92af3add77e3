#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace postflight::test {

// Closed until opened. Waiting gives up after a minute, so that a broken test ends.
class Gate {
 public:
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // True when it was opened.
  bool pass() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

}  // namespace postflight::test
