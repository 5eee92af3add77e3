#include "reports/text.hpp"

#include <string>

#include "reports/text_safety.hpp"
#include "reports/times.hpp"
#include "tests/reports/rendered.hpp"
#include "tests/reports/sample_records.hpp"

namespace postflight::test {
namespace {

RunRecord record_of(std::vector<CheckResult> checks) {
  auto record = sample_record();
  record.checks = std::move(checks);
  return record;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the text report is as accepted", "[reports.text]") {
  check_golden("report.txt", rendered("text", full_record()));
}

TEST_CASE("the text of a terminal is as accepted", "[reports.text]") {
  check_golden("terminal.txt",
               rendered_text(full_record(), {.colour = true, .unicode = true, .width = 60}));
  check_golden("quiet.txt", rendered_text(full_record(), {.unicode = false, .quiet = true}));
}

TEST_CASE("a quiet text leaves out what is green and what was not selected", "[reports.text]") {
  const auto text = rendered_text(full_record(), {.quiet = true});
  CHECK(!has(text, "the session table grows"));
  CHECK(!has(text, "the database"));
  CHECK(!has(text, "not selected:"));
  CHECK(has(text, "the outpost runs embedded"));
  CHECK(has(text, "blocked by outpost-endpoints"));
  CHECK(has(text, "× failed: 1 failed, 1 could not be found out, 1 warned, 2 passed"));
}

TEST_CASE("a quiet text of a green run is its last line", "[reports.text]") {
  CHECK(rendered_text(record_of({sample_result("a", Status::passed)}), {.quiet = true}) ==
        "√ passed: 1 passed, in 1.4s\n");
}

TEST_CASE("without colour and without Unicode a text of plain words is ASCII", "[reports.text]") {
  const auto text = rendered_text(full_record(), {.unicode = false});
  for (const char c : text) CHECK((c == '\n' || (c >= 0x20 && c < 0x7f)));
}

TEST_CASE("lines are wrapped at the width, and a URL longer than it stays whole",
          "[reports.text]") {
  auto result = sample_result("a", Status::failed);
  result.title = "a title that is quite a bit longer than forty columns are wide";
  result.summary = "https://example.com/a/path/that/is/much/longer/than/forty/columns and more";
  const auto text = rendered_text(record_of({result}), {.width = 40});
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = text.find('\n', begin);
    const auto line = text.substr(begin, end - begin);
    CAPTURE(line);
    CHECK((columns_of(line) <= 40 || has(line, "https://")));
    begin = end + 1;
  }
  CHECK(
      has(text, "https://example.com/a/path/that/is/much/longer/than/forty/columns\n    and more"));
}

TEST_CASE("a word longer than the line is cut and keeps its indent", "[reports.text]") {
  auto result = sample_result("a", Status::failed);
  result.summary = "é" + std::string(70, 'x') + " end";
  const auto text = rendered_text(record_of({result}), {.width = 40});
  CHECK(has(text,
            "\n    é" + std::string(35, 'x') + "\n    " + std::string(35, 'x') + "\n    end\n"));
}

TEST_CASE("facts of one check are bounded, the worst are shown, and the rest counted",
          "[reports.text]") {
  auto result = sample_result("a", Status::failed);
  for (int i = 0; i < 30; ++i)
    result.evidence.push_back({"warned pod", "ready", "slow", Status::warned});
  result.evidence.push_back({"the bad pod", "ready", "not ready", Status::failed});
  const auto text = rendered_text(record_of({result}), {});
  CHECK(has(text, "× the bad pod"));
  CHECK(has(text, "and 21 more not as expected, 1 as expected"));
}

TEST_CASE("a check that is not green for want of a bad fact shows the facts it has",
          "[reports.text]") {
  auto result = sample_result("a", Status::errored);
  result.reason = "nothing-examined";
  const auto text = rendered_text(record_of({result}), {});
  CHECK(has(text, "could not find out: nothing-examined: what was found about a"));
  CHECK(has(text, "√ pod authentik/web-1"));
}

TEST_CASE("text from outside cannot pose as a line of the report", "[reports.text]") {
  auto result = sample_result("a", Status::failed);
  result.summary = "x\n√ all is well";
  result.title = "t\n√ all is well";
  result.evidence = {{"s\n√ all is well", "e\n√ all is well", "o\n√ all is well", Status::failed}};
  result.hint = "h\n√ all is well";
  const auto text = rendered_text(record_of({result}), {});
  CHECK(!has(text, "\n√"));
  CHECK(has(text, "    √ all is well"));
}

TEST_CASE("an interrupted run says so", "[reports.text]") {
  auto record = full_record();
  record.interrupted_by = 15;
  CHECK(has(rendered("text", record), "interrupted by SIGTERM"));
}

TEST_CASE("a run that a warning fails says that warnings count", "[reports.text]") {
  auto record = record_of({sample_result("a", Status::warned)});
  record.fail_on_warn = true;
  CHECK(has(rendered("text", record), "× failed: 1 warned (counts as failed)"));
}

TEST_CASE("times are UTC and durations short", "[reports.text]") {
  using namespace std::chrono;
  CHECK(utc_seconds(sys_days(year(2026) / 2 / 3) + 4h + 5min + 6s + 999ms) ==
        "2026-02-03T04:05:06");
  CHECK(utc_seconds(sys_days(year(1969) / 12 / 31) + 23h) == "1969-12-31T23:00:00");
  CHECK(human_duration(0ms) == "0ms");
  CHECK(human_duration(999ms) == "999ms");
  CHECK(human_duration(1412ms) == "1.4s");
  CHECK(human_duration(59'990ms) == "1m");
  CHECK(human_duration(125'000ms) == "2m5s");
}

}  // namespace postflight::test
