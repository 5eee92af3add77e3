#pragma once

#include <string>
#include <vector>

#include "clients/command.hpp"
#include "runner/check.hpp"

namespace postflight {

struct PlanRules {
  std::string program;
  std::string directory;
  // Addresses that may change: exact, or all that begin like what stands before a * at the end.
  std::vector<std::string> allow;
  bool refresh = true;
  std::vector<std::string> narrowed_by;  // arguments that make the plan look at less

  bool allows(const std::string& address) const;
};

// What `plan -detailed-exitcode -json` says by what it printed and how it ended. Passes only where
// both say that nothing changes, or nothing but what is allowed. Throws CannotTell when there was
// no plan, or the two contradict each other. Shows addresses, actions and names, never values.
Outcome judge_plan(const PlanRules& rules, const CommandResult& result);

}  // namespace postflight
