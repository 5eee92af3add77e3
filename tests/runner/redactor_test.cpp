#include "runner/redactor.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

std::string base64(const std::string& text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    unsigned bits = 0;
    for (std::size_t next = at; next < at + 3; ++next)
      bits = bits * 256 + (next < text.size() ? static_cast<unsigned char>(text[next]) : 0U);
    for (int shift = 18; shift >= 0; shift -= 6) encoded += alphabet[bits >> shift & 63U];
  }
  const auto over = text.size() % 3;
  if (over != 0) encoded.replace(encoded.size() - (3 - over), 3 - over, 3 - over, '=');
  return encoded;
}

std::string redacted(const std::string& text, std::initializer_list<std::string_view> secrets) {
  Redactor redactor;
  for (const auto secret : secrets) redactor.add(secret);
  return redactor.redact(text);
}

TEST_CASE("a secret is taken out wherever it stands", "[redactor]") {
  CHECK(redacted("hunter22", {"hunter22"}) == "[secret]");
  CHECK(redacted("a=hunter22&b=hunter22;", {"hunter22"}) == "a=[secret]&b=[secret];");
  CHECK(redacted("hunter2", {"hunter22"}) == "hunter2");
  CHECK(redacted("", {"hunter22"}).empty());
}

TEST_CASE("without secrets a text stays as it is", "[redactor]") {
  CHECK(redacted("anything", {}) == "anything");
}

TEST_CASE("a secret of fewer than four characters is ignored", "[redactor]") {
  CHECK(redacted("abc and more", {"", "a", "abc"}) == "abc and more");
  CHECK(redacted("abcd and more", {"abcd"}) == "[secret] and more");
}

TEST_CASE("the longest secret wins where one is part of another", "[redactor]") {
  CHECK(redacted("x pass-word-1 y pass z", {"pass", "pass-word-1"}) == "x [secret] y [secret] z");
  CHECK(redacted("x pass-word-1 y pass z", {"pass-word-1", "pass"}) == "x [secret] y [secret] z");
}

TEST_CASE("what one secret leaves of another that overlaps it is taken too", "[redactor]") {
  CHECK(redacted("<abcdefghi>", {"abcdef", "defghi"}) == "<[secret]>");
  CHECK(redacted("<abcdefghi>", {"abcdefg", "bcde", "ghi!", "fghi"}) == "<[secret]>");
}

TEST_CASE("the word that stands for a secret is not redacted again", "[redactor]") {
  CHECK(redacted("a secret b", {"secret"}) == "a [secret] b");
  CHECK(redacted(redacted("a hunter22 b", {"hunter22"}), {"hunter22"}) == "a [secret] b");
}

TEST_CASE("base64 hides no secret, whatever stands before and behind it", "[redactor]") {
  const std::string secret = "correct-horse-battery";
  const auto encoded_alone = base64(secret);
  for (const std::string before : {"", "a", "ab", "abc", "user:", "admin:", "a-longer-name:"})
    for (const std::string behind : {"", "z", "zz", "zzz", "@db.example.com"}) {
      const auto encoded = base64(before + secret + behind);
      const auto clean = redacted("Basic " + encoded + ".", {secret});
      INFO(encoded << " became " << clean);
      CHECK(clean.starts_with("Basic "));
      CHECK(clean.find("[secret]") != clean.npos);
      // What is left is what encodes the neighbours, with at most one character of the secret's
      // bits at either side.
      const auto left = clean.size() - std::string("Basic [secret].").size();
      CHECK(left <= (before.size() * 8 + 5) / 6 + (behind.size() * 8 + 5) / 6 + 4);
    }
  CHECK(redacted(encoded_alone, {secret}) == "[secret]");
}

TEST_CASE("a secret at the end of base64 goes with its padding", "[redactor]") {
  for (const std::string secret : {"abcdef", "abcdefg", "abcdefgh"}) {
    CHECK(redacted(base64(secret), {secret}) == "[secret]");
    CHECK(redacted(base64("me:" + secret), {secret}) == "bWU6[secret]");
  }
}

TEST_CASE("base64 of the URL alphabet hides no secret", "[redactor]") {
  const std::string secret = "\xfb\xef\xbe\xff\xff\xfe";
  CHECK(redacted("++++///+", {secret}) == "[secret]");
  CHECK(redacted("----___-", {secret}) == "[secret]");
}

TEST_CASE("URL encoding hides no secret, in upper and in lower case", "[redactor]") {
  const std::string secret = "p/ss w:rd\xff!";
  for (const auto* form : {"p%2Fss%20w%3Ard%FF%21", "p%2fss%20w%3ard%ff%21", "p/ss%20w%3Ard%FF%21",
                           "p%2Fss+w%3Ard%FF%21", "p%2Fss%20w%3Ard%FF!", "p/ss w:rd\xff!"}) {
    INFO(form);
    CHECK(redacted(std::string("https://u:") + form + "@h", {secret}) == "https://u:[secret]@h");
  }
}

TEST_CASE("the escapes of JSON hide no secret", "[redactor]") {
  CHECK(redacted(R"({"key": "a\"b\\c\nd\u001f"})", {"a\"b\\c\nd\x1f"}) == R"({"key": "[secret]"})");
}

