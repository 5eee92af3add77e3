// What a plug-in prints is any bytes: a pass rests on exit code 0 and on words, whichever contract
// it keeps.
#include "checks/support/performance_data.hpp"
#include "checks/support/plug_in.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using postflight::test::must;

namespace {

using Judge = Outcome (*)(const std::string& name, const CommandResult& result);

void judge(Judge by_contract, const CommandResult& result) {
  try {
    const auto outcome = by_contract("plug-in", result);
    must(outcome.status == Status::errored || !outcome.evidence.empty(),
         "a verdict rests on evidence");
    must(!outcome.summary.empty(), "a verdict has a summary");
    must((outcome.status == Status::passed) == (result.exit_code == 0),
         "a pass and exit code 0 are the same");
    must((outcome.status == Status::failed) == (result.exit_code == 2),
         "a failure and exit code 2 are the same");
  } catch (const CannotTell& error) {
    must(*error.what() != 0 && !error.reason().empty(), "an unknown says why");
  }
}

}  // namespace

// The first byte is the exit code.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const CommandResult result{data[0] % 6, 0,
                             std::string(postflight::test::text_of(data + 1, size - 1)), ""};
  judge(judge_monitoring_plugin, result);
  judge(judge_printed_outcome, result);
  const auto metrics = read_performance_data(result.output);
  for (const auto& metric : metrics.metrics)
    must(!metric.label.empty() && !metric.value.empty(), "a metric has a name and a value");
  return 0;
}
