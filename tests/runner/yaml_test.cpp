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

TEST_CASE("a mark of our own in the text is refused like any control character", "[yaml]") {
  CHECK(mistakes_of("a: 1\nb: x\x02y\n") ==
        Words{"c.yaml:2:5: not YAML: the control character \\x02, which YAML does not allow"});
}

TEST_CASE("a mistake names a variable as it was written", "[yaml]") {
  CHECK(mistakes_of("${k}: 1\n${k}: 2\n") == Words{"c.yaml:2:1: the key '${k}' is written twice"});
}

TEST_CASE("what breaks a limit is one mistake", "[yaml]") {
  CHECK(mistakes_of(std::string(65, '[') + std::string(65, ']')) ==
        Words{"c.yaml:1:65: nesting is deeper than 64 levels"});
  CHECK(mistakes_of(std::string(5'000'000, ' ')) == Words{"c.yaml: the file is larger than 4 MB"});
}

TEST_CASE("a map of many keys is read", "[yaml]") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  CHECK(read(text).members.size() == 50'000);
}

}  // namespace
}  // namespace postflight::test
