#include "runner/plan.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

using Words = std::vector<std::string>;

ChecklistEntry entry(const std::string& id, Words needs = {}, Words tags = {}) {
  ChecklistEntry entry;
  entry.id = id;
  entry.needs = std::move(needs);
  entry.tags = std::move(tags);
  entry.where = {"c.yaml", 7, 5};
  return entry;
}

Checklist checklist(std::vector<ChecklistEntry> entries, const std::string& name = "one") {
  Checklist checklist;
  checklist.name = name;
  checklist.entries = std::move(entries);
  return checklist;
}

Words selected(const std::vector<Checklist>& checklists, const Selection& selection) {
  const auto plan = make_plan(checklists, selection);
  Words ids;
  for (const auto& check : plan.checks)
    if (check.selected) ids.push_back(check.entry->id);
  CHECK(ids.size() == selected_count(plan));
  return ids;
}

Words mistakes(const std::vector<Checklist>& checklists, const Selection& selection = {}) {
  Words all;
  try {
    make_plan(checklists, selection);
  } catch (const Mistakes& e) {
    for (const auto& mistake : e.list())
      all.push_back(mistake.where.file.empty() ? mistake.what
                                               : to_string(mistake.where) + ": " + mistake.what);
  }
  return all;
}

const std::vector<Checklist> web{checklist(
    {entry("api"), entry("outpost-pods", {"api"}, {"pods"}),
     entry("outpost-logs", {"outpost-pods"}, {"logs", "slow"}), entry("edge", {}, {"edge"})})};

TEST_CASE("without a selection everything is run, in checklist order", "[plan]") {
  CHECK(selected(web, {}) == Words{"api", "outpost-pods", "outpost-logs", "edge"});
}

TEST_CASE("checks are chosen by any of the tags, and what they need comes along", "[plan]") {
  CHECK(selected(web, {{"edge"}, {}, {}}) == Words{"edge"});
  CHECK(selected(web, {{"pods", "edge"}, {}, {}}) == Words{"api", "outpost-pods", "edge"});
  CHECK(selected(web, {{"slow"}, {}, {}}) == Words{"api", "outpost-pods", "outpost-logs"});
}

TEST_CASE("checks are chosen by id and by pattern", "[plan]") {
  CHECK(selected(web, {{}, {"edge"}, {}}) == Words{"edge"});
  CHECK(selected(web, {{}, {"outpost-*"}, {}}) == Words{"api", "outpost-pods", "outpost-logs"});
  CHECK(selected(web, {{}, {"*"}, {}}).size() == 4);
  CHECK(selected(web, {{}, {"*d*"}, {}}) == Words{"api", "outpost-pods", "edge"});
  CHECK(selected(web, {{}, {"e*e", "a**"}, {}}) == Words{"api", "edge"});
}

TEST_CASE("tags and ids both have to choose a check", "[plan]") {
  CHECK(selected(web, {{"pods"}, {"outpost-*"}, {}}) == Words{"api", "outpost-pods"});
  CHECK(selected(web, {{"edge"}, {"api"}, {}}).empty());
}

TEST_CASE("a skipped check is not run, even where one that is run needs it", "[plan]") {
  CHECK(selected(web, {{}, {}, {"edge"}}) == Words{"api", "outpost-pods", "outpost-logs"});
  CHECK(selected(web, {{}, {"outpost-logs"}, {"outpost-pods"}}) == Words{"outpost-logs"});
  CHECK(selected(web, {{}, {}, {"*"}}).empty());
}

TEST_CASE("each selected check is the own of exactly one shard, whose needs it brings along",
          "[plan]") {
  const auto part = [](std::size_t index, std::size_t count) {
    Selection selection;
    selection.shard = Shard{index, count};
    return selection;
  };
  CHECK(selected(web, part(0, 1)) == Words{"api", "outpost-pods", "outpost-logs", "edge"});
  CHECK(selected(web, part(0, 2)) == Words{"api", "outpost-pods", "outpost-logs"});
  CHECK(selected(web, part(1, 2)) == Words{"api", "outpost-pods", "edge"});
  CHECK(selected(web, part(3, 4)) == Words{"edge"});
  const auto plan = make_plan(web, part(1, 2));
  REQUIRE(plan.shard);
  CHECK(plan.shard->index == 1);
  for (const auto& check : plan.checks)
    CHECK(check.elsewhere == (check.entry->id == "outpost-logs"));
  // What is not selected takes no turn, and is no shard's.
  auto some = part(1, 2);
  some.only = {"edge", "api"};
  CHECK(selected(web, some) == Words{"edge"});
  const auto selection_of_some = make_plan(web, some);
  for (const auto& check : selection_of_some.checks)
    CHECK(check.elsewhere == (check.entry->id == "api"));
}

