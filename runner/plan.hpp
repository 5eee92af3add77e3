#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runner/checklist.hpp"
#include "runner/record.hpp"

namespace postflight {

struct Selection {
  std::vector<std::string> tags;    // any of them; empty means all
  std::vector<std::string> only;    // ids or globs (outpost-*); empty means all
  std::vector<std::string> skip;    // ids or globs, taken away again
  std::optional<Shard> shard = {};  // of what is selected so, its part: see make_plan
};

struct PlannedCheck {
  const ChecklistEntry* entry = nullptr;
  bool selected = false;   // chosen, or needed by a chosen one
  bool elsewhere = false;  // chosen, but in another shard, and needed by none of this one
  std::vector<std::size_t> needs = {};  // indices into Plan::checks
};

// What will be run, in checklist order. Refers to the checklists, which must outlive it.
struct Plan {
  std::string name;  // the checklists' names, joined by " + "
  std::vector<PlannedCheck> checks;
  std::optional<Shard> shard;  // that these are the checks of
};

// Throws Mistakes: an id used twice, a need or selection that names nothing, a cycle (spelled out).
// A skipped check that a chosen one needs is not a mistake: the needing one will be blocked.
// Of several shards each takes its turn: the check at place k of the selected ones, from 0, is in
// shard k modulo their count, and what it needs is run there, too. More shards than selected checks
// are a mistake: one would have nothing to say.
Plan make_plan(const std::vector<Checklist>& checklists, const Selection& selection);

std::size_t selected_count(const Plan& plan);

}  // namespace postflight
