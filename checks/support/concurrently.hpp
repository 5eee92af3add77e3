#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <optional>
#include <semaphore>
#include <system_error>
#include <thread>
#include <vector>

namespace postflight {

// What became of one item: its value, or what was thrown instead.
template <typename Value>
struct Attempt {
  std::optional<Value> value;
  std::exception_ptr error;
};

// Helping threads that all calls together may still take: many checks at once stay within bounds.
inline std::counting_semaphore<> free_helpers{64};

// Calls function(0) .. function(count - 1) on at most 16 threads, this one among them, and returns
// the results in that order. What one item throws stays with that item. Where helping threads are
// not to be had, this one does the work.
template <typename Function>
auto concurrently(std::size_t count, const Function& function) {
  constexpr std::size_t most_threads = 16;
  std::vector<Attempt<decltype(function(std::size_t{}))>> attempts(count);
  std::atomic<std::size_t> next{0};
  const auto do_next = [&] {
    const auto item = next++;
    if (item >= count) return false;
    try {
      attempts[item].value = function(item);
    } catch (...) {
      attempts[item].error = std::current_exception();
    }
    return true;
  };
  {
    std::vector<std::jthread> helpers;
    helpers.reserve(most_threads);
    const auto take_helpers = [&] {
      while (helpers.size() + 1 < std::min(count, most_threads) && next < count &&
             free_helpers.try_acquire()) {
        try {
          helpers.emplace_back([&] {
            while (do_next()) continue;
            free_helpers.release();
          });
        } catch (const std::system_error&) {
          free_helpers.release();
          return;
        }
      }
    };
    do take_helpers();  // again after each item: others may have set some free
    while (do_next());
  }
  return attempts;
}

}  // namespace postflight
