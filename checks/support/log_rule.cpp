#include "checks/support/log_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ranges>

#include "checks/support/text.hpp"
#include "text/counted.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using nlohmann::json;

bool same_value(std::string_view one, std::string_view other, bool exact_case) {
  if (exact_case) return one == other;
  const auto lower = [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
  };
  return std::ranges::equal(one, other, {}, lower, lower);
}

std::string fields_text(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value);
  return text;
}

// A pattern for lines that may hold the value. A writer of JSON may write any letter as \uXXXX,
// and writes what is not plain in more than one way.
std::optional<Pattern> prefilter_of(const std::string& value) {
  std::string quoted;
  for (const char character : value) {
    const bool plain = (character >= 'a' && character <= 'z') ||
                       (character >= 'A' && character <= 'Z') ||
                       (character >= '0' && character <= '9');
    if (!plain && character != ' ' && character != '-' && character != '_') return std::nullopt;
    quoted += character;
  }
  if (quoted.empty()) return std::nullopt;
  return Pattern(R"((?i:)" + quoted + R"(|\\u))");
}

std::string quoted_line(const LogLine& line) {
  return fmt::format("{} {}", format_timestamp(line.at), excerpt(line.text));
}

std::string words_of(const LogRule& rule) {
  std::string text;
  switch (rule.kind) {
    case LogRule::Kind::must_appear:
      text = "a line with " + rule.lines.text();
      break;
    case LogRule::Kind::must_not_appear:
      text = "no line with " + rule.lines.text();
      break;
    case LogRule::Kind::latest:
      text = fmt::format("the latest line with {} has {}", rule.lines.text(), rule.decides->text());
      break;
  }
  if (rule.since) text += " in the last " + format_duration(*rule.since);
  return text;
}

// Which of the four forms is written; reports a mistake unless it is exactly one.
std::string form_of(const Settings& settings) {
  std::vector<std::string> written;
  for (const auto* form : {"must-appear", "must-not-appear", "latest", "json"})
    if (settings.has(form)) written.emplace_back(form);
  if (written.size() != 1)
    settings.mistake("name",
                     fmt::format("the rule '{}' must have one of must-appear, "
                                 "must-not-appear, latest and json, and has {}",
                                 settings.text("name"), written.empty() ? "none" : "several"));
  const auto needs = [&](const char* one, const char* other) {
    if (settings.has(one) != settings.has(other))
      settings.mistake(settings.has(one) ? one : other,
                       fmt::format("'{}' and '{}' only make sense together", one, other));
  };
  needs("latest", "decides");
  needs("json", "expect");
  if (settings.has("must-not-appear") && settings.has("when-missing"))
    settings.mistake("when-missing", "a line that must not appear is right when it is missing");
  return written.size() == 1 ? written.front() : "must-appear";
}

}  // namespace

LineMatch::LineMatch(Pattern pattern) : pattern_(std::move(pattern)) {}

LineMatch::LineMatch(std::vector<std::pair<std::string, std::string>> fields, bool exact_case)
    : fields_(std::move(fields)), exact_case_(exact_case) {
  for (const auto& [name, value] : fields_)
    if (!may_match_) may_match_ = prefilter_of(value);
}

bool LineMatch::matches(std::string_view line) const {
  if (pattern_) return pattern_->found_in(line);
  const auto begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos || line[begin] != '{') return false;
  if (may_match_ && !may_match_->found_in(line)) return false;
  if (!is_nested_at_most(line, deepest_answer))
    throw CannotTell("unreadable",
                     fmt::format("a log line is JSON nested deeper than {} levels: {}",
                                 deepest_answer, excerpt(line, 80)));
  const auto object = json::parse(line, nullptr, false);
  if (!object.is_object()) return false;
  return std::ranges::all_of(fields_, [&](const auto& wanted) {
    const auto field = object.find(wanted.first);
    if (field == object.end()) return false;
    return same_value(field->is_string() ? field->template get<std::string>() : field->dump(),
                      wanted.second, exact_case_);
  });
}

