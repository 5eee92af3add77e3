#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "tests/matrix/failure.hpp"
#include "tests/matrix/subject.hpp"

namespace postflight::matrix {

// What a run of postflight with that one check came to.
struct Found {
  std::string status, reason, summary;
  std::chrono::milliseconds duration{0};
  std::string trouble;  // what must not happen whatever fails: a crash, a lost report; or empty
};

// One subject while one failure hits one of its questions, or all.
struct Cell {
  const Failure* failure = nullptr;
  const Subject* subject = nullptr;
  const Question* question = nullptr;  // null: everything
  Found found = {};
  std::string wrong = {};  // how it is not what it has to be; or empty

  std::string name() const;
};

// How long a check has for one attempt where something never answers, and where nothing makes it
// wait. Longer under a sanitizer.
std::chrono::milliseconds short_timeout();
std::chrono::milliseconds long_timeout();

// Runs a check of that kind in that world.
Found run_check(const Subject& subject, const Addresses& addresses,
                std::chrono::milliseconds timeout);

// The cells of a family, run; under a sanitizer a share of them.
std::vector<Cell> run_family(const World& world, const Family& family);

}  // namespace postflight::matrix
