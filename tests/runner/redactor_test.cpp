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

}  // namespace
}  // namespace postflight::test
