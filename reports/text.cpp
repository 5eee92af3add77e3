#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "reports/formats.hpp"
#include "reports/text_lines.hpp"
#include "reports/text_safety.hpp"
#include "reports/times.hpp"
#include "reports/words.hpp"
#include "text/counted.hpp"

// As `linkerd check` tells it:
//
//   the outpost
//   -----------
//   √ the API server is ready
//       v1.29.3 answers and is ready (1 object examined)
//   × the outpost Service routes to two ready outpost pods [outpost-endpoints]
//       service authentik/outpost has 1 ready endpoint, 2 are wanted
//       × pod authentik/outpost-2
//           expected: ready
//           observed: not ready since 20:01:12Z
//       hint: Look at the pod's readiness probe.
//       see https://example.com/checks/outpost-endpoints
//
//   × failed: 1 failed, 1 passed, in 412ms

namespace postflight {
namespace {

constexpr std::size_t most_facts = 10;  // of one check; the JSON report has all of them
constexpr std::size_t most_title = 300;
constexpr std::size_t most_words = 2000;

std::string signal_name(int number) {
  return number == SIGINT    ? "SIGINT"
         : number == SIGTERM ? "SIGTERM"
         : number == SIGHUP  ? "SIGHUP"
                             : fmt::format("signal {}", number);
}

Colour colour_of(Status status) {
  switch (status) {
    case Status::passed:
      return Colour::green;
    case Status::warned:
      return Colour::yellow;
    case Status::failed:
      return Colour::red;
    case Status::errored:
      return Colour::magenta;
    case Status::skipped:
      return Colour::dim;
  }
  return Colour::magenta;
}

class Writer {
 public:
  Writer(std::ostream& out, const TextStyle& style)
      : lines_(out, style.colour, style.width), style_(style) {}

  void write(const RunRecord& record) {
    for (const auto& result : record.checks)
      for (const auto& root : result.blocked_by) ++blocked_[{result.cluster, root}];
    write_head(record);
    std::optional<std::string> section;
    std::vector<const CheckResult*> left_out;
    for (const auto& result : record.checks) {
      if (style_.quiet && (result.status == Status::passed || is_left_out(result))) continue;
      // What others do is told at the end, as a number.
      if (result.reason == runner_reason::other_shard && is_left_out(result)) continue;
      if (const auto next = section_of(result); section != next) {
        write_not_selected(left_out);
        write_heading(next);
        section = next;
      }
      if (is_left_out(result))
        left_out.push_back(&result);
      else
        write_check(result);
    }
    write_not_selected(left_out);
    write_end(record);
  }

 private:
  void write_head(const RunRecord& record) {
    if (style_.quiet) return;
    auto head = safe_line(record.checklist, most_title);
    if (!record.target.empty()) head += " on " + safe_line(record.target, most_title);
    if (record.shard)
      head += fmt::format(", shard {} of {}", record.shard->index, record.shard->count);
    lines_.put("", fmt::format("{}, {}Z", head, utc_seconds(record.started)), Colour::none);
    if (!record.replay_of.empty())
      lines_.put("",
                 fmt::format("replayed from {}, recorded then: nobody was asked now",
                             safe_line(record.replay_of, most_title)),
                 Colour::none);
  }

  void write_heading(const std::string& section) {
    const auto heading = safe_line(section, most_title);
    if (lines_.any()) lines_.blank();
    if (heading.empty()) return;
    lines_.put_whole(heading, Colour::bold);
    lines_.put_whole(std::string(columns_of(heading), '-'), Colour::none);
  }

  void write_check(const CheckResult& result) {
    auto title = safe_line(result.title, most_title);
    if (title.empty()) title = result.id;
    // What to look at is what blocks it: one quiet line is enough.
    if (result.status == Status::skipped && !result.blocked_by.empty()) {
      lines_.put(
          fmt::format("{} ", mark_of(result.status, style_)),
          fmt::format("{} [{}], {}", title, result.id, safe_line(result.summary, most_title)),
          Colour::dim);
      return;
    }
    if (result.status != Status::passed) title += fmt::format(" [{}]", result.id);
    lines_.put_marked("", mark_of(result.status, style_), colour_of(result.status), title);
    write_summary(result);
    if (const auto blocked = blocked_.find({result.cluster, result.id}); blocked != blocked_.end())
      lines_.put("    ",
                 counted(blocked->second, "other check cannot be known before this one is right",
                         "other checks cannot be known before this one is right"),
                 Colour::bold);
    if (result.status == Status::passed || result.status == Status::skipped) return;
    write_facts(result);
    const auto hint = safe_text(result.hint, most_words);
    if (!hint.empty()) lines_.put("    hint: ", hint, Colour::none);
    const auto page = safe_line(result.page, most_title);
    if (!page.empty()) lines_.put("    see ", page, Colour::none);
  }

