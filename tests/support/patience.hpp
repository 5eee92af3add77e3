#pragma once

#include <chrono>

#include "tests/support/sanitized.hpp"

namespace postflight::test {

// How long a test waits for what must come, on a machine that is busy with other things, too: the
// bound of a hang, never a claim of speed.
constexpr std::chrono::seconds patience(int seconds) {
  return std::chrono::seconds(seconds * (is_sanitized ? 8 : 2));
}

}  // namespace postflight::test
