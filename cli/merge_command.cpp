#include <fmt/format.h>

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

}  // namespace

int merge_command(const Options& options, Redactor& redactor, const Messages& messages) {
  if (!reports_can_be_written(options, messages)) return exit_usage;
  const auto parts = read_parts(options, messages);
  try {
    const auto record = join_shards(parts);
    const bool all_written = write_reports(options, record, redactor, messages);
    const auto code = exit_code_after(record, all_written);
    const bool all_read = parts.size() == options.parts.size();
    return code == exit_healthy && !all_read ? exit_unknown : code;
  } catch (const NotOneRun& error) {
    messages.say(error.what());
    return exit_usage;
  }
}

}  // namespace postflight
