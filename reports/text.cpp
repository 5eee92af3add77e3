#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "reports/formats.hpp"
#include "reports/text_lines.hpp"
#include "reports/text_safety.hpp"
#include "reports/times.hpp"
#include "reports/words.hpp"

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

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string signal_name(int number) {
  return number == SIGINT    ? "SIGINT"
         : number == SIGTERM ? "SIGTERM"
         : number == SIGHUP  ? "SIGHUP"
                             : fmt::format("signal {}", number);
}

bool is_not_selected(const CheckResult& result) {
  return result.status == Status::skipped && result.reason == "not-selected";
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
      for (const auto& root : result.blocked_by) ++blocked_[root];
    write_head(record);
    const std::string* section = nullptr;
    std::vector<const CheckResult*> left_out;
    for (const auto& result : record.checks) {
      if (style_.quiet && (result.status == Status::passed || is_not_selected(result))) continue;
      if (section == nullptr || *section != result.section) {
        write_not_selected(left_out);
        write_heading(result.section);
        section = &result.section;
      }
      if (is_not_selected(result))
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
    if (const auto blocked = blocked_.find(result.id); blocked != blocked_.end())
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
    const auto verdict = verdict_of(record);
    if (!style_.quiet || lines_.any()) lines_.blank();
    if (record.interrupted_by != 0)
      lines_.put("",
                 fmt::format("The run was interrupted by {}: what had not ended is not known.",
                             signal_name(record.interrupted_by)),
                 Colour::bold);
    lines_.put_marked("", mark_of(verdict, style_), colour_of(verdict), end_words(record, verdict));
  }

  std::string by_whom() const {
    return blocked_.size() == 1 ? " by " + safe_line(blocked_.begin()->first, most_title) : "";
  }

  std::string end_words(const RunRecord& record, Status verdict) const {
    const auto totals = totals_of(record);
    std::vector<std::string> counts;
    const auto count = [&](std::size_t number, std::string_view what) {
      if (number > 0) counts.push_back(fmt::format("{} {}", number, what));
    };
    count(totals.failed, "failed");
    count(totals.errored, "could not be found out");
    count(totals.warned, record.fail_on_warn ? "warned (counts as failed)" : "warned");
    count(totals.passed, "passed");
    std::vector<std::pair<std::string, std::size_t>> skipped;  // by reason, in order
    for (const auto& result : record.checks) {
      if (result.status != Status::skipped) continue;
      const auto reason = result.reason.empty() ? "skipped" : safe_line(result.reason, most_title);
      auto known = std::ranges::find(skipped, reason, &std::pair<std::string, std::size_t>::first);
      if (known == skipped.end()) known = skipped.insert(known, {reason, 0});
      ++known->second;
    }
    for (const auto& [reason, number] : skipped)
      count(number, reason == "not-selected" ? "not selected"
                    : reason == "blocked"    ? "blocked" + by_whom()
                                             : reason);
    if (counts.empty()) counts.emplace_back("no check was run");
    const auto word = verdict == Status::errored  ? "not known"
                      : verdict == Status::warned ? "passed with warnings"
                                                  : to_string(verdict);
    return fmt::format("{}: {}, in {}", word, fmt::join(counts, ", "),
                       human_duration(record.duration));
  }

  TextLines lines_;
  TextStyle style_;
  std::map<std::string, std::size_t> blocked_;  // how many checks, by the id of what blocks them
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
