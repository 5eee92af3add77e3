#include <string>

#include "tests/reports/rendered.hpp"
#include "tests/reports/sample_records.hpp"

namespace postflight::test {

TEST_CASE("the Markdown summary is as accepted", "[reports.markdown]") {
  check_golden("summary.md", rendered("markdown", full_record()));
  check_golden("summary-of-two-clusters.md", rendered("markdown", fleet_record()));
}

TEST_CASE("text from outside is no markup, mentions nobody and refers to nothing",
          "[reports.markdown]") {
  auto record = sample_record();
  auto result = sample_result("hostile", Status::failed);
  result.summary = "<b>x</b> [y](https://example.com) @admin #1 !2 %3 ~bug | *z* `code` &lt; $a$";
  result.evidence = {{"a|b", "one\ntwo", "@team", Status::failed}};
  result.page = "javascript:alert(1)";
  record.checks = {result};
  const auto text = rendered("markdown", record);
  CHECK(text.find("\\<b\\>x\\</b\\> \\[y\\](https:<!-- -->//example.com) @<!-- -->admin "
                  "#<!-- -->1 !<!-- -->2 %<!-- -->3 \\~<!-- -->bug \\| \\*z\\* \\`code\\` "
                  "\\&<!-- -->lt; \\$<!-- -->a\\$") != text.npos);
  CHECK(text.find("| ❌ | a\\|b | one<br>two | @<!-- -->team |") != text.npos);
  CHECK(text.find("<javascript:") == text.npos);
}

TEST_CASE("a summary fits into a comment, and says what it leaves out", "[reports.markdown]") {
  auto record = sample_record();
  for (int i = 0; i < 3000; ++i) {
    record.checks.push_back(
        sample_result("check-" + std::to_string(i), i % 2 ? Status::passed : Status::failed));
    record.checks.back().summary = std::string(200, 'x');
  }
  const auto text = rendered("markdown", record);
  CHECK(text.size() < 65'536);
  CHECK(text.size() > 55'000);
  CHECK(text.find("more checks are not green**: the JSON report has them all") != text.npos);
  record.checks.resize(300);
  for (auto& check : record.checks) check.status = Status::passed;
  const auto green = rendered("markdown", record);
  CHECK(green.size() < 65'536);
  CHECK(green.find("<summary>the first ") != green.npos);
  CHECK(green.find(" of 300 checks</summary>") != green.npos);
}

}  // namespace postflight::test
