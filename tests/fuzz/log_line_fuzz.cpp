// A container's log of any bytes: cut into lines, judged by rules.
#include "checks/support/container_log.hpp"
#include "checks/support/findings.hpp"
#include "checks/support/log_rule.hpp"
#include "checks/support/text.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "text/utf8.hpp"

using namespace postflight;
using postflight::test::must;

namespace {

LogRule rule(LogRule::Kind kind, LineMatch lines, std::optional<LineMatch> decides = {}) {
  return {kind,           "rule", std::move(lines), std::move(decides),
          Status::failed, {},     "as it should be"};
}

bool any_line_has(const std::vector<LogLine>& lines, std::string_view word) {
  for (const auto& line : lines)
    if (line.text.find(word) != line.text.npos) return true;
  return false;
}

Status judge(const LogRule& rule, const LogHistory& history) {
  Findings findings;
  judge_log(rule, history, Moment{}, "log", findings);
  must(findings.status() != Status::skipped, "every log is judged");
  return findings.status();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto appears = rule(LogRule::Kind::must_appear, LineMatch(Pattern("ready")));
  static const auto absent = rule(LogRule::Kind::must_not_appear, LineMatch(Pattern("ready")));
  static const auto latest = rule(LogRule::Kind::latest, LineMatch({{"event", "mode"}}, false),
                                  LineMatch({{"embedded", "true"}}, false));
  LogHistory history{};
  try {
    history.logs.emplace_back(std::string(postflight::test::text_of(data, size)));
  } catch (const CannotTell&) {
    return 0;
  }
  history.lines = history.logs.front().lines();
  for (const auto& line : history.lines) {
    must(is_utf8(line.text), "every line is UTF-8");
    must(line.text.find('\n') == line.text.npos, "a line is one line");
  }
  const bool has_word = any_line_has(history.lines, "ready");
  must((judge(appears, history) == Status::passed) == has_word, "passed only by the line itself");
  if (has_word) must(judge(absent, history) == Status::failed, "a forbidden line fails");
  if (history.lines.empty())
    must(judge(absent, history) != Status::passed, "silence alone proves nothing");
  if (judge(latest, history) == Status::passed)
    must(any_line_has(history.lines, "event") || any_line_has(history.lines, "\\u"),
         "JSON fields are found in lines only");
  return 0;
}
