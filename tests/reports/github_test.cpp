#include <string>

#include "tests/reports/rendered.hpp"
#include "tests/reports/sample_records.hpp"

namespace postflight::test {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t number = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++number;
  return number;
}

}  // namespace

TEST_CASE("the annotations of GitHub Actions are as accepted", "[reports.github]") {
  check_golden("annotations.txt", rendered("github", full_record()));
}

TEST_CASE("only what gates is an error", "[reports.github]") {
  auto record = full_record();
  CHECK(count(rendered("github", record), "::error ") == 2);
  CHECK(count(rendered("github", record), "::warning ") == 1);
  record.fail_on_warn = true;
  CHECK(count(rendered("github", record), "::error ") == 3);
  CHECK(count(rendered("github", record), "::warning ") == 0);
}

TEST_CASE("text from outside stays in its annotation", "[reports.github]") {
  auto record = sample_record();
  auto result = sample_result("hostile", Status::failed);
  result.title = "a, file=/etc/passwd::b\n::warning::c";
  result.summary = "100%0A\r\n::add-mask::x\n::stop-commands::y";
  record.checks = {result};
  const auto text = rendered("github", record);
  CHECK(count(text, "\n") == 2);
  CHECK(count(text, "%250A") == 1);
  CHECK(text.starts_with("::error title=a%2C file=/etc/passwd%3A%3Ab"));
  CHECK(text.find("\n::notice title=") != text.npos);
}

TEST_CASE("more annotations than GitHub shows are counted in the last one", "[reports.github]") {
  auto record = sample_record();
  for (int i = 0; i < 25; ++i)
    record.checks.push_back(sample_result("check-" + std::to_string(i), Status::failed));
  const auto text = rendered("github", record);
  CHECK(count(text, "::error ") == 10);
  CHECK(text.find("::16 more checks are not green") != text.npos);
  record.checks.resize(10);
  CHECK(rendered("github", record).find("more checks") == std::string::npos);
}

}  // namespace postflight::test
