#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <sstream>

#include "checks/catalogue.hpp"
#include "tests/runner/checklist_reading.hpp"

namespace postflight::test {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(std::string(SOURCE_ROOT) + "/" + path);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("the checklists that docs/checklist.md shows are right", "[documentation]") {
  const auto page = text_of("docs/checklist.md");
  auto from = sources();
  from.find_kind = find_kind;
  std::size_t examples = 0;
  const std::string fence = "```yaml\n";
  for (auto at = page.find(fence); at != page.npos; at = page.find(fence, at)) {
    at += fence.size();
    const auto example = page.substr(at, page.find("```\n", at) - at);
    INFO(example);
    from.set.clear();
    for (const std::string required : {"app_url", "domain"})
      if (example.find("  " + required + ": {required") != example.npos)
        from.set.emplace_back(required, "https://app.example.com/");
    CHECK(mistakes_of(example, from).empty());
    ++examples;
  }
  CHECK(examples == 2);
}

TEST_CASE("docs/checklist.md tells of every key", "[documentation]") {
  const auto page = text_of("docs/checklist.md");
  for (const std::string key :
       {"checklist", "about", "vars",     "checks",  "id",       "title", "kind",  "with",
        "needs",     "tags",  "severity", "timeout", "wait",     "hold",  "waive", "allow-empty",
        "section",   "hint",  "page",     "default", "required", "env",   "file",  "secret"}) {
    INFO(key);
    CHECK(page.find("\n| `" + key + "`") != page.npos);
  }
}

}  // namespace
}  // namespace postflight::test
