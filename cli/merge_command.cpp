#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/reporting.hpp"
#include "runner/exit_code.hpp"
#include "runner/joining.hpp"

namespace postflight {
namespace {

// Those that can be read. One that cannot be is said: its shard is missing.
std::vector<ShardRecord> read_parts(const Options& options, const Messages& messages) {
  std::vector<ShardRecord> parts;
  for (const auto& path : options.parts) {
    try {
      parts.push_back({path, read_json_report(read_input_file(path))});
    } catch (const Mistakes& mistakes) {
      messages.say(mistakes);
    } catch (const std::runtime_error& error) {
      messages.say(fmt::format("{}: {}", path, error.what()));
    }
  }
  return parts;
}

bool is_any_missing(const RunRecord& record) {
  return std::ranges::find(record.checks, runner_reason::missing_shard, &CheckResult::reason) !=
         record.checks.end();
}

}  // namespace

int merge_command(const Options& options, Redactor& redactor, const Messages& messages) {
  if (!reports_can_be_written(options, messages)) return exit_usage;
  const auto parts = read_parts(options, messages);
  try {
    const auto record = join_shards(parts);
    // What could not be read may have been a shard that is missing. When none is, nobody knows.
    if (parts.size() != options.parts.size() && !is_any_missing(record)) {
      messages.say(
          "no shard is missing, so what the unreadable file is is not known: leave it out");
      return exit_usage;
    }
    return exit_code_after(record, write_reports(options, record, redactor, messages));
  } catch (const NotOneRun& error) {
    messages.say(error.what());
    return exit_usage;
  }
}

}  // namespace postflight
