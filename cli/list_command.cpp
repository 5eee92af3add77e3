#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/load.hpp"
#include "reports/text_safety.hpp"
#include "runner/exit_code.hpp"
#include "runner/plan.hpp"

namespace postflight {
namespace {

constexpr std::size_t most = 300;

std::string as_text(const Plan& plan) {
  std::size_t id_width = 2, kind_width = 4;
  for (const auto& check : plan.checks) {
    if (!check.selected) continue;
    id_width = std::max(id_width, check.entry->id.size());
    kind_width = std::max(kind_width, check.entry->kind->name.size());
  }
  std::string text;
  for (const auto& check : plan.checks) {
    if (!check.selected) continue;
    const auto& entry = *check.entry;
    fmt::format_to(std::back_inserter(text), "{:<{}}  {:<{}}  {}", entry.id, id_width,
                   entry.kind->name, kind_width, safe_line(entry.title, most));
    if (entry.severity == Severity::advisory) text += "  (advisory)";
    if (!entry.tags.empty()) text += fmt::format("  [{}]", fmt::join(entry.tags, ", "));
    if (!entry.needs.empty()) text += fmt::format("  needs {}", fmt::join(entry.needs, ", "));
    text += '\n';
  }
  return text;
}

std::string as_json(const Plan& plan) {
  using Json = nlohmann::ordered_json;
  auto list = Json::array();
  for (const auto& check : plan.checks) {
    if (!check.selected) continue;
    const auto& entry = *check.entry;
    list.push_back({{"id", entry.id},
                    {"kind", entry.kind->name},
                    {"title", entry.title},
                    {"section", entry.section},
                    {"severity", to_string(entry.severity)},
                    {"tags", entry.tags},
                    {"needs", entry.needs}});
  }
  return safe_json(list.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace

int list_command(const Options& options, const Messages& messages) {
  const auto checklists = load_checklists(options);
  const auto plan = make_plan(checklists, options.selection);
  if (selected_count(plan) == 0) {
    messages.say("nothing is selected: --tag, --only and --skip leave no check");
    return exit_usage;
  }
  return print(options.as_json ? as_json(plan) : as_text(plan), messages);
}

}  // namespace postflight
