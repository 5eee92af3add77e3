#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "reports/formats.hpp"
#include "reports/text_safety.hpp"
#include "reports/times.hpp"
#include "reports/words.hpp"
#include "text/counted.hpp"

// GitHub Flavored Markdown, for the summary of a CI job or a comment on a change: the verdict, then
// what somebody has to look at, the worst first, then all checks, folded. It stays under the 65,536
// characters of a comment on GitHub; what is left out is said.

namespace postflight {
namespace {

constexpr std::size_t most_bytes = 60'000;
constexpr std::size_t most_title = 300;
constexpr std::size_t most_words = 1000;
constexpr std::size_t most_facts = 10;  // of one check

// Shows as it is: it is no markup, mentions nobody, and refers to no issue of GitHub or GitLab. An
// empty comment parts what would be taken together.
std::string plain(std::string_view text) {
  constexpr std::string_view markup = "\\`*_[]<>|~&$", before_a_name = "@#!%$~&";
  const auto is_in = [](std::string_view some, char c) { return some.find(c) != some.npos; };
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto rest = text.substr(i);
    if (is_in(markup, text[i])) shown += '\\';
    shown += text[i];
    const bool may_refer = (is_in(before_a_name, text[i]) && rest.size() > 1 && rest[1] != ' ') ||
                           (text[i] == '-' && (shown.ends_with("GH-") || shown.ends_with("gh-")));
    const bool may_link = rest.starts_with("://") || rest.starts_with(".");
    if (may_refer || (may_link && (text[i] == ':' || shown.ends_with("www.")))) shown += "<!-- -->";
  }
  return shown;
}

std::string plain_line(std::string_view text, std::size_t most) {
  return plain(safe_line(text, most));
}

// Further lines stay in their cell.
std::string cell(std::string_view text) {
  std::string shown;
  auto rest = std::string_view(text);
  const auto safe = safe_text(rest, most_words);
  rest = safe;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    shown += (shown.empty() ? "" : "<br>") + plain(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return shown;
}

std::string_view mark_of(Status status) {
  switch (status) {
    case Status::passed:
      return "✅";
    case Status::warned:
      return "⚠️";
    case Status::failed:
      return "❌";
    case Status::errored:
      return "❓";
    case Status::skipped:
      return "➖";
  }
  return "❓";
}

std::string title_of(const CheckResult& result) {
  auto title = result.title.empty() ? plain_line(result.id, most_title)
                                    : plain_line(result.title, most_title);
  if (!result.cluster.empty()) title = plain_line(result.cluster, most_title) + ": " + title;
  return title;
}

std::string id_of(const CheckResult& result) {
  return fmt::format("`{}`", safe_line(result.id, most_title));  // letters, digits and dashes
}

bool is_url(std::string_view text) {
  return (text.starts_with("https://") || text.starts_with("http://")) &&
         text.find_first_of(" <>\n\t\"\\") == text.npos;
}

std::string problem(const CheckResult& result) {
  auto text = fmt::format("\n### {} {}\n\n{}{}: {}{}\n", mark_of(result.status), title_of(result),
                          id_of(result), result.severity == Severity::advisory ? " (advisory)" : "",
                          result.status == Status::errored ? "could not find out: " : "",
                          plain_line(reasoned_summary(result), most_words));
  std::vector<const Evidence*> shown;
  for (const auto status : {Status::failed, Status::errored, Status::warned})
    for (const auto& fact : result.evidence)
      if (fact.status == status) shown.push_back(&fact);
  if (!shown.empty()) text += "\n| | subject | expected | observed |\n|---|---|---|---|\n";
  for (std::size_t i = 0; i < std::min(shown.size(), most_facts); ++i)
    text +=
        fmt::format("| {} | {} | {} | {} |\n", mark_of(shown[i]->status), cell(shown[i]->subject),
                    cell(shown[i]->expected), cell(shown[i]->observed));
  if (shown.size() > most_facts)
    text += fmt::format("\nand {} more not as expected\n", shown.size() - most_facts);
  if (!result.hint.empty())
    text += fmt::format("\nHint: {}\n", plain_line(result.hint, most_words));
  const auto page = safe_line(result.page, most_title);
  if (is_url(page))
    text += fmt::format("\n<{}>\n", page);
  else if (!page.empty())
    text += fmt::format("\nSee {}\n", plain(page));
  return text;
}

std::string row(const CheckResult& result) {
  return fmt::format("| {} | {} {} | {} | {} |\n", mark_of(result.status), title_of(result),
                     id_of(result), plain_line(reasoned_summary(result), most_title),
                     result.examined);
}

std::string head_of(const RunRecord& record) {
  const auto verdict = verdict_of(record);
  auto text =
      fmt::format("## {} {}: {}\n\n{}", mark_of(verdict), plain_line(record.checklist, most_title),
                  verdict_in_words(verdict), plain(totals_in_words(record)));
  if (!record.target.empty()) text += " on " + plain_line(record.target, most_title);
  if (record.shard)
    text += fmt::format(" (shard {} of {})", record.shard->index, record.shard->count);
  text += fmt::format(", {}Z, in {}\n", utc_seconds(record.started),
                      plain(human_duration(record.duration)));
  if (record.interrupted_by != 0)
    text += "\nThe run was interrupted: what had not ended is not known.\n";
  if (!record.replay_of.empty())
    text += fmt::format("\nReplayed from {}: nobody was asked now.\n",
                        plain_line(record.replay_of, most_title));
  if (!record.clusters.empty()) text += "\n| | cluster | found |\n|---|---|---|\n";
  std::size_t told = 0;
  for (; told < record.clusters.size() && text.size() < most_bytes / 2; ++told) {
    const auto& cluster = record.clusters[told];
    const auto part = record_of(record, cluster);
    text += fmt::format("| {} | {} {} | {} |\n", mark_of(verdict_of(part)),
                        plain_line(cluster.name, most_title),
                        plain_line(cluster.target, most_title), plain(totals_in_words(part)));
  }
  if (told < record.clusters.size())
    text += fmt::format("\nand {} more clusters\n", record.clusters.size() - told);
  return text;
}

}  // namespace

void write_markdown(const RunRecord& record, std::ostream& out) {
  auto text = head_of(record);
  const auto problems = worst_first(record);
  std::size_t told = 0;
  for (; told < problems.size(); ++told) {
    const auto next = problem(*problems[told]);
    if (text.size() + next.size() > most_bytes) break;
    text += next;
  }
  if (told < problems.size())
    text += fmt::format("\n**{} more checks are not green**: the JSON report has them all.\n",
                        problems.size() - told);
  std::string rows;
  std::size_t shown = 0, all = 0;
  for (const auto& result : record.checks) {
    if (is_left_out(result) && result.reason == runner_reason::other_shard) continue;
    ++all;
    const auto next = row(result);
    if (shown + 1 != all || text.size() + rows.size() + next.size() > most_bytes) continue;
    rows += next;
    ++shown;
  }
  if (rows.empty() && all > 0)
    text += fmt::format("\nThe table of all {} checks has no room here.\n", all);
  if (!rows.empty())
    text += fmt::format(
        "\n<details><summary>{}</summary>\n\n| | check | found | examined "
        "|\n|---|---|---|---:|\n{}\n"
        "</details>\n",
        shown == all ? counted(all, "check", "checks")
                     : fmt::format("the first {} of {} checks", shown, all),
        rows);
  out << text;
}

}  // namespace postflight