TEST_CASE("more shards than checks are a mistake: one would have nothing to say", "[plan]") {
  Selection selection;
  selection.shard = Shard{0, 5};
  CHECK(mistakes(web, selection) ==
        Words{"there are 5 shards, but only 4 checks are selected: one would have nothing to say"});
}

TEST_CASE("needs are the places of the checks in the plan, each once", "[plan]") {
  const std::vector<Checklist> two{checklist({entry("b", {"a", "c", "a"}), entry("c")}),
                                   checklist({entry("a")}, "two")};
  const auto plan = make_plan(two, {});
  CHECK(plan.name == "one + two");
  CHECK(plan.checks[0].needs == std::vector<std::size_t>{2, 1});
}

TEST_CASE("an id used twice is a mistake, also in two checklists", "[plan]") {
  CHECK(mistakes({checklist({entry("a")}), checklist({entry("a")}, "two")}) ==
        Words{"c.yaml:7:5: the id 'a' is already used at c.yaml:7:5"});
}

TEST_CASE("a need that no check has as id is a mistake, at its place", "[plan]") {
  auto one = entry("edge", {"outpost", "outpots"});
  one.need_places = {{"c.yaml", 8, 13}, {"c.yaml", 8, 22}};
  CHECK(mistakes({checklist({one, entry("outpost")})}) ==
        Words{"c.yaml:8:22: 'edge' needs 'outpots', but no check has that id; did you mean "
              "'outpost'?"});
  CHECK(mistakes({checklist({entry("edge", {"nothing-like-it"})})}) ==
        Words{"c.yaml:7:5: 'edge' needs 'nothing-like-it', but no check has that id"});
}

TEST_CASE("a circle of needs is spelled out", "[plan]") {
  CHECK(mistakes({checklist({entry("x", {"a"}), entry("a", {"b"}), entry("b", {"c", "d"}),
                             entry("c"), entry("d", {"a"})})}) ==
        Words{"c.yaml:7:5: checks need each other in a circle: a -> b -> d -> a"});
  CHECK(mistakes({checklist({entry("a", {"a"})})}) ==
        Words{"c.yaml:7:5: checks need each other in a circle: a -> a"});
  CHECK(mistakes({checklist(
                     {entry("a", {"b"}), entry("b", {"a"}), entry("c", {"d"}), entry("d", {"c"})})})
            .size() == 2);
}

TEST_CASE("checks that meet again in what they need are no circle", "[plan]") {
  CHECK(selected({checklist({entry("top", {"left", "right"}), entry("left", {"base"}),
                             entry("right", {"base"}), entry("base")})},
                 {})
            .size() == 4);
}

TEST_CASE("a selection that names nothing is a mistake, and all are reported", "[plan]") {
  CHECK(mistakes(web, {{"egde", "pods"}, {"outpost-pots", "nope*"}, {"apis"}}) ==
        Words{"no check has the tag 'egde'; did you mean 'edge'?",
              "'outpost-pots' is the id of no check; did you mean 'outpost-pods'?",
              "'nope*' is the id of no check",
              "'apis' is the id of no check; did you mean 'api'?"});
}

TEST_CASE("a chain of ten thousand needs is planned", "[plan]") {
  std::vector<ChecklistEntry> chain;
  for (int i = 0; i < 10'000; ++i)
    chain.push_back(
        entry("c" + std::to_string(i), i == 9'999 ? Words{} : Words{"c" + std::to_string(i + 1)}));
  CHECK(selected({checklist(chain)}, {{}, {"c0"}, {}}).size() == 10'000);
  chain.back().needs = {"c0"};
  CHECK(mistakes({checklist(chain)}).size() == 1);
}

}  // namespace
}  // namespace postflight::test
