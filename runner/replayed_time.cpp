#include "runner/replayed_time.hpp"

#include <algorithm>

namespace postflight {
namespace {

using Moment = std::chrono::steady_clock::time_point;

// An attempt of a replay only computes: one that is not done by then never will be.
constexpr std::chrono::seconds longest_computation{60};

}  // namespace

std::chrono::system_clock::time_point ReplayedTime::today() const {
  return past_.started +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(now_ - began_);
}

void ReplayedTime::sleep_until(Moment moment, std::stop_token) { now_ = std::max(now_, moment); }

std::chrono::system_clock::time_point ReplayedTime::beginning(std::string_view id,
                                                              std::size_t n) const {
  const auto times = past_.attempts.find(id);
  return times == past_.attempts.end() || n >= times->second.size() ? today()
                                                                    : times->second[n].began;
}

Moment ReplayedTime::return_of(const Attempt& attempt) const {
  const auto times = past_.attempts.find(attempt.id);
  if (times == past_.attempts.end() || attempt.ordinal >= times->second.size())
    return attempt.began;
  const auto& took = times->second[attempt.ordinal].took;
  return took ? attempt.began + *took : Moment::max();
}

std::vector<std::shared_ptr<Attempt>> ReplayedTime::wait_until(
    Moment moment, Crew& crew, const std::vector<std::shared_ptr<Attempt>>& in_flight,
    const std::stop_token& stop) {
  const auto is_done = [&](const std::shared_ptr<Attempt>& attempt) {
    return std::ranges::find(done_, attempt) != done_.end();
  };
  const auto limit = std::chrono::steady_clock::now() + longest_computation;
  while (!stop.stop_requested() && !std::ranges::all_of(in_flight, is_done) &&
         std::chrono::steady_clock::now() < limit)
    for (auto& attempt : crew.wait_until(limit, system_clock())) done_.push_back(attempt);
  const auto next =
      std::ranges::min_element(done_, {}, [&](const auto& attempt) { return return_of(*attempt); });
  if (next == done_.end() || return_of(**next) > moment) {
    if (moment != Moment::max()) now_ = std::max(now_, moment);
    return {};
  }
  now_ = std::max(now_, return_of(**next));
  std::vector<std::shared_ptr<Attempt>> back{*next};
  done_.erase(next);
  return back;
}

}  // namespace postflight
