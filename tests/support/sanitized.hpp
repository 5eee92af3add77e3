#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

namespace postflight::test {

// Under a sanitizer everything is several times slower, and its memory is not the program's.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

// All of them; under a sanitizer one in `parts`, always the same ones, spread over all.
template <typename T>
std::vector<T> share_of(std::vector<T> all, std::size_t parts) {
  if (!is_sanitized) return all;
  std::ranges::shuffle(all, std::mt19937(20261127));
  all.resize((all.size() + parts - 1) / parts);
  return all;
}

}  // namespace postflight::test
