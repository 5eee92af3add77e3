#include "runner/yaml.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

std::vector<std::string> mistakes_of(std::string_view text) {
  std::vector<Mistake> mistakes;
  read_yaml(text, "c.yaml", mistakes);
  std::vector<std::string> all;
  for (const auto& mistake : mistakes)
    all.push_back(to_string(mistake.where) + ": " + mistake.what);
  return all;
}

Value read(std::string_view text) {
  std::vector<Mistake> mistakes;
  auto value = read_yaml(text, "c.yaml", mistakes);
  CHECK(mistakes.empty());
  return value;
}

using Words = std::vector<std::string>;
using Type = Value::Type;

TEST_CASE("each part of a document remembers where it was written", "[yaml]") {
  const auto root = read("name: x\nlist:\n  - one\n  - {a: b}\n");
  REQUIRE(root.type == Type::map);
  CHECK(root.members[1].key == "list");
  CHECK(to_string(root.members[1].where) == "c.yaml:2:1");
  const auto& list = *root.find("list");
  REQUIRE(list.items.size() == 2);
  CHECK(to_string(list.items[0].where) == "c.yaml:3:5");
  CHECK(to_string(list.items[1].find("a")->where) == "c.yaml:4:9");
  CHECK(root.find("nothing") == nullptr);
  CHECK(list.find("name") == nullptr);
}

TEST_CASE("blank is null, and a quoted empty text is a text", "[yaml]") {
  const auto root = read("a:\nb: ~\nc: null\nd: \"\"\ne: 'x'\nf: \"null\"\n");
  CHECK(root.find("a")->type == Type::null);
  CHECK(root.find("b")->type == Type::null);
  CHECK(root.find("c")->type == Type::null);
  CHECK(root.find("d")->type == Type::scalar);
  CHECK(root.find("d")->text.empty());
  CHECK(root.find("e")->text == "x");
  CHECK(root.find("f")->text == "null");
}

TEST_CASE("an empty document is null", "[yaml]") {
  for (const auto* text : {"", "\n", "# only a comment\n", "---\n"})
    CHECK(read(text).type == Type::null);
}

TEST_CASE("a variable needs no quotes in a list or map on one line", "[yaml]") {
  const auto root =
      read("with: {namespace: ${namespace}, ports: [${a}, ${b.c}/${d-e}], \"q\": '${f}'}\n");
  const auto& with = *root.find("with");
  CHECK(with.find("namespace")->text == "${namespace}");
  CHECK(with.find("ports")->items[0].text == "${a}");
  CHECK(with.find("ports")->items[1].text == "${b.c}/${d-e}");
  CHECK(to_string(with.find("ports")->items[1].where) == "c.yaml:1:47");
  CHECK(with.find("q")->text == "${f}");
  CHECK(read("[$${a}, x]").items[0].text == "$${a}");
}

TEST_CASE("texts with dollars and braces stay as they are", "[yaml]") {
  const auto root = read("a: ^x${1,2}$\nb: '${'\nc: ${x y}\nd: {e: $}\nf: \"${a\"\n${k}: v\n");
  CHECK(root.find("a")->text == "^x${1,2}$");
  CHECK(root.find("b")->text == "${");
  CHECK(root.find("c")->text == "${x y}");
  CHECK(root.find("d")->find("e")->text == "$");
  CHECK(root.find("f")->text == "${a");
  CHECK(root.find("${k}")->text == "v");
}

TEST_CASE("wrong syntax is reported with its place", "[yaml]") {
  CHECK(mistakes_of("a: [1, 2\nb: 3\n") ==
        Words{"c.yaml:2:2: not YAML: end of sequence flow not found"});
  CHECK(mistakes_of("a: 'x\n") ==
        Words{"c.yaml:3:2: not YAML: illegal EOF in scalar: a quote is not closed"});
  CHECK(mistakes_of("a: 1\n\tb: 2\n").size() == 1);
  CHECK(mistakes_of("a: *nowhere\n") ==
        Words{"c.yaml:1:4: not YAML: the referenced anchor is not defined"});
}

TEST_CASE("a key written twice, and one that is no word, are mistakes", "[yaml]") {
  CHECK(mistakes_of("a: 1\nb: {c: 1, c: 2}\na: 3\n") ==
        Words{"c.yaml:2:11: the key 'c' is written twice",
              "c.yaml:3:1: the key 'a' is written twice"});
  CHECK(mistakes_of("? [a, b]\n: c\n") == Words{"c.yaml:1:3: a key must be a plain word"});
}

TEST_CASE("a file holds one document", "[yaml]") {
  CHECK(mistakes_of("a: 1\n---\nb: 2\n") ==
        Words{"c.yaml:3:1: a second YAML document begins here; a file holds one"});
  CHECK(mistakes_of("---\na: 1\n...\n").empty());
}

TEST_CASE("control characters are reported with their place", "[yaml]") {
  CHECK(mistakes_of("a: 1\nb: x\x02y\n") == Words{"c.yaml:2:5: not YAML: a control character"});
  CHECK(mistakes_of(std::string_view("a\0b", 3)) ==
        Words{"c.yaml:1:2: not YAML: a control character"});
  CHECK(mistakes_of("a: \"x\ty\"\r\nb: 1\r\n").empty());
}

TEST_CASE("nesting without end is a mistake, not a crash", "[yaml]") {
  const std::string deep = "nesting is deeper than 64 levels";
  for (const std::string one : {"[", "{a: ", "- ", "? ", "[{a: ", "!!seq [", "&a ["})
    for (const std::size_t times : {100U, 5'000U, 100'000U}) {
      std::string text;
      for (std::size_t i = 0; i < times; ++i) text += one;
      INFO(one << " " << times << " times");
      CHECK(mistakes_of(text).size() == 1);
    }
  CHECK(mistakes_of(std::string(100'000, '[')).front().ends_with(deep));
  CHECK(mistakes_of(std::string(65, '[') + std::string(65, ']')) == Words{"c.yaml:1:65: " + deep});
  CHECK(mistakes_of(std::string(64, '[') + std::string(64, ']')).empty());
}

TEST_CASE("aliases that multiply are a mistake, and take no memory", "[yaml]") {
  std::string lists = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n",
              texts = "b0: &b0 " + std::string(1'000'000, 'x') + "\nb1: [";
  for (int level = 1; level < 12; ++level) {
    const auto below = "*a" + std::to_string(level - 1);
    const auto own = "a" + std::to_string(level);
    lists += own + ": &" + own + " [" + below + "," + below + "," + below + "," + below + "]\n";
  }
  for (int i = 0; i < 1000; ++i) texts += "*b0, ";
  REQUIRE(mistakes_of(lists).size() == 1);
  CHECK(mistakes_of(lists)[0].ends_with("more than 200,000 values (aliases expanded)"));
  REQUIRE(mistakes_of(texts + "]").size() == 1);
  CHECK(mistakes_of(texts + "]")[0].ends_with("over 16 MB (aliases expanded)"));
  CHECK(mistakes_of("a: &a [*a]\n").size() == 1);
  CHECK(mistakes_of("a: &a [*a, *a]\n").size() == 1);
}

TEST_CASE("a file of absurd size is not read", "[yaml]") {
  CHECK(mistakes_of(std::string(5'000'000, ' ')) == Words{"c.yaml: the file is larger than 4 MB"});
}

TEST_CASE("a map of many keys is read", "[yaml]") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  CHECK(read(text).members.size() == 50'000);
}

}  // namespace
}  // namespace postflight::test
