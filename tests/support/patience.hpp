#pragma once

#include <chrono>

namespace postflight::test {

// How long a test waits for what must come, on a machine that is busy with other things, too: the
// bound of a hang, never a claim of speed.
constexpr std::chrono::seconds patience(int seconds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return std::chrono::seconds(seconds * 8);
#else
  return std::chrono::seconds(seconds * 2);
#endif
}

}  // namespace postflight::test