std::string LineMatch::text() const {
  return pattern_ ? fmt::format("/{}/", pattern_->text()) : fields_text(fields_);
}

LogRule read_log_rule(const Settings& settings, std::optional<std::chrono::milliseconds> since) {
  const auto form = form_of(settings);
  const bool exact_case = settings.flag("exact-case");
  LogRule rule{LogRule::Kind::must_appear,
               settings.text("name"),
               form == "json" ? LineMatch(settings.text_map("json"), exact_case)
                              : LineMatch(Pattern(settings.text(form))),
               std::nullopt,
               Status::failed,
               settings.has("since") ? settings.optional_duration("since") : since,
               {}};
  if (form == "must-not-appear") rule.kind = LogRule::Kind::must_not_appear;
  if (form == "latest" || form == "json") rule.kind = LogRule::Kind::latest;
  if (form == "latest") rule.decides = LineMatch(Pattern(settings.text("decides")));
  if (form == "json") {
    rule.decides = LineMatch(settings.text_map("expect"), exact_case);
    for (const auto* map : {"json", "expect"})
      if (settings.has(map) && settings.text_map(map).empty())
        settings.mistake(map, fmt::format("'{}' names no field", map));
  }
  // Beyond ten years a point in time would wrap around.
  if (rule.since && (rule.since->count() <= 0 || *rule.since > std::chrono::hours(10 * 365 * 24)))
    settings.mistake("since", "'since' must be more than 0 and at most ten years");
  const auto when_missing = settings.text("when-missing");
  if (when_missing == "errored") rule.when_missing = Status::errored;
  if (when_missing == "passed") rule.when_missing = Status::passed;
  rule.expected = words_of(rule);
  return rule;
}

void judge_log(const LogRule& rule, const LogHistory& history, Moment now,
               const std::string& subject, Findings& findings) {
  const auto window = rule.since ? std::optional(now - *rule.since) : std::nullopt;
  const auto start = window.value_or(Moment::min());
  const LogLine* latest = nullptr;
  std::size_t looked_at = 0, found = 0;
  for (const auto& line : history.lines | std::views::reverse) {
    if (line.at < start) continue;
    ++looked_at;
    if (!rule.lines.matches(line.text)) continue;
    ++found;
    if (latest == nullptr) latest = &line;
    // Only a line that must not be there is counted; else the newest says it all.
    if (rule.kind != LogRule::Kind::must_not_appear) break;
  }
  if (latest != nullptr) {
    const bool right = rule.kind == LogRule::Kind::must_appear ||
                       (rule.decides && rule.decides->matches(latest->text));
    findings.add(right ? Status::passed : Status::failed, subject, rule.expected,
                 found > 1 ? fmt::format("{} lines, the latest: {}", found, quoted_line(*latest))
                           : quoted_line(*latest));
    return;
  }
  if (const auto gap = history.gap(window); !gap.empty()) {
    findings.add_unknown(
        subject, rule.expected, "log-start-gone",
        fmt::format("log start is gone: no such line in what is left, and {}", gap));
    return;
  }
  const auto since = format_timestamp(std::max(start, history.started));
  const auto none =
      fmt::format("no such line among the {} since {}", counted(looked_at, "line"), since);
  const bool may_be_missing =
      rule.kind == LogRule::Kind::must_not_appear || rule.when_missing == Status::passed;
  if (may_be_missing && looked_at == 0) {
    findings.add_unknown(
        subject, rule.expected, "nothing-examined",
        fmt::format("not a single line was written since {}: silence proves nothing", since));
  } else if (may_be_missing) {
    findings.add(Status::passed, subject, rule.expected, none);
  } else if (rule.when_missing == Status::errored) {
    findings.add_unknown(subject, rule.expected, "line-missing", none);
  } else {
    findings.add(Status::failed, subject, rule.expected, none);
  }
}

}  // namespace postflight
