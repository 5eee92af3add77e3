#include "runner/checklist.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/runner/checklist_reading.hpp"

namespace postflight::test {
namespace {

using Words = std::vector<std::string>;

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

TEST_CASE("every key of a check is read", "[checklist]") {
  const auto entry = read(R"(
checklist: c
checks:
  - id: base
    title: base
    kind: test.echo
  - id: A-1_b.c
    title: the title
    kind: test.echo
    with: {text: x}
    needs: base
    tags: [one, two]
    severity: advisory
    timeout: 1m
    wait: {for: 2m, every: 10s}
    hold: {for: 10m, every: 20s}
    waive: {reason: known until the next release, until: 2026-02-28}
    allow-empty: true
    section: a section
    hint: a hint
    page: https://example.com/runbook
)")
                         .entries.at(1);
  using namespace std::chrono;
  CHECK(entry.id == "A-1_b.c");
  CHECK(entry.title == "the title");
  CHECK(entry.kind == &echo_kind());
  CHECK(entry.needs == Words{"base"});
  CHECK(to_string(entry.need_places.at(0)) == "c.yaml:11:12");
  CHECK(entry.tags == Words{"one", "two"});
  CHECK(entry.severity == Severity::advisory);
  CHECK(entry.timeout == 1min);
  CHECK(entry.wait.patience == 2min);
  CHECK(entry.wait.every == 10s);
  CHECK(entry.hold.window == 10min);
  CHECK(entry.hold.every == 20s);
  REQUIRE(entry.waiver);
  CHECK(entry.waiver->reason == "known until the next release");
  CHECK(entry.waiver->until == year(2026) / 2 / 28);
  CHECK(entry.allow_empty);
  CHECK(entry.section == "a section");
  CHECK(entry.hint == "a hint");
  CHECK(entry.page == "https://example.com/runbook");
  CHECK(to_string(entry.where) == "c.yaml:7:5");
}

// A checklist of one good check with these lines in it, each of which is indented.
std::string check_with(const std::string& lines) {
  return "checklist: c\nchecks:\n  - id: one\n    title: t\n    kind: test.echo\n" + lines;
}

TEST_CASE("a wait is asked every five seconds, or as often as it lasts", "[checklist]") {
  using namespace std::chrono_literals;
  CHECK(read(check_with("    wait: {for: 2m}\n")).entries[0].wait.every == 5s);
  CHECK(read(check_with("    wait: {for: 2s}\n")).entries[0].wait.every == 2s);
  CHECK(mistakes_of(check_with("    wait: {for: 2s, every: 3s}\n")) ==
        "6:28 'every' (3s) is longer than 'for' (2s)\n");
  CHECK(
      mistakes_of(check_with("    wait: {for: 2s, every: 0s}\n")).starts_with("6:28 'every' must"));
  CHECK(mistakes_of(check_with("    wait: {every: 3s}\n")).starts_with("6:11 'for' is missing"));
  CHECK(mistakes_of(check_with("    wait: {for: x, evry: 1s}\n")) ==
        "6:17 'for' must be a duration above zero, such as 30s, 5m or 28d, not 'x'\n"
        "6:20 unknown key 'evry' of 'wait'; did you mean 'every'?\n");
  CHECK(mistakes_of(check_with("    wait: 2m\n")) == "6:11 'wait' must be a map\n");
}

TEST_CASE("a hold is sampled every fifteen seconds, or as often as it lasts", "[checklist]") {
  using namespace std::chrono_literals;
  CHECK(read(check_with("    wait: {for: 2m}\n")).entries[0].hold.window == 0s);
  CHECK(read(check_with("    hold: {for: 10m}\n")).entries[0].hold.every == 15s);
  CHECK(read(check_with("    hold: {for: 2s}\n")).entries[0].hold.every == 2s);
  CHECK(mistakes_of(check_with("    hold: {for: 1m, every: 2m}\n")) ==
        "6:28 'every' (2m) is longer than 'for' (1m)\n");
  CHECK(mistakes_of(check_with("    hold: {every: 3s}\n")) ==
        "6:11 'for' is missing: how long it must stay true, such as 10m\n");
  CHECK(mistakes_of(check_with("    hold: {for: 1m, evry: 1s}\n")) ==
        "6:21 unknown key 'evry' of 'hold'; did you mean 'every'?\n");
  CHECK(mistakes_of(check_with("    hold: 10m\n")) == "6:11 'hold' must be a map\n");
}

TEST_CASE("a waiver needs a reason and a day that exists", "[checklist]") {
  const auto of = [](const std::string& waive) {
    return mistakes_of(check_with("    waive: " + waive + "\n"));
  };
  CHECK(of("{reason: r, until: 2028-02-29}").empty());
  CHECK(of("{until: 2026-01-01}") == "6:12 'reason' is missing\n");
  CHECK(of("{reason: r}") == "6:12 'until' is missing\n");
  for (const std::string day : {"2026-02-29", "2026-13-01", "2026-1-01", "01.01.2026", "2026-01-0x",
                                "2026-00-10", "tomorrow!!", "-026-01-01", "2026-01-001"}) {
    INFO(day);
    CHECK(of("{reason: r, until: " + day + "}") ==
          "6:31 'until' must be a day, YYYY-MM-DD, not '" + day + "'\n");
  }
}

TEST_CASE("what a check says of itself has to make sense", "[checklist]") {
  CHECK(mistakes_of(check_with("    severity: critical\n")) ==
        "6:15 'severity' must be blocking or advisory\n");
  CHECK(mistakes_of(check_with("    allow-empty: yes\n")) ==
        "6:18 'allow-empty' must be true or false\n");
  CHECK(mistakes_of(check_with("    timeout: 0s\n")).starts_with("6:14 'timeout' must be"));
  CHECK(mistakes_of(check_with("    needs: [one]\n")) == "6:13 'one' needs itself\n");
  CHECK(mistakes_of(check_with("    needs: [{a: b}]\n")) == "6:13 'needs' must hold words\n");
  CHECK(mistakes_of(check_with("    hint: [a]\n")) == "6:11 'hint' must be one value\n");
  CHECK(mistakes_of(check_with("    with: x\n")) == "6:11 settings must be a map\n");
  CHECK(mistakes_of("checklist: c\nchecks: [x]\n") ==
        "2:10 a check must be a map with id, title and kind\n");
}

TEST_CASE("an id is made of letters, digits and a few marks", "[checklist]") {
  for (const std::string id : {"a b", "-a", ".a", "_a", "a/b", "a*", "\xc3\xa4", "\"\""}) {
    INFO(id);
    CHECK(!mistakes_of("checklist: c\nchecks:\n- {id: " + id + ", title: t, kind: test.echo}\n")
               .empty());
  }
}

TEST_CASE("a checklist without a name or without checks is a mistake", "[checklist]") {
  CHECK(mistakes_of("") == "1:1 a checklist is a map with 'checklist' and 'checks'\n");
  CHECK(mistakes_of("- a\n") == "1:1 a checklist is a map with 'checklist' and 'checks'\n");
  CHECK(mistakes_of("{}") ==
        "1:1 'checklist' is missing: the name of this checklist\n"
        "1:1 'checks' must be a list of one check or more\n");
  CHECK(mistakes_of("checklist: c\nchecks: []\n") ==
        "2:9 'checks' must be a list of one check or more\n");
  CHECK(mistakes_of("checklist: c\nchecks:\n") ==
        "2:1 'checks' must be a list of one check or more\n");
}

TEST_CASE("a file that is not YAML reports just that", "[checklist]") {
  auto from = sources();
  from.set = {{"x", "1"}};
  CHECK(mistakes_of("checklist: [c\n", from) == "3:1 not YAML: end of sequence flow not found\n");
}

TEST_CASE("what only the kind can see is reported too", "[checklist]") {
  CHECK(mistakes_of(check_with("    with: {number: 11}\n")) == "6:20 the number is above 10\n");
  CHECK(read(check_with("    with: {number: 10}\n")).entries[0].check != nullptr);
}

TEST_CASE("a kind that throws while it reads its settings is a mistake, not a crash",
          "[checklist]") {
  static constexpr CheckKind broken{
      "test.broken", "", {}, [](const Settings&) -> std::unique_ptr<Check> {
        throw std::logic_error("a slip");
      }};
  static constexpr CheckKind empty{
      "test.empty", "", {}, [](const Settings&) -> std::unique_ptr<Check> { return nullptr; }};
  auto from = sources();
  from.find_kind = [](std::string_view name) { return name == "test.empty" ? &empty : &broken; };
  CHECK(mistakes_of("checklist: c\nchecks:\n- {id: a, title: t, kind: test.broken}\n"
                    "- {id: b, title: t, kind: test.empty}\n",
                    from) ==
        "3:3 these settings could not be read: a slip\n"
        "4:3 the kind made no check of these settings\n");
}

TEST_CASE("several checklists are read as one, with variables that only one declares",
          "[checklist]") {
  const std::string
      one = "checklist: one\nvars: {a: x}\nchecks: [{id: a, title: '${a}', kind: test.echo}]\n",
      two = "checklist: two\nvars: {b: y}\nchecks: [{id: b, title: '${b}', kind: test.echo}]\n";
  auto from = sources();
  from.set = {{"a", "1"}, {"b", "2"}};
  const auto lists = read_checklists({{one, "1.yaml"}, {two, "2.yaml"}}, from);
  CHECK(lists.at(0).entries.at(0).title == "1");
  CHECK(lists.at(1).entries.at(0).title == "2");
  from.set.emplace_back("c", "3");
  CHECK_THROWS_AS(read_checklists({{one, "1.yaml"}, {two, "2.yaml"}}, from), Mistakes);
  try {
    read_checklists({{"checklist: [", "1.yaml"}, {"{}", "2.yaml"}}, sources());
    FAIL("two wrong files were read");
  } catch (const Mistakes& e) {
    REQUIRE(e.list().size() == 3);
    CHECK(e.list()[0].where.file == "1.yaml");
    CHECK(e.list()[2].where.file == "2.yaml");
  }
}

}  // namespace
}  // namespace postflight::test
