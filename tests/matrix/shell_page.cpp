#include <fmt/format.h>

#include <algorithm>

#include "tests/matrix/shell.hpp"
#include "tests/matrix/verdict.hpp"

namespace postflight::matrix {

namespace {

bool shell_passes_falsely(const Comparison& comparison) {
  return comparison.shell == Reading::passed && !may_be_green(comparison.ours);
}
bool shell_fails_falsely(const Comparison& comparison) {
  return comparison.shell == Reading::failed && !may_be_red(comparison.ours);
}
bool shell_hangs(const Comparison& comparison) { return comparison.shell == Reading::no_answer; }
bool shell_was_asked(const Comparison& comparison) {
  return comparison.shell != Reading::not_asked;
}

std::string reading_of(const Comparison& comparison) {
  if (shell_passes_falsely(comparison)) return "**false pass**";
  if (shell_fails_falsely(comparison)) return "**false failure**";
  switch (comparison.shell) {
    case Reading::passed:
      return "passed";
    case Reading::failed:
      return "failed";
    case Reading::error:
      return "error";
    case Reading::no_answer:
      return "**no answer**";
    case Reading::not_asked:
      return "not asked";
  }
  return "";
}

std::string verdict_of(const Comparison& comparison) {
  const auto& found = comparison.ours.found;
  return found.reason.empty() ? found.status : found.status + " " + found.reason;
}

using Comparisons = std::vector<const Comparison*>;

// What most questions have in common is told once, the others by their names.
std::string text_of(const Comparisons& here, std::string (*tell)(const Comparison&)) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const auto* comparison : here) {
    const auto text = tell(*comparison);
    auto at = std::find_if(groups.begin(), groups.end(),
                           [&](const auto& group) { return group.first == text; });
    if (at == groups.end()) at = groups.insert(at, {text, {}});
    at->second.push_back(comparison->question ? comparison->question->question.name : "all");
  }
  std::stable_sort(groups.begin(), groups.end(), [](const auto& one, const auto& other) {
    return one.second.size() > other.second.size();
  });
  std::string all;
  for (const auto& [text, questions] : groups)
    all += all.empty() ? text : fmt::format("<br>{}: {}", fmt::join(questions, ", "), text);
  return all;
}

Comparisons of(const Step& step, const Failure& failure,
               const std::vector<Comparison>& comparisons) {
  Comparisons found;
  for (const auto& one : comparisons)
    if (one.step == &step && one.ours.failure == &failure) found.push_back(&one);
  return found;
}

std::string table_of(const Family& family, const std::vector<Comparison>& comparisons) {
  std::vector<const Step*> columns;
  std::string table = "| " + family.title + " |", rule = "|---|";
  for (const auto& step : steps()) {
    if (std::all_of(family.failures.begin(), family.failures.end(),
                    [&](const auto& failure) { return of(step, failure, comparisons).empty(); }))
      continue;
    columns.push_back(&step);
    table += fmt::format(" {} | postflight |", step.name);
    rule += "---|---|";
  }
  table += "\n" + rule + "\n";
  for (const auto& failure : family.failures) {
    std::string row;
    bool any = false;
    for (const auto* step : columns) {
      const auto here = of(*step, failure, comparisons);
      any = any || !here.empty();
      row += here.empty()
                 ? " | |"
                 : fmt::format(" {} | {} |", text_of(here, reading_of), text_of(here, verdict_of));
    }
    if (any) table += "| " + failure.name + " |" + row + "\n";
  }
  return table;
}

}  // namespace

std::string comparison_section(const std::string& name, const std::string& title,
                               const std::vector<Family>& families,
                               const std::vector<Comparison>& comparisons) {
  const auto count = [&](auto what) {
    return std::count_if(comparisons.begin(), comparisons.end(), what);
  };
  auto text = fmt::format(
      "<!-- begin {} -->\n## {}\n\n"
      "{} steps met a failure. Shell commands: {} false passes, {} false failures, {} without an "
      "answer (45 s). postflight in the same worlds: {}, {}, 0.\n\n",
      name, title, count(shell_was_asked), count(shell_passes_falsely), count(shell_fails_falsely),
      count(shell_hangs), count([](const auto& one) { return is_false_pass(one.ours); }),
      count([](const auto& one) { return is_false_failure(one.ours); }));
  if (!std::all_of(comparisons.begin(), comparisons.end(), shell_was_asked))
    text += "`not asked`: nothing that the step asked met the failure. It counts as nothing.\n\n";
  for (const auto& family : families) text += table_of(family, comparisons) + "\n";
  return text + fmt::format("<!-- end {} -->\n", name);
}

}  // namespace postflight::matrix
