#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <optional>
#include <thread>
#include <vector>

namespace postflight {

// What became of one item: its value, or what was thrown instead.
template <typename Value>
struct Attempt {
  std::optional<Value> value;
  std::exception_ptr error;
};

// Calls function(0) .. function(count - 1) on at most 16 threads, this one among them, and returns
// the results in that order. What one item throws stays with that item.
template <typename Function>
auto concurrently(std::size_t count, const Function& function) {
  constexpr std::size_t most_threads = 16;
  std::vector<Attempt<decltype(function(std::size_t{}))>> attempts(count);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t item = next++; item < count; item = next++) {
      try {
        attempts[item].value = function(item);
      } catch (...) {
        attempts[item].error = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (std::size_t thread = 1; thread < std::min(count, most_threads); ++thread)
      helpers.emplace_back(work);
    work();
  }
  return attempts;
}

}  // namespace postflight