  void write_summary(const CheckResult& result) {
    auto summary = safe_text(reasoned_summary(result), most_words);
    if (result.status == Status::errored) summary = "could not find out: " + summary;
    std::vector<std::string> notes;
    if (result.status == Status::passed)
      notes.push_back(counted(result.examined, "object examined", "objects examined"));
    // The summary of a check that did not come true says how long it was waited for, that of one
    // that held for how long.
    if (result.attempts > 1 && !result.held &&
        (result.status == Status::passed || result.status == Status::warned))
      notes.push_back(
          fmt::format("at attempt {}, after {}", result.attempts, human_duration(result.duration)));
    if (!notes.empty()) {
      const auto note = fmt::format("({})", fmt::join(notes, ", "));
      summary = summary.empty() ? note : summary + " " + note;
    }
    if (!summary.empty())
      lines_.put("    ", summary,
                 result.status == Status::passed || result.status == Status::skipped
                     ? Colour::dim
                     : Colour::none);
  }

  // Only what is not as expected; all of it when the check is not green for another reason.
  void write_facts(const CheckResult& result) {
    std::vector<const Evidence*> shown;
    for (const auto& fact : result.evidence)
      if (fact.status != Status::passed) shown.push_back(&fact);
    const bool all = shown.empty();
    if (all)
      for (const auto& fact : result.evidence) shown.push_back(&fact);
    // The worst first, so that what is cut is never worse than what is shown.
    std::ranges::stable_sort(shown, {}, [](const Evidence* fact) {
      return fact->status == Status::failed ? 0 : fact->status == Status::errored ? 1 : 2;
    });
    for (std::size_t i = 0; i < std::min(shown.size(), most_facts); ++i) write_fact(*shown[i]);
    std::vector<std::string> rest;
    if (shown.size() > most_facts)
      rest.push_back(
          fmt::format("{} more {}", shown.size() - most_facts, all ? "facts" : "not as expected"));
    if (const auto green = result.evidence.size() - shown.size(); green > 0)
      rest.push_back(fmt::format("{} as expected", green));
    if (!rest.empty())
      lines_.put("    ", fmt::format("and {}", fmt::join(rest, ", ")), Colour::dim);
  }

  void write_fact(const Evidence& fact) {
    lines_.put_marked("    ", mark_of(fact.status, style_), colour_of(fact.status),
                      safe_line(fact.subject, most_title));
    lines_.put("        expected: ", safe_text(fact.expected, most_words), Colour::none);
    lines_.put("        observed: ", safe_text(fact.observed, most_words), Colour::none);
  }

  void write_not_selected(std::vector<const CheckResult*>& left_out) {
    if (left_out.empty()) return;
    std::vector<std::string> ids;
    for (const auto* result : left_out) ids.push_back(safe_line(result->id, most_title));
    lines_.put(fmt::format("{} ", mark_of(Status::skipped, style_)),
               fmt::format("not selected: {}", fmt::join(ids, ", ")), Colour::dim);
    left_out.clear();
  }

  void write_end(const RunRecord& record) {
    if (!style_.quiet || lines_.any()) lines_.blank();
    if (record.interrupted_by != 0)
      lines_.put("",
                 fmt::format("The run was interrupted by {}: what had not ended is not known.",
                             signal_name(record.interrupted_by)),
                 Colour::bold);
    for (const auto& cluster : record.clusters) {
      const auto part = record_of(record, cluster);
      auto name = safe_line(cluster.name, most_title);
      if (!cluster.target.empty())
        name += fmt::format(" ({})", safe_line(cluster.target, most_title));
      write_verdict(part, name + ": ");
    }
    write_verdict(record, "");
  }

  void write_verdict(const RunRecord& record, const std::string& whose) {
    const auto verdict = verdict_of(record);
    lines_.put_marked("", mark_of(verdict, style_), colour_of(verdict),
                      fmt::format("{}{}: {}, in {}", whose, verdict_in_words(verdict),
                                  totals_in_words(record), human_duration(record.duration)));
  }

  TextLines lines_;
  TextStyle style_;
  // How many checks, by the cluster and the id of what blocks them.
  std::map<std::pair<std::string, std::string>, std::size_t> blocked_;
};

}  // namespace

std::string_view mark_of(Status status, const TextStyle& style) {
  switch (status) {
    case Status::passed:
      return style.unicode ? "√" : "+";
    case Status::warned:
      return style.unicode ? "‼" : "!";
    case Status::failed:
      return style.unicode ? "×" : "x";
    case Status::errored:
      return "?";
    case Status::skipped:
      return "-";
  }
  return "?";
}

void write_text(const RunRecord& record, std::ostream& out, const TextStyle& style) {
  Writer(out, style).write(record);
}

void write_plain_text(const RunRecord& record, std::ostream& out) { write_text(record, out, {}); }

}  // namespace postflight
