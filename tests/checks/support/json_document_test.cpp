#include "checks/support/json_document.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "runner/check.hpp"

namespace postflight::test {

TEST_CASE("a JSON text is read as it is written", "[json-document]") {
  const auto document = JsonDocument::of(
      R"({"text":"a\u00e9\n","whole":7,"large":9007199254740993,"round":3.0,"part":0.5,"huge":1e300,)"
      R"("yes":true,"nothing":null,"list":[1,"b",{}],"map":{"a":{"b":"c"}}})");
  const auto root = document->root();
  CHECK(root.type() == JsonType::map);
  CHECK(root.member("text")->text() == "a\u00e9\n");
  CHECK(root.member("whole")->integer() == 7);
  CHECK(root.member("large")->integer() == 9007199254740993);
  CHECK(root.member("round")->integer() == 3);
  CHECK_FALSE(root.member("part")->integer());
  CHECK(root.member("part")->number() == 0.5);
  CHECK_FALSE(root.member("huge")->integer());
  CHECK(root.member("yes")->boolean());
  CHECK(root.member("nothing")->type() == JsonType::null);
  const auto list = root.member("list")->elements();
  REQUIRE(list.size() == 3);
  CHECK(list[0].integer() == 1);
  CHECK(list[1].text() == "b");
  CHECK(list[2].type() == JsonType::map);
  CHECK_FALSE(list[1].member("a"));
  CHECK(root.members().size() == 10);
  CHECK(root.text_at({"map", "a", "b"}) == "c");
  CHECK(root.text_at({"map", "a"}).empty());
  CHECK(root.text_at({"list", "a"}).empty());
}

TEST_CASE("of a key that is there twice the last one counts", "[json-document]") {
  const auto document = JsonDocument::of(R"({"a":1,"a":2})");
  CHECK(document->root().member("a")->integer() == 2);
}

TEST_CASE("documents of one thread do not disturb each other", "[json-document]") {
  const auto first = JsonDocument::of(R"({"name":"first"})");
  {
    const auto second = JsonDocument::of(R"({"name":"second"})");
    CHECK(second->root().text_at({"name"}) == "second");
  }
  const auto third = JsonDocument::of(R"({"name":")" + std::string(100'000, 'x') + "\"}");
  CHECK(first->root().text_at({"name"}) == "first");
  CHECK(third->root().text_at({"name"}).size() == 100'000);
}

TEST_CASE("what is no JSON, or too deep, is unreadable", "[json-document]") {
  const auto reason_of = [](const std::string& text) -> std::string {
    try {
      JsonDocument::of(text);
    } catch (const CannotTell& error) {
      return error.reason();
    }
    return "it was read";
  };
  for (const auto* broken : {"", "{", R"({"a":})", "{} {}", "{\"a\":\"\xff\"}"})
    CHECK(reason_of(broken) == "unreadable");
  CHECK(reason_of(std::string(150, '[') + std::string(150, ']')) == "it was read");
  CHECK(reason_of(std::string(300, '[') + std::string(300, ']')) == "unreadable");
}

}  // namespace postflight::test
