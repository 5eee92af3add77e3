#include "runner/checklist.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/runner/fake_kind.hpp"

namespace postflight::test {
namespace {

ChecklistSources sources() {
  ChecklistSources sources;
  sources.environment = [](const std::string&) { return std::nullopt; };
  sources.read_file = [](const std::string&) { return std::nullopt; };
  sources.find_kind = [](std::string_view name) {
    return name == echo_kind().name ? &echo_kind() : nullptr;
  };
  sources.suggest_kind = [](std::string_view) { return std::string("test.echo"); };
  return sources;
}

// "line:column what" of each mistake, one a line.
std::string mistakes_of(std::string_view text, const ChecklistSources& from = sources()) {
  std::string all;
  try {
    read_checklist(text, "c.yaml", from);
  } catch (const Mistakes& e) {
    for (const auto& mistake : e.list())
      all += std::to_string(mistake.where.line) + ":" + std::to_string(mistake.where.column) + " " +
             mistake.what + "\n";
  }
  return all;
}

Checklist read(std::string_view text, const ChecklistSources& from = sources()) {
  return read_checklist(text, "c.yaml", from);
}

TEST_CASE("a checklist of one check needs only names, a title and a kind", "[checklist]") {
  const auto checklist = read(R"(
checklist: small
checks:
  - id: one
    title: the one is well
    kind: test.echo
)");
  REQUIRE(checklist.entries.size() == 1);
  const auto& entry = checklist.entries[0];
  CHECK(checklist.name == "small");
  CHECK(entry.id == "one");
  CHECK(entry.section == "small");
  CHECK(entry.page == "docs/kinds/test.echo.md");
  CHECK(entry.timeout == std::chrono::seconds(30));
  CHECK(entry.severity == Severity::blocking);
  CHECK(entry.check != nullptr);
}

TEST_CASE("every mistake is reported at once, in file order, where it was written", "[checklist]") {
  CHECK(mistakes_of(R"(checklist: c
abuot: typo
vars:
  count: {requird: true, about: a count}
  must: {required: true, about: what must be}
checks:
  - id: one
    titel: typo
    kind: test.eco
  - id: one
    title: ${nmae}
    kind: test.echo
    timeout: soon
    with: {number: ${must}, colour: blue, list: {a: b}}
)") == R"(2:1 unknown key 'abuot' of a checklist; did you mean 'about'?
4:11 unknown key 'requird' of a variable; did you mean 'required'?
5:3 the variable 'must' has no value (what must be): set it with --set must=...
7:5 'title' is missing
8:5 unknown key 'titel' of a check; did you mean 'title'?
9:11 there is no kind 'test.eco'; did you mean 'test.echo'?
10:9 the id 'one' is already used at c.yaml:7:9
11:12 the variable 'nmae' is not declared in 'vars'
13:14 'timeout' must be a duration above zero, such as 30s, 5m or 28d, not 'soon'
14:37 'colour' must be one of red, green, not 'blue'
14:49 'list' must be a list
)");
}

}  // namespace
}  // namespace postflight::test
