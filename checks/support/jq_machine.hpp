#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

extern "C" {
#include <jq.h>
#include <jv.h>
}

namespace postflight {

// What jq prints for a value, or the value of a string. Frees it.
std::string jq_text_and_free(jv value);

// A compiled program of jq. Used by one thread at a time, and cut off where it works for too long
// or takes too much memory.
class JqMachine {
 public:
  // What is wrong with the program in jq's first words, or the machine.
  struct Compiled {
    std::unique_ptr<JqMachine> machine;
    std::string error;
  };
  static Compiled compile(const std::string& text);
  ~JqMachine();
  JqMachine(const JqMachine&) = delete;
  JqMachine& operator=(const JqMachine&) = delete;

  // How a run came to its end.
  struct Ending {
    bool was_cut = false;
    std::string error;  // of jq, when it failed
  };
  // Gives each output of the program to `output`, which frees it before it returns: what it shares
  // with the program is counted without locks. Frees `input`. At the end nothing is held of either.
  // Work ends after five seconds, at the deadline, or when it takes 512 MiB.
  Ending run(jv input, std::chrono::steady_clock::time_point deadline,
             const std::function<void(jv)>& output);

 private:
  class Watch;
  class AtWork;
  explicit JqMachine(jq_state* state);

  jq_state* state_;
  std::mutex mutex_;
  bool busy_ = false, cut_ = false;
  std::chrono::steady_clock::time_point end_by_;
  std::optional<std::size_t> memory_before_;  // set when it was first seen at work
};

}  // namespace postflight
