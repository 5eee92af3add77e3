#include "text/yaml_document.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

using Words = std::vector<std::string>;
using Type = YamlNode::Type;

std::string placed(const YamlFault& fault) {
  if (fault.line == 0) return fault.what;
  return std::to_string(fault.line) + ":" + std::to_string(fault.column) + ": " + fault.what;
}

Words faults_of(std::string_view text, const YamlLimits& limits = {}) {
  if (const auto fault = fault_in_bytes(text, limits)) return {placed(*fault)};
  std::vector<YamlFault> faults;
  read_yaml_document(std::string(text), limits, faults);
  Words all;
  for (const auto& fault : faults) all.push_back(placed(fault));
  return all;
}

YamlNode read(const std::string& text) {
  std::vector<YamlFault> faults;
  auto node = read_yaml_document(text, {}, faults);
  CHECK(faults.empty());
  return node;
}

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

}  // namespace

TEST_CASE("what begins no value is refused where it stands", "[yaml]") {
  CHECK(faults_of(",a: 1\n") == Words{"1:1: not YAML: no value can begin here"});
  CHECK(faults_of("a: 1\n---\n,\n") == Words{"3:1: not YAML: no value can begin here"});
}

TEST_CASE("reading comes to an end, whatever signs there are", "[yaml]") {
  const std::string signs = ",[]{}:?-&*!|>'\"%@` \n#a.";
  std::size_t read = 0;
  const auto read_all = [&](const auto& again, const std::string& text, int left) -> void {
    faults_of(text);
    ++read;
    if (left > 0)
      for (const char sign : signs) again(again, text + sign, left - 1);
  };
  read_all(read_all, "", 3);
  read_all(read_all, "a: 1\n---\n", 2);
  CHECK(read > 12'000);
}

TEST_CASE("an alias is the value it names, with its place", "[yaml]") {
  const auto root = read("a: &x {k: [1, '2']}\nb: *x\n&key c: 1\nd: {*key : 2}\n");
  REQUIRE(root.members.size() == 4);
  const auto& copy = root.members[1].value;
  REQUIRE(copy.type == Type::map);
  CHECK(copy.members[0].key == "k");
  CHECK(copy.members[0].value.items[1].text == "2");
  CHECK(copy.members[0].value.items[1].quoted);
  CHECK_FALSE(copy.members[0].value.items[0].quoted);
  CHECK(copy.line == 1);
  CHECK(root.members[3].value.members[0].key == "c");
}

TEST_CASE("an anchor that is used again means the last value", "[yaml]") {
  const auto root = read("[&x 1, *x, &x 2, *x]");
  CHECK(root.items[1].text == "1");
  CHECK(root.items[3].text == "2");
}

TEST_CASE("a tag that is not known is refused where it stands", "[yaml]") {
  CHECK(faults_of("a: !!binary eA==\n") ==
        Words{"1:4: the tag !!binary is not known here: write the value without it"});
  CHECK(faults_of("a:\n  - !foo {b: c}\n") ==
        Words{"2:5: this tag is not known here: write the value without it, or in quotes"});
  for (const std::string value :
       {"!!python/object:os.system x", "!!python/object/apply:os.system [id]", "!!set {a}",
        "!!omap [a: b]", "!!timestamp 2026-01-01", "!!int 5", "!!bool yes", "!!float 1", "!!null x",
        "!foo", "!!str [a]", "!!map x", "!!seq {}", "!<tag:example.com,2026:x> y", "!<!foo> y"}) {
    CAPTURE(value);
    CHECK(faults_of("a: " + value + "\n").size() == 1);
    CHECK(faults_of("- " + value + "\n").size() == 1);
  }
  CHECK(faults_of("!foo k: v\n").size() == 1);
  CHECK(faults_of("%TAG !e! tag:example.com,2026:\n---\na: !e!x y\n").size() == 1);
}

TEST_CASE("the tags of text, list and map are heeded", "[yaml]") {
  const auto root = read("!!map {a: !!str 5, b: !!seq [x], c: !!str null, d: ! 7, e: !!str }\n");
  for (const auto at : {0U, 2U, 3U, 4U}) {
    CHECK(root.members[at].value.type == Type::scalar);
    CHECK(root.members[at].value.quoted);
  }
  CHECK(root.members[0].value.text == "5");
  CHECK(root.members[1].value.type == Type::list);
  CHECK(root.members[2].value.text == "null");
  CHECK(root.members[4].value.text.empty());
}

TEST_CASE("a merge key is refused, and a text that looks like one is not", "[yaml]") {
  CHECK(faults_of("a: &x {b: 1}\nc: {<<: *x}\n") ==
        Words{"2:5: a merge key (<<) is not read: write out what it would bring"});
  CHECK(faults_of("a: {'<<': 1}\nb: <<\n").empty());
}

TEST_CASE("a key is a word that its map has once", "[yaml]") {
  CHECK(faults_of("a: 1\nb: {c: 1, c: 2}\na: 3\n") ==
        Words{"2:11: the key 'c' is written twice", "3:1: the key 'a' is written twice"});
  CHECK(faults_of("? [a, {b: c}]\n: d\n") == Words{"1:3: a key must be a plain word"});
  CHECK(faults_of("~: d\n").size() == 1);
  CHECK(faults_of("a: &x k\n*x : 1\nk: 2\n") == Words{"3:1: the key 'k' is written twice"});
  CHECK(faults_of("a: {x: 1}\nb: {x: 1}\n").empty());
}

TEST_CASE("a second document is a fault, and the end of the first is not", "[yaml]") {
  const std::string second = "a second YAML document begins here; a file holds one";
  CHECK(faults_of("a: 1\n---\nb: 2\n") == Words{"3:1: " + second});
  CHECK(faults_of("---\n---\nb: 2\n") == Words{"3:1: " + second});
  CHECK(faults_of("a: 1\n---\n# nothing\n---\n[]\n") == Words{"5:1: " + second});
  for (const auto* text : {"", "---\n", "---\na: 1\n...\n", "a: 1\n---\n", "# a\n---\na: 1\n"})
    CHECK(faults_of(text).empty());
}

TEST_CASE("bytes that are no UTF-8 are named with their place and the way out", "[yaml]") {
  CHECK(faults_of("a: 1\nb: caf\xE9\n") ==
        Words{"2:7: not YAML: not UTF-8: the byte \\xe9; save the file as UTF-8"});
  CHECK(faults_of("a: \xED\xA0\x80\n").size() == 1);
  CHECK(faults_of(std::string_view("\xFF\xFE"
                                   "a\0:\0",
                                   6)) == Words{"the file is UTF-16; save it as UTF-8"});
  CHECK(faults_of(std::string_view("\xFE\xFF\0a\0:", 6)) ==
        Words{"the file is UTF-16; save it as UTF-8"});
  CHECK(faults_of("\xEF\xBB\xBF"
                  "a: caf\xC3\xA9 \xF0\x9F\x98\x80\n")
            .empty());
}

TEST_CASE("control characters are named with their place", "[yaml]") {
  CHECK(faults_of(std::string_view("a: 1\nb: x\0y\n", 11)) ==
        Words{"2:5: not YAML: a NUL byte: this is no text, or it is UTF-16; save the file as "
              "UTF-8"});
  CHECK(faults_of("a: \x1b[31m\n") ==
        Words{"1:4: not YAML: the control character \\x1b, which YAML does not allow"});
  CHECK(faults_of("a: \xC2\x9B"
                  "31m\n") ==
        Words{"1:4: not YAML: the control character \\u009b, which YAML does not allow"});
  CHECK(faults_of("a: \x7f\n").size() == 1);
  CHECK(faults_of("a: \"x\ty\"\r\nb: x\xC2\x85y\r\n").empty());
}

TEST_CASE("a text cannot hold NUL, however it is written", "[yaml]") {
  const Words wrong{"1:4: a text cannot hold the character NUL (\\0)"};
  CHECK(faults_of("a: \"x\\0y\"\n") == wrong);
  CHECK(faults_of("a: \"x\\x00y\"\n") == wrong);
  CHECK(faults_of("\"x\\u0000\": y\n").size() == 1);
}

TEST_CASE("nesting ends the reading at level 64, before anything is built", "[yaml]") {
  const std::string deep = "nesting is deeper than 64 levels";
  CHECK(faults_of(repeated("[", 64) + repeated("]", 64)).empty());
  CHECK(faults_of(repeated("[", 65) + repeated("]", 65)) == Words{"1:65: " + deep});
  for (const std::string one : {"[", "{a: ", "- ", "? ", "[{a: ", "!!seq [", "&a [", "{? "}) {
    CAPTURE(one);
    for (const std::size_t times : {100U, 5'000U, 100'000U}) {
      const auto faults = faults_of(repeated(one, times));
      REQUIRE(faults.size() == 1);
      CHECK(faults[0].ends_with(deep));
    }
  }
  CHECK(faults_of("a: &a " + repeated("[", 40) + repeated("]", 40) + "\nb: " + repeated("[", 40) +
                  "*a" + repeated("]", 40) + "\n") == Words{"2:44: " + deep});
}

TEST_CASE("aliases are counted as what they stand for", "[yaml]") {
  std::string lists = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 40; ++level) {
    const auto below = "*a" + std::to_string(level - 1), own = "a" + std::to_string(level);
    lists += own + ": &" + own + " [" + below + "," + below + "," + below + "," + below + "]\n";
  }
  REQUIRE(faults_of(lists).size() == 1);
  CHECK(faults_of(lists)[0].ends_with("more than 200000 keys and values (aliases expanded)"));
  const auto texts = "b0: &b0 " + std::string(1'000'000, 'x') + "\nb1: [" + repeated("*b0, ", 1000);
  REQUIRE(faults_of(texts + "]").size() == 1);
  CHECK(faults_of(texts + "]")[0].ends_with("over 16 MB (aliases expanded)"));
  // A copy is kept of each value with an anchor: one in another is kept many times.
  std::string anchors;
  for (int level = 0; level < 60; ++level) anchors += "&a" + std::to_string(level) + " [";
  const auto nested = anchors + repeated("x, ", 10'000) + repeated("]", 60);
  REQUIRE(faults_of(nested).size() == 1);
  CHECK(faults_of(nested)[0].ends_with("more than 200000 keys and values (aliases expanded)"));
}

TEST_CASE("an alias inside of what it names is a fault", "[yaml]") {
  for (const auto* text : {"a: &a [*a]\n", "&a {b: *a}\n", "&a {*a : b}\n", "&a [[[*a, *a]]]\n"}) {
    CAPTURE(text);
    CHECK(faults_of(text).size() == 1);
  }
  CHECK(faults_of("a: *b\n") == Words{"1:4: not YAML: the referenced anchor is not defined"});
}

TEST_CASE("a limit ends the reading where it is passed", "[yaml]") {
  YamlLimits limits;
  limits.values = 3;
  CHECK(faults_of("[a, b]", limits).empty());
  CHECK(faults_of("[a, b, c, d]", limits) ==
        Words{"1:8: the document holds more than 3 keys and values (aliases expanded)"});
  CHECK(faults_of("# [[[[[[[[[\n", limits).empty());
  CHECK(faults_of("# []{},:&*!?\n", limits) ==
        Words{"1:12: the document is too large: up to here it holds over 9 of the characters "
              "[]{},:&*!?\"'"});
  limits.bytes = 1'000'000;
  CHECK(faults_of(std::string(1'000'001, ' '), limits) == Words{"the file is larger than 1 MB"});
}

TEST_CASE("a map of as many keys as a document may hold is read", "[yaml]") {
  std::string text;
  for (int i = 0; i < 90'000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  CHECK(read(text).members.size() == 90'000);
}

}  // namespace postflight::test
