#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "runner/check.hpp"

namespace postflight {

// The facts a check gathers on its way to an outcome.
class Findings {
 public:
  void add(Status status, std::string subject, std::string expected, std::string observed);
  // A fact that could not be found out, and why. `cause` is as of Outcome.
  void add_unknown(std::string subject, std::string expected, const std::string& reason,
                   std::string why, const std::string& cause = {});
  // The same for what was thrown. Only client errors and CannotTell: anything else is a bug and
  // passes through.
  void add_unknown(std::string subject, std::string expected, const std::exception_ptr& error);

  // Takes over all the facts of another part of the same check.
  void add_all(const Findings& other);

  // The worst of all facts; errored when there is none.
  Status status() const { return worst_of(evidence_); }
  const std::vector<Evidence>& all() const { return evidence_; }
  // The first fact judged so, or nullptr.
  const Evidence* first(Status status) const;
  // The first of those that was expected to be so.
  const Evidence* first_expecting(Status status, const std::string& expected) const;
  std::size_t count(Status status) const;

  // `examined` objects were really looked at: a pass that looked at none is the runner's to refuse.
  // It has a cause when that of every fact is the same.
  Outcome outcome(std::string summary, std::size_t examined) const;

 private:
  void note_cause(const std::string& cause);

  std::vector<Evidence> evidence_;
  std::string reason_;                // of the first unknown
  std::optional<std::string> cause_;  // of all unknowns so far; empty when they differ
};

}  // namespace postflight
