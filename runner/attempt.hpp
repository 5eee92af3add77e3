#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

#include "runner/run.hpp"

namespace postflight {

using Explain = std::function<Unknown(const std::exception&)>;

// One try of one check: what a thread is given, and what it gives back.
struct Attempt {
  std::size_t slot = 0;     // whose it is
  std::string_view id;      // of the check; the plan holds it
  std::size_t ordinal = 0;  // which of its attempts this is, from 0
  std::shared_ptr<const Check> check;
  const Clients* clients = nullptr;
  bool allow_empty = false;
  bool when_installed = false;
  std::chrono::steady_clock::time_point began{}, deadline{}, fresh_since{};
  std::chrono::system_clock::time_point today{};  // when it began
  Clock* clock = &system_clock();
  bool is_replayed = false;  // its pauses take no time
  std::stop_source stop;
  std::chrono::steady_clock::time_point give_up_at{};  // when nobody waits for it any more
  Outcome outcome;                                     // once it has ended
};

// Fills in the outcome. Throws nothing: whatever the check throws is errored.
void carry_out(Attempt& attempt, const Explain& explain) noexcept;

// With `when: installed`, what is proved not to be installed is skipped.
Outcome skipped_unless_installed(Outcome outcome, bool when_installed);

// The rules that every kind is held to: no evidence, no pass; nothing examined, no pass unless
// that is allowed; no pass over a fact that is not green; no check skips itself.
Outcome hold_to_rules(Outcome outcome, bool allow_empty);

inline bool is_green(Status status) { return status == Status::passed || status == Status::warned; }

}  // namespace postflight
