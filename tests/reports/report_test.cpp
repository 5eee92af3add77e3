#include "reports/report.hpp"

#include <algorithm>
#include <string>

#include "tests/reports/rendered.hpp"
#include "tests/reports/sample_records.hpp"

namespace postflight::test {
namespace {

// Formats that leave out on purpose: what is green, or all words.
bool is_short(const ReportFormat& format) {
  return format.name == "github" || format.name == "termination" || format.name == "prometheus";
}

}  // namespace

TEST_CASE("every format shows every check, whatever became of it", "[reports]") {
  const auto record = full_record();
  REQUIRE(!all_report_formats().empty());
  for (const auto& format : all_report_formats()) {
    CAPTURE(format.name);
    const auto text = rendered(format.name, record);
    for (const auto& result : record.checks) {
      CAPTURE(result.id);
      const bool is_problem = result.status != Status::passed && result.status != Status::skipped;
      if (is_short(format) && format.name != "prometheus" && !is_problem) continue;
      CHECK((text.find(result.id) != std::string::npos ||
             text.find(result.title) != std::string::npos));
    }
  }
}

TEST_CASE("every format says what each pass examined and why each unknown is unknown",
          "[reports]") {
  for (const auto& format : all_report_formats()) {
    if (is_short(format)) continue;
    CAPTURE(format.name);
    const auto text = rendered(format.name, full_record());
    CHECK(text.find("version 1.31.2 answers and is ready") != std::string::npos);
    CHECK(text.find("examined") != std::string::npos);
    CHECK(text.find("forbidden") != std::string::npos);
    CHECK(text.find("not ready since 20:01:12Z") != std::string::npos);
    CHECK(text.find("Empty endpoints make the edge fall back") != std::string::npos);
    CHECK(text.find("https://example.com/checks/outpost-endpoints") != std::string::npos);
  }
}

TEST_CASE("every format tells a record without checks, and never as passed", "[reports]") {
  for (const auto& format : all_report_formats()) {
    CAPTURE(format.name);
    const auto text = rendered(format.name, sample_record());
    CHECK(text.find("authentik-upgrade") != std::string::npos);
    CHECK(text.find("√") == std::string::npos);
    CHECK(text.find("✅") == std::string::npos);
    CHECK(text.find("\"passed\",") == std::string::npos);
  }
}

TEST_CASE("no format lets through what steers a terminal", "[reports]") {
  for (const auto& format : all_report_formats()) {
    CAPTURE(format.name);
    const auto text = rendered(format.name, hostile_record());
    CHECK(std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20 && c != '\n'); }));
    CHECK(text.find('\x7f') == std::string::npos);
    CHECK(text.find("\xc2\x9b") == std::string::npos);
    CHECK(text.find("\xe2\x80\xae") == std::string::npos);
    CHECK(text.find("\xff") == std::string::npos);
    if (format.name != "prometheus") CHECK(text.find("\xf0\x9f\x98\x80") != std::string::npos);
  }
}

TEST_CASE("a format is found by its name and no other", "[reports]") {
  for (const auto& format : all_report_formats()) CHECK(find_report_format(format.name) == &format);
  CHECK(find_report_format("tap") == nullptr);
  CHECK(find_report_format("") == nullptr);
}

TEST_CASE("the same record is told in the same words", "[reports]") {
  for (const auto& format : all_report_formats())
    CHECK(rendered(format.name, full_record()) == rendered(format.name, full_record()));
}

}  // namespace postflight::test
