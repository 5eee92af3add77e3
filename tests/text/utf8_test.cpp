#include "text/utf8.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string_view>

namespace postflight::test {

TEST_CASE("the length of a character is that of its whole sequence, or 0", "[utf8]") {
  CHECK(utf8_length("ab") == 1);
  CHECK(utf8_length("\xC3\xA9x") == 2);
  CHECK(utf8_length("\xE2\x82\xAC") == 3);
  CHECK(utf8_length("\xF0\x9F\x98\x80") == 4);
  CHECK(utf8_length("\xE2\x82") == 0);
}

TEST_CASE("overlong forms, surrogates and what Unicode does not have are not UTF-8", "[utf8]") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("plain, \xC3\xA9, \xF4\x8F\xBF\xBF"));
  for (const std::string_view text :
       {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "a\xFF", "\xF8"})
    CHECK_FALSE(is_utf8(text));
}

}  // namespace postflight::test
