#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/matrix/cell.hpp"

namespace postflight::matrix {

// A cell that is rightly something else than errored with a word that is true of its failure.
// Names are RE2 patterns for the whole name; an empty one stands for all.
struct Exception {
  std::string subject, failure, question;  // a question's name, or "everything"
  std::string status;
  std::set<std::string> reasons;  // of errored: words that are true here
  std::string why;                // a note on the page
};

// The first that fits decides; null where the rule holds.
const Exception* exception_for(const Cell& cell);
const std::vector<Exception>& exceptions();

// How a cell is not what it has to be: empty when it is.
std::string what_is_wrong(const Cell& cell);

// Whether a verdict of that colour is right, whoever gives it.
bool may_be_green(const Cell& cell);
bool may_be_red(const Cell& cell);

bool is_false_pass(const Cell& cell);     // green, where nothing may be
bool is_false_failure(const Cell& cell);  // red, for what is not the thing's own fault

}  // namespace postflight::matrix
