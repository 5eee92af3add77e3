// The output of a plan: passes only where a summary says that nothing changes and the exit agrees.
#include "checks/support/terraform_judge.hpp"
#include "checks/support/terraform_plan.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using postflight::test::must;

// The first byte is the exit code, from 4 a signal; the rest is what was printed.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string output(postflight::test::text_of(data + 1, size - 1));
  CommandResult result{data[0] & 3, data[0] & 4 ? 9 : 0, output, ""};
  const PlanRules rules{"terraform", "/srv/terraform", {}, true, {}};
  try {
    const auto outcome = judge_plan(rules, result);
    must(!outcome.evidence.empty(), "a judged plan has evidence");
    if (outcome.status != Status::passed) return 0;
    must(result.exit_code == 0 && result.signal == 0, "only a plan that ended well passes");
    const auto plan = read_terraform_plan(output);
    must(!plan.summaries.empty(), "only a plan with a summary passes");
    for (const auto& summary : plan.summaries) must(summary.total() == 0, "a pass changes nothing");
    must(!plan.has_errors(), "a plan with errors does not pass");
  } catch (const CannotTell& error) {
    must(!error.reason().empty() && *error.what() != 0, "an unknown says why");
  }
  return 0;
}
