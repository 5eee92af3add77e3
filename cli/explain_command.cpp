#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "checks/catalogue.hpp"
#include "cli/commands.hpp"
#include "runner/exit_code.hpp"
#include "runner/suggest.hpp"

namespace postflight {
namespace {

std::string list_of_kinds() {
  std::size_t width = 0;
  for (const auto* kind : all_kinds()) width = std::max(width, kind->name.size());
  std::string text;
  for (const auto* kind : all_kinds())
    text += fmt::format("{:<{}}  {}\n", kind->name, width, kind->summary);
  return text + "\nSettings of one of them: postflight explain KIND\n";
}

void add_settings(std::string& text, std::span<const Setting> settings, const std::string& indent) {
  for (const auto& setting : settings) {
    fmt::format_to(std::back_inserter(text), "{}{} ({}", indent, setting.name,
                   to_string(setting.type));
    if (!setting.choices.empty()) text += fmt::format(": {}", fmt::join(setting.choices, ", "));
    if (setting.required) text += ", required";
    if (!setting.fallback.empty()) text += fmt::format(", default {}", setting.fallback);
    text += ")\n";
    if (!setting.about.empty()) text += fmt::format("{}    {}\n", indent, setting.about);
    add_settings(text, setting.fields, indent + "    ");
  }
}

// A check of that kind as a checklist has it, with what must be there filled in by its type.
std::string example_of(const CheckKind& kind) {
  std::string text = fmt::format(
      "In a checklist:\n\n  - id: my-check\n    title: what is right when it passes\n"
      "    kind: {}\n",
      kind.name);
  std::string with;
  for (const auto& setting : kind.settings)
    if (setting.required) with += fmt::format("      {}: ...\n", setting.name);
  if (!with.empty()) text += "    with:\n" + with;
  return text;
}

std::string explanation_of(const CheckKind& kind) {
  auto text = fmt::format("{}\n    {}\n\n", kind.name, kind.summary);
  if (kind.settings.empty()) {
    text += "It has no settings.\n\n";
  } else {
    text += "Settings, under 'with':\n\n";
    add_settings(text, kind.settings, "  ");
    text += '\n';
  }
  text += example_of(kind);
  return text + fmt::format("\nMore, also what it does not prove: docs/kinds/{}.md\n", kind.name);
}

}  // namespace

int explain_command(const Options& options, const Messages& messages) {
  if (options.kind.empty()) return print(list_of_kinds(), messages);
  if (const auto* kind = find_kind(options.kind)) return print(explanation_of(*kind), messages);
  std::vector<std::string_view> names;
  for (const auto* kind : all_kinds()) names.push_back(kind->name);
  messages.say(fmt::format("there is no kind '{}'{}; postflight explain lists them", options.kind,
                           did_you_mean(options.kind, names)));
  return exit_usage;
}

}  // namespace postflight