TEST_CASE("a secret is found whichever way a program escapes it", "[redactor]") {
  const std::string secret = "p&a<s'w\"o\\r/d$1 x";
  for (const auto* form : {
           R"(p&amp;a&lt;s&apos;w&quot;o\r/d$1 x)",             // XML
           R"(p&#38;a&#x3c;s&#39;w&#34;o\r/d$1 x)",             // XML, by number
           R"(p&amp;amp;a&amp;lt;s'w&amp;quot;o\r/d$1 x)",      // XML, twice
           R"(p\u0026a\u003cs'w\"o\\r\/d$1 x)",                 // JSON as Go and PHP write it
           R"(p&a<s'w\\\"o\\\\r/d$1 x)",                        // JSON within JSON
           R"(p\&a\<s\'w\"o\\r/d\$1\ x)",                       // a shell's backslashes
           R"(p&a<s'\''w"o\r/d$1 x)",                           // a shell's quotes
           R"(p&a<s''w"o\r/d$1 x)",                             // SQL
           R"(p%26a%3cs%27w%22o%5Cr%2fd%241%20x)",              // URL, both cases of digits
           R"(p%2526a%253Cs%2527w%2522o%255Cr%252Fd%25241+x)",  // URL, twice
           R"(p\x26a\x3cs\x27w\x22o\x5cr/d$1 x)",               // C
           R"(p\046a\074s'w"o\134r/d$1 x)",                     // C, octal
           "P&A<S'W\"O\\R/D$1 X",                               // in capitals
       }) {
    INFO(form);
    CHECK(redacted("<" + std::string(form) + ">", {secret}) == "<[secret]>");
  }
  CHECK(redacted("\\x7026613C73277722!", {"p&a<s'w\""}) == "\\x[secret]!");
}

TEST_CASE("letters beyond ASCII are found escaped, too", "[redactor]") {
  for (const auto* form : {R"(gr\u00fc\u00dfe\ud83d\ude00)", "gr&#252;&#xdf;e&#128512;",
                           "gr%C3%BC%C3%9Fe%f0%9f%98%80", "grüße😀", R"(gr\303\274\303\237e😀)"}) {
    INFO(form);
    CHECK(redacted("<" + std::string(form) + ">", {"grüße😀"}) == "<[secret]>");
  }
}

TEST_CASE("what was made harmless before hides no secret", "[redactor]") {
  const std::string secret = "two\nlines\x01of\xffit";
  CHECK(redacted("<two lines of\xEF\xBF\xBDit>", {secret}) == "<[secret]>");
  CHECK(redacted("<two.lines.of.it>", {secret}) == "<[secret]>");
  CHECK(redacted(R"(<two\x0alines\x01of\xffit>)", {secret}) == "<[secret]>");
  CHECK(redacted("<two\r\nlines\x01of\xffit>", {secret}) == "<[secret]>");
}

TEST_CASE("a colour code in the middle of a secret does not save it", "[redactor]") {
  CHECK(redacted("hun\x1b[1;31mter22", {"hunter22"}) == "[secret]");
}

TEST_CASE("the begin of a secret that an excerpt cuts off is taken out", "[redactor]") {
  CHECK(redacted("token=correct-ho...", {"correct-horse"}) == "token=[secret]...");
  CHECK(redacted("token=correct-ho... [20 more bytes]", {"correct-horse"}) ==
        "token=[secret]... [20 more bytes]");
  CHECK(redacted("a%2Fb%2Fc%2...", {"a/b/c/d/e"}) == "[secret]...");
  CHECK(redacted(base64("correct-horse").substr(0, 9) + "...", {"correct-horse"}) == "[secret]...");
  CHECK(redacted("so cor...", {"correct-horse"}) == "so cor...");
  CHECK(redacted("correct-ho", {"correct-horse"}) == "correct-ho");
}

TEST_CASE("each line of a private key is a secret", "[redactor]") {
  const std::string key =
      "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgEAAo\n"
      "-----END PRIVATE KEY-----\n";
  CHECK(redacted("x MIIEvQIBADANBgkqhkiG9w0 y", {key}) == "x [secret] y");
  CHECK(redacted("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAo", {key}) == "[secret]");
  CHECK(redacted(R"(-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCB...)", {key}) ==
        "[secret]...");
  CHECK(redacted("-----BEGIN PRIVATE KEY-----", {key}) == "-----BEGIN PRIVATE KEY-----");
}

TEST_CASE("base64 that is wrapped into lines hides no secret", "[redactor]") {
  auto encoded = base64("correct-horse-battery-staple");
  encoded.insert(12, "\n").insert(25, "\r\n");
  CHECK(redacted(encoded, {"correct-horse-battery-staple"}) == "[secret]");
}

TEST_CASE("line ends around a secret are no part of it", "[redactor]") {
  CHECK(redacted("a hunter22 b", {"hunter22\n"}) == "a [secret] b");
}

TEST_CASE("text made to confuse the search ends in time", "[redactor]") {
  const std::string many(2000, '\\');
  CHECK(redacted(many, {many.substr(0, 60) + "x"}) == many);
  CHECK(redacted("[secret] [secret]", {"secret]"}) == "[secret] [secret]");
}

}  // namespace
TEST_CASE("megabytes of backslashes are read like any other text", "[redactor]") {
  Redactor redactor;
  redactor.add("Canary7");
  redactor.add(R"(Back\slashed)");
  // Were each looked at together with all that follow it, this would take an hour.
  const std::string many(100'000, '\\');
  CHECK(redactor.redact(many) == many);
  const auto clean = redactor.redact(many + R"(u0043anary7 back\\\\slashed )" + many);
  CHECK(clean.find("[secret] [secret]") != clean.npos);
  CHECK(clean.find("nary") == clean.npos);
}

}  // namespace postflight::test
