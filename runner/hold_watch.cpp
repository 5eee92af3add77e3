#include "runner/hold_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postflight {
namespace {

using std::chrono::milliseconds;

std::string clock_time(HoldWatch::Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss of_day(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{:02}:{:02}:{:02}Z", of_day.hours().count(), of_day.minutes().count(),
                     of_day.seconds().count());
}

// Whole seconds: what is shorter says nothing in a window of minutes.
std::string rounded(milliseconds time) {
  return format_duration(
      time < std::chrono::seconds(10) ? time : std::chrono::round<std::chrono::seconds>(time));
}

std::string counted(int samples) {
  return fmt::format("{} sample{}", samples, samples == 1 ? "" : "s");
}

}  // namespace

void HoldWatch::add(const Outcome& sample, Moment began, Time ended_at) {
  if (samples_++ == 0)
    first_ = ended_at;
  else
    longest_gap_ =
        std::max(longest_gap_, std::chrono::duration_cast<milliseconds>(began - last_began_));
  last_began_ = began;
  last_ = ended_at;
  last_summary_ = sample.summary;
  if (sample.status != Status::warned || warned_++ > 0) return;
  first_warning_ = ended_at;
  warning_ = sample.summary;
}

HoldWatch::Moment HoldWatch::next(Moment now) const {
  const auto ticks = (now - opened_) / hold_.every + 1;
  return std::max(now, std::min(opened_ + ticks * hold_.every, ends()));
}

std::string HoldWatch::so_far() const {
  const auto seen = std::chrono::duration_cast<milliseconds>(last_ - first_);
  return fmt::format("{}, {}", rounded(seen), counted(samples_));
}

// "41 samples green, 20:00:00Z to 20:10:00Z, at most 15s apart"
std::string HoldWatch::samples_seen() const {
  auto words = fmt::format("{} green, {}", counted(samples_), clock_time(first_));
  if (attempt_ > 1) words += fmt::format(" (attempt {}, the first green one)", attempt_);
  if (samples_ > 1)
    words += fmt::format(" to {}, at most {} apart", clock_time(last_), rounded(longest_gap_));
  return words;
}

Outcome HoldWatch::kept(Outcome last) const {
  const auto held =
      fmt::format("held for {}, {}", format_duration(hold_.window), counted(samples_));
  last.summary = last.summary.empty() ? held : fmt::format("{} ({})", last.summary, held);
  auto observed = samples_seen();
  if (warned_ > 0) {
    last.status = Status::warned;
    observed += fmt::format("; {} of them warned, the first at {}{}{}", warned_,
                            clock_time(first_warning_), warning_.empty() ? "" : ": ", warning_);
  }
  last.evidence.insert(last.evidence.begin(),
                       {fmt::format("hold for {}", format_duration(hold_.window)),
                        "green in every sample", std::move(observed), last.status});
  return last;
}

Outcome HoldWatch::broken(Outcome sample, Time at) const {
  const auto seen = fmt::format("it held for {}, then not at {}", so_far(), clock_time(at));
  sample.summary = sample.summary.empty() ? seen : fmt::format("{} ({})", sample.summary, seen);
  const auto not_green = sample.status == Status::failed ? "failed" : "could not find out";
  const Evidence facts[] = {
      {fmt::format("hold for {}", format_duration(hold_.window)), "green in every sample",
       fmt::format("{}; the next, at {}, {}", samples_seen(), clock_time(at), not_green),
       sample.status},
      {fmt::format("the last green sample, {}", clock_time(last_)), "green", last_summary_,
       Status::passed}};
  sample.evidence.insert(sample.evidence.begin(), std::begin(facts), std::end(facts));
  return sample;
}

}  // namespace postflight
