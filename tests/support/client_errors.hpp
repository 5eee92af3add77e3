#pragma once

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>

#include "clients/error.hpp"
#include "clients/limits.hpp"

namespace postflight::test {

struct ErrorSeen {
  std::string reason, text;
};

enum ErrorIs { error_is_required, error_is_optional };

// What ClientError the call throws. None fails the test, unless it is optional.
template <typename Call>
ErrorSeen error_thrown(Call call, ErrorIs wanted = error_is_required) {
  try {
    call();
  } catch (const ClientError& e) {
    return {e.reason(), e.what()};
  }
  if (wanted == error_is_required) FAIL("no error was thrown");
  return {};
}

inline Limits in_milliseconds(int milliseconds) {
  return {std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds), {}, {}};
}

inline Limits a_minute() { return in_milliseconds(60'000); }

}  // namespace postflight::test
