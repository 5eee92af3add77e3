#pragma once

#include <exception>
#include <optional>
#include <string>

#include "checks/support/session_table.hpp"
#include "runner/check.hpp"

namespace postflight {

struct SessionExpectations {
  std::string table;  // as the checklist names it
  SessionRules rules;
  Seconds max_idle{0};             // the last write may be that long ago
  double max_overdue_percent = 0;  // of all rows
  std::size_t min_logins = 0;
};

// The attempt to see the table grow, where the checklist asks for one.
struct GrowthProof {
  std::string subject;         // "GET https://app.example.com/", "10s of waiting"
  std::string expected;        // "a new row within 2s"
  std::string attempt;         // what became of it: "answered 302", or empty
  bool anonymous_row = false;  // only a row that is no login proves it
  std::exception_ptr error;    // why nobody can say whether the table grows
};

// What the table says, and the rows that were written after the sample, where the attempt to make
// some got as far as looking for them.
Outcome judge_sessions(const SessionExpectations& expected, const SessionSample& sample,
                       const std::optional<FreshRows>& fresh,
                       const std::optional<GrowthProof>& growth);

// To the minute from an hour on, else to the second: 7d, 27d23h40m, 3h2m, 45s.
std::string rough(Seconds duration);

}  // namespace postflight
