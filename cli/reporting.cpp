#include "cli/reporting.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>
#include <string_view>

#include "cli/commands.hpp"
#include "cli/files.hpp"
#include "cli/pushgateway.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "runner/exit_code.hpp"

namespace postflight {
namespace {

std::string rendered(const ReportFormat& format, const RunRecord& record) {
  std::ostringstream out;
  format.write(record, out);
  return std::move(out).str();
}

// With what only the report that it replaces knows. One that cannot be read knows nothing.
std::string rendered_over(const ReportTarget& report, const RunRecord& record) {
  auto text = rendered(*report.format, record);
  if (report.format->over == nullptr || waits_for_reader(report.path)) return text;
  try {
    return report.format->over(text, read_input_file(report.path));
  } catch (const Mistakes&) {
    return text;
  }
}

// False when it was not, which is said.
bool write_report(const ReportTarget& report, const RunRecord& record, Redactor& redactor,
                  const Messages& messages) {
  try {
    if (is_url(report.path))
      push_metrics(report.path, record, redactor);
    else
      write_report_file(report.path, rendered_over(report, record));
    return true;
  } catch (const std::exception& error) {
    messages.say(
        fmt::format("the {} report was not written: {}", report.format->name, error.what()));
    return false;
  }
}

// https://docs.github.com/actions/reference/workflows-and-actions/variables
bool is_in_github_actions() {
  const char* value = std::getenv("GITHUB_ACTIONS");
  return value != nullptr && std::string_view(value) == "true";
}

}  // namespace

bool write_reports(const Options& options, const RunRecord& record, Redactor& redactor,
                   const Messages& messages) {
  bool all = true;
  for (const bool waits : {false, true})
    for (const auto& report : options.reports)
      if ((is_url(report.path) || waits_for_reader(report.path)) == waits)
        all = write_report(report, record, redactor, messages) && all;
  std::ostringstream out;
  if (options.standard_out->name == "text")
    write_text(record, out, style_for(options, this_terminal()));
  else
    options.standard_out->write(record, out);
  if (options.annotations && is_in_github_actions())
    find_report_format("github")->write(record, out);
  return print(std::move(out).str(), messages) == exit_healthy && all;
}

int exit_code_after(const RunRecord& record, bool all_written) {
  const auto code = exit_code_of(record);
  if (code != exit_healthy || all_written) return code;
  return signal_caught() != 0 ? exit_signal + signal_caught() : exit_unknown;
}

bool reports_can_be_written(const Options& options, const Messages& messages) {
  bool all = true;
  for (const auto& report : options.reports) {
    if (is_url(report.path)) continue;
    const auto obstacle = obstacle_to_writing(report.path);
    if (obstacle.empty()) continue;
    messages.say(fmt::format("the {} report cannot be written to {}: {}", report.format->name,
                             report.path, obstacle));
    all = false;
  }
  return all;
}

}  // namespace postflight
