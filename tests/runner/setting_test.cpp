#include "runner/setting.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>

#include "runner/yaml.hpp"

namespace postflight::test {
namespace {

constexpr std::array<std::string_view, 2> colours{"red", "green"};
constexpr std::array fields{
    Setting{"name", SettingType::text, "a name", true},
    Setting{"count", SettingType::integer, "a count", false, "7"},
};
constexpr std::array declared{
    Setting{"text", SettingType::text, "a text", false, "usual"},
    Setting{"colour", SettingType::text, "a colour", false, "red", {}, colours},
    Setting{"integer", SettingType::integer, "an integer", false, "3"},
    Setting{"free-integer", SettingType::integer, "an integer"},
    Setting{"number", SettingType::number, "a number", false, "0.5"},
    Setting{"free-number", SettingType::number, "a number"},
    Setting{"flag", SettingType::flag, "a flag", false, "true"},
    Setting{"duration", SettingType::duration, "a duration", false, "5s"},
    Setting{"free-duration", SettingType::duration, "a duration"},
    Setting{"pattern", SettingType::pattern, "a pattern"},
    Setting{"texts", SettingType::texts, "texts"},
    Setting{"text-map", SettingType::text_map, "a map"},
    Setting{"object", SettingType::object, "an object", false, {}, fields},
    Setting{"objects", SettingType::objects, "objects", false, {}, fields},
};
constexpr std::array with_required{Setting{"must", SettingType::text, "what must be", true}};

struct Given {
  std::vector<Mistake> mistakes;
  Value value;
  Settings settings;
  explicit Given(std::string_view yaml, std::span<const Setting> of = declared)
      : value(read_yaml(yaml, "s.yaml", mistakes)), settings(of, value, mistakes) {
    validate_settings(of, value, mistakes);
  }
};

std::vector<std::string> mistakes_of(std::string_view yaml,
                                     std::span<const Setting> of = declared) {
  std::vector<std::string> all;
  for (const auto& mistake : Given(yaml, of).mistakes)
    all.push_back(std::to_string(mistake.where.line) + ":" + std::to_string(mistake.where.column) +
                  " " + mistake.what);
  return all;
}

using Words = std::vector<std::string>;
using namespace std::chrono_literals;

TEST_CASE("a setting is read as its type", "[setting]") {
  const Given given(R"(
text: hello
colour: green
integer: -12
number: 1.5e3
flag: false
duration: 1h30m
pattern: ^a+$
texts: [a, b]
text-map: {x: "1", y: two}
object: {name: n, count: 4}
objects: [{name: one}, {name: two, count: 2}]
)");
  const auto& settings = given.settings;
  CHECK(given.mistakes.empty());
  CHECK(settings.text("text") == "hello");
  CHECK(settings.text("colour") == "green");
  CHECK(settings.integer("integer") == -12);
  CHECK(settings.number("number") == 1500);
  CHECK(!settings.flag("flag"));
  CHECK(settings.duration("duration") == 90min);
  CHECK(settings.text("pattern") == "^a+$");
  CHECK(settings.texts("texts") == Words{"a", "b"});
  CHECK(settings.text_map("text-map") ==
        std::vector<std::pair<std::string, std::string>>{{"x", "1"}, {"y", "two"}});
  CHECK(settings.object("object").integer("count") == 4);
  REQUIRE(settings.objects("objects").size() == 2);
  CHECK(settings.objects("objects")[0].integer("count") == 7);
  CHECK(settings.objects("objects")[1].text("name") == "two");
  CHECK(settings.has("text"));
}

TEST_CASE("a setting that is absent has its default, or nothing", "[setting]") {
  const Given given("");
  const auto& settings = given.settings;
  CHECK(given.mistakes.empty());
  CHECK(!settings.has("text"));
  CHECK(settings.text("text") == "usual");
  CHECK(settings.integer("integer") == 3);
  CHECK(settings.number("number") == 0.5);
  CHECK(settings.flag("flag"));
  CHECK(settings.duration("duration") == 5s);
  CHECK(settings.optional_duration("duration") == 5s);
  CHECK(!settings.optional_integer("free-integer"));
  CHECK(!settings.optional_number("free-number"));
  CHECK(!settings.optional_duration("free-duration"));
  CHECK(settings.texts("texts").empty());
  CHECK(settings.text_map("text-map").empty());
  CHECK(settings.object("object").integer("count") == 7);
  CHECK(settings.objects("objects").empty());
}

TEST_CASE("one value stands for a list of one", "[setting]") {
  const Given given("texts: one\nobjects: {name: x}\n");
  CHECK(given.mistakes.empty());
  CHECK(given.settings.texts("texts") == Words{"one"});
  CHECK(given.settings.objects("objects").size() == 1);
}

TEST_CASE("a value of the wrong type is a mistake, at its place", "[setting]") {
  CHECK(mistakes_of("integer: 1.5") == Words{"1:10 'integer' must be a whole number, not '1.5'"});
  CHECK(mistakes_of("integer: 0x10").size() == 1);
  CHECK(mistakes_of("integer: 99999999999999999999").size() == 1);
  CHECK(mistakes_of("number: nan") == Words{"1:9 'number' must be a number, not 'nan'"});
  CHECK(mistakes_of("number: inf").size() == 1);
  CHECK(mistakes_of("flag: yes") == Words{"1:7 'flag' must be true or false, not 'yes'"});
  CHECK(mistakes_of("duration: 5") ==
        Words{"1:11 'duration' must be a duration such as 30s, 5m or 28d, not '5'"});
  CHECK(mistakes_of("pattern: a(b") ==
        Words{"1:10 'pattern' must be a regular expression (RE2): missing ): a(b"});
  CHECK(mistakes_of("pattern: ''") ==
        Words{"1:10 'pattern' must be a regular expression: an empty one is found in everything"});
  CHECK(mistakes_of("colour: blue") == Words{"1:9 'colour' must be one of red, green, not 'blue'"});
  CHECK(mistakes_of("text: [a]") == Words{"1:7 'text' must be one value (text), not a list"});
  CHECK(mistakes_of("text: {a: b}") == Words{"1:7 'text' must be one value (text), not a map"});
  CHECK(mistakes_of("text:") == Words{"1:1 'text' must be one value (text), not blank"});
  CHECK(mistakes_of("texts: {a: b}") == Words{"1:8 'texts' must be a list"});
  CHECK(mistakes_of("texts: [a, [b]]") == Words{"1:12 'texts' must hold plain values only"});
  CHECK(mistakes_of("text-map: [a]") == Words{"1:11 'text-map' must be a map of names to values"});
  CHECK(mistakes_of("text-map: {a: [b]}") == Words{"1:15 'a' must be one plain value"});
  CHECK(mistakes_of("object: x") == Words{"1:9 'object' must be a map with: name, count"});
  CHECK(mistakes_of("objects: x") ==
        Words{"1:10 'objects' must be a list of maps with: name, count"});
  CHECK(mistakes_of("objects: [x]") ==
        Words{"1:11 each of 'objects' must be a map with: name, count"});
  CHECK(mistakes_of("[a]") == Words{"1:1 settings must be a map"});
}

TEST_CASE("every mistake of the settings is found, inside maps too", "[setting]") {
  CHECK(mistakes_of("flag: 1\nobject: {name: a, cuont: 2}\nobjects: [{count: x}]\n") ==
        Words{"1:7 'flag' must be true or false, not '1'",
              "2:19 unknown setting 'cuont'; did you mean 'count'?",
              "3:19 'count' must be a whole number, not 'x'",
              "3:11 the setting 'name' is missing: a name"});
}

TEST_CASE("an unknown setting is a mistake that names the likely or the known ones", "[setting]") {
  CHECK(mistakes_of("colourr: red") ==
        Words{"1:1 unknown setting 'colourr'; did you mean 'colour'?"});
  CHECK(mistakes_of("entirely: 1", with_required)[0] ==
        "1:1 unknown setting 'entirely'; known here: must");
}

TEST_CASE("a required setting that is missing or blank is a mistake", "[setting]") {
  CHECK(mistakes_of("", with_required).size() == 1);
  CHECK(mistakes_of("{}", with_required) ==
        Words{"1:1 the setting 'must' is missing: what must be"});
  CHECK(mistakes_of("must:", with_required).size() == 1);
  CHECK(mistakes_of("must: x", with_required).empty());
}

TEST_CASE("a kind reports what only it can see at the place of the setting", "[setting]") {
  Given given("text: a\n");
  given.settings.mistake("text", "not this one");
  given.settings.mistake("integer", "missed");
  REQUIRE(given.mistakes.size() == 2);
  CHECK(to_string(given.mistakes[0].where) == "s.yaml:1:7");
  CHECK(to_string(given.mistakes[1].where) == "s.yaml:1:1");
}

TEST_CASE("asking for what was not declared is a bug, and says so", "[setting]") {
  const Given given("");
  CHECK_THROWS_AS(given.settings.text("nothing"), std::logic_error);
  CHECK_THROWS_AS(given.settings.integer("text"), std::logic_error);
  CHECK_THROWS_AS(given.settings.objects("object"), std::logic_error);
}

}  // namespace
}  // namespace postflight::test
