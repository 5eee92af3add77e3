#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/load.hpp"
#include "runner/plan.hpp"

namespace postflight {

// Mistakes are thrown, and said by whoever calls a command.
int lint_command(const Options& options, const Messages& messages) {
  const auto checklists = load_checklists(options);
  const auto plan = make_plan(checklists, {});
  const auto count = plan.checks.size();
  return print(fmt::format("{} {} right\n", count, count == 1 ? "check is" : "checks are"),
               messages);
}

}  // namespace postflight
