#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runner/checklist.hpp"

namespace postflight {

struct Selection {
  std::vector<std::string> tags;  // any of them; empty means all
  std::vector<std::string> only;  // ids or globs (outpost-*); empty means all
  std::vector<std::string> skip;  // ids or globs, taken away again
};

struct PlannedCheck {
  const ChecklistEntry* entry = nullptr;
  bool selected = false;           // chosen, or needed by a chosen one
  std::vector<std::size_t> needs;  // indices into Plan::checks
};

// What will be run, in checklist order. Refers to the checklists, which must outlive it.
struct Plan {
  std::string name;  // the checklists' names, joined by " + "
  std::vector<PlannedCheck> checks;
};

// Throws Mistakes: an id used twice, a need or selection that names nothing, a cycle (spelled out).
// A skipped check that a chosen one needs is not a mistake: the needing one will be blocked.
Plan make_plan(const std::vector<Checklist>& checklists, const Selection& selection);

std::size_t selected_count(const Plan& plan);

}  // namespace postflight
