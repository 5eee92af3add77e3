#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/support/label_matchers.hpp"
#include "checks/support/prometheus_answer.hpp"
#include "runner/check.hpp"

namespace postflight {

// What the value of each series must be now.
struct ValueWanted {
  std::optional<double> equals, min, max, warn_min, warn_max;
  bool any() const { return equals || min || max || warn_min || warn_max; }
  std::string text() const;  // "at least 1; a warning below 2"
  Status judge(double value) const;
};

// What each series must have done over a time.
struct GrowthWanted {
  std::chrono::milliseconds over{0}, step{0};
  bool grows = false;                        // by more than nothing
  bool is_counter = false;                   // a fall is a new start from 0
  std::optional<double> min, max;            // growth
  std::optional<double> min_rate, max_rate;  // growth in a second
  std::string text() const;                  // "grows by at least 5 over 1h"
  bool holds(double growth, double seconds) const;
};

struct SeriesWanted {
  std::string query;
  ValueWanted value;
  std::optional<GrowthWanted> growth;  // instead of the value
  std::vector<LabelMatchers> must_exist;
  std::int64_t min = 1;  // series
  std::optional<std::int64_t> max;
  bool min_given = false;    // asked by the checklist: too few is a failure, not an unknown
  bool allow_empty = false;  // no series is the healthy answer
  std::chrono::milliseconds max_age{0};  // of the newest value
  std::string count_text() const;        // "at least 2", "none"
};

// Judges each series of an answer. `among` is the number of series that the query looks through,
// where it was asked for. Throws CannotTell for a whole answer of the wrong type.
Outcome judge_series(const SeriesWanted& wanted, const QueryAnswer& answer,
                     std::optional<std::size_t> among, Moment now);

}  // namespace postflight
