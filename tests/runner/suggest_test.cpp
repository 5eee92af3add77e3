#include "runner/suggest.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

TEST_CASE("each insertion, deletion, replacement and swap of neighbours is one edit", "[suggest]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("same", "same") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("title", "titles") == 1);
  CHECK(edit_distance("title", "titl") == 1);
  CHECK(edit_distance("title", "tatle") == 1);
  CHECK(edit_distance("title", "tilte") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest known word is named, and only when it is near", "[suggest]") {
  const std::vector<std::string_view> known{"id", "kind", "title", "timeout"};
  CHECK(nearest("titel", known) == "title");
  CHECK(nearest("timeouts", known) == "timeout");
  CHECK(nearest("knid", known) == "kind");
  CHECK(nearest("elephant", known).empty());
  CHECK(nearest("xy", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest("anything", {}).empty());
  CHECK(did_you_mean("titel", known) == "; did you mean 'title'?");
  CHECK(did_you_mean("elephant", known).empty());
}

TEST_CASE("a word of absurd length is not compared", "[suggest]") {
  const std::string long_word(1'000'000, 'a');
  CHECK(nearest(long_word, {"aaa", long_word + "b"}).empty());
}

}  // namespace
}  // namespace postflight::test
