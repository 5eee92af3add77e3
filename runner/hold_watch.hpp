#pragma once

#include <chrono>
#include <string>

#include "runner/checklist.hpp"

namespace postflight {

// What the samples of one check's `hold` have shown so far. Bounded, however many there are.
class HoldWatch {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  using Time = std::chrono::system_clock::time_point;

  // The window opens when the first green sample has ended: attempt number `attempt`.
  HoldWatch(const Hold& hold, Moment opened, int attempt)
      : hold_(hold), opened_(opened), attempt_(attempt) {}

  Moment ends() const { return opened_ + hold_.window; }

  // A green sample.
  void add(const Outcome& sample, Moment began, Time ended_at);

  // The last sample began when the window had ended, so that none of it was left unwatched.
  bool is_over() const { return last_began_ >= ends(); }

  // When the next sample is due: the ticks that a long sample overran are left out.
  Moment next(Moment now) const;

  // "3m, 13 samples": how long it has been green, up to the last green sample.
  std::string so_far() const;

  // The last sample's outcome, as that of the whole hold.
  Outcome kept(Outcome last) const;
  // The outcome of the sample that was not green, with what was seen before it.
  Outcome broken(Outcome sample, Time at) const;

 private:
  std::string samples_seen() const;

  Hold hold_;
  Moment opened_, last_began_{};
  int attempt_ = 0, samples_ = 0, warned_ = 0;
  Time first_{}, last_{}, first_warning_{};
  std::chrono::milliseconds longest_gap_{0};
  std::string last_summary_, warning_;
};

}  // namespace postflight
