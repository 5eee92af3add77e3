#include "reports/text_safety.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace postflight {

TEST_CASE("control characters are spelled out and colour codes dropped", "[text-safety]") {
  CHECK(safe_line("\x1b[1;31mred\x1b[0m", 100) == "red");
  CHECK(safe_line("\x1b]0;title\x07", 100) == "\\x1b]0;title\\x07");
  CHECK(safe_line("\x1b[2Jcleared", 100) == "\\x1b[2Jcleared");
  CHECK(safe_line(std::string("a\0b", 3), 100) == "a\\x00b");
  CHECK(safe_line("del\x7f c1\xc2\x9b", 100) == "del\\x7f c1\\u009b");
  CHECK(safe_line("\x1b[31", 100) == "\\x1b[31");
}

TEST_CASE("bidirectional controls and characters XML forbids are spelled out", "[text-safety]") {
  CHECK(safe_line("\xe2\x80\xae"
                  "exe.txt",
                  100) == "\\u202eexe.txt");
  CHECK(safe_line("\xe2\x81\xa6", 100) == "\\u2066");
  CHECK(safe_line("\xef\xbf\xbe\xef\xbf\xbf", 100) == "\\ufffe\\uffff");
}

TEST_CASE("characters that nobody sees are spelled out", "[text-safety]") {
  CHECK(safe_line("a\u200bb\u200dc\u2060d\u00ade\ufefff", 100) ==
        "a\\u200bb\\u200dc\\u2060d\\u00ade\\ufefff");
  CHECK(safe_line("\U0001fffe\ufdd0\U000e0100", 100) == "\\u1fffe\\ufdd0\\ue0100");
}

TEST_CASE("what a CI system would carry out is broken up", "[text-safety]") {
  CHECK(safe_line("::error file=a::b", 100) == "\\x3a:error file=a::b");
  CHECK(safe_line("x::stop-commands::y", 100) == "x\\x3a:stop-commands::y");
  CHECK(safe_text("a\n::add-mask::b", 100) == "a\n\\x3a:add-mask::b");
  CHECK(safe_line("##[error]a ##vso[task.complete]", 100) ==
        "#\\x23[error]a #\\x23vso[task.complete]");
  CHECK(safe_line("##teamcity[testFailed]", 100) == "#\\x23teamcity[testFailed]");
  CHECK(safe_line("[[ATTACHMENT|/etc/passwd]]", 100) == "[\\x5bATTACHMENT|/etc/passwd]]");
  for (const auto* plain : {"std::errors", "::1", "a::int", "## head", "[[a]]", "::error"})
    CHECK(safe_line(plain, 100) == plain);
}

TEST_CASE("bytes that are not UTF-8 are spelled out", "[text-safety]") {
  CHECK(safe_line("\xff", 100) == "\\xff");
  CHECK(safe_line("\xed\xa0\x80", 100) == "\\xed\\xa0\\x80");  // a lone surrogate
  CHECK(safe_line("\xc0\xaf", 100) == "\\xc0\\xaf");           // an overlong slash
  CHECK(safe_line("\xe0\x80\xaf", 100) == "\\xe0\\x80\\xaf");
  CHECK(safe_line("\xf4\x90\x80\x80", 100) == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  CHECK(safe_line("\xe2\x82", 100) == "\\xe2\\x82");                    // cut off
}

TEST_CASE("whole text of any language stays as it is", "[text-safety]") {
  const std::string text = "Größe 本 \xf0\x9f\x98\x80 \xef\xbf\xbd \\x1b";
  CHECK(safe_line(text, 100) == text);
  CHECK(safe_text(text + "\nsecond", 100) == text + "\nsecond");
}

TEST_CASE("a line has no line breaks and a text keeps them", "[text-safety]") {
  CHECK(safe_line("a\r\nb\nc\n", 100) == "a b c");
  CHECK(safe_text("a\r\nb\n", 100) == "a\nb\n");
  CHECK(safe_text("a\rb", 100) == "a\\x0db");
}

TEST_CASE("a cut falls between characters and says how much is missing", "[text-safety]") {
  CHECK(safe_line("abcdef", 6) == "abcdef");
  CHECK(safe_line("abcdef", 4) == "abcd... [2 more bytes]");
  CHECK(safe_line("ab\xe2\x82\xac!", 4) == "ab... [4 more bytes]");
  CHECK(safe_line("\x01\x02", 5) == "\\x01... [1 more bytes]");
}

TEST_CASE("columns count characters, not bytes", "[text-safety]") {
  CHECK(columns_of("√ Größe") == 7);
}

TEST_CASE("JSON keeps what it says while nothing in it steers a terminal", "[text-safety]") {
  CHECK(safe_json("\"\xe2\x80\xae \x7f \xc2\x9b \xf3\xa0\x80\x81 ok √\"") ==
        "\"\\u202e \\u007f \\u009b \\udb40\\udc01 ok √\"");
  CHECK(safe_json(R"("##[error] ## ##vso[a]")") == R"("#\u0023[error] ## #\u0023vso[a]")");
  CHECK(safe_json("{\n  \"a\": 1\n}") == "{\n  \"a\": 1\n}");
}

}  // namespace postflight
