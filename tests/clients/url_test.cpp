#include "clients/url.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("a URL is taken apart", "[url]") {
  const auto url = parse_url("HTTPS://App.Example.com:8443/a/b%20c?x=1&y=two%20words&z#top");
  REQUIRE(url);
  CHECK(url->scheme == "https");
  CHECK(url->host == "app.example.com");
  CHECK(url->port == 8443);
  CHECK(url->path == "/a/b%20c");
  CHECK(url->query == Query{{"x", "1"}, {"y", "two words"}, {"z", ""}});
  CHECK_FALSE(url->has_credentials);
}

TEST_CASE("a port that is not written is the scheme's own", "[url]") {
  CHECK(parse_url("https://example.com")->port == 443);
  CHECK(parse_url("http://example.com")->port == 80);
  CHECK(parse_url("http://example.com")->path == "/");
}

TEST_CASE("query values are decoded once, and only after the pairs are told apart", "[url]") {
  const auto url = parse_url(
      "https://example.com/"
      "?rd=https%3A%2F%2Fa.example.com%2F%3Fq%3D1%26r%3D2&a+b=c+d&a=%2525&=v&&");
  REQUIRE(url);
  CHECK(url->query ==
        Query{{"rd", "https://a.example.com/?q=1&r=2"}, {"a b", "c d"}, {"a", "%25"}, {"", "v"}});
}

TEST_CASE("a broken escape is kept, a coded zero byte does not cut the value", "[url]") {
  const auto url = parse_url("https://example.com/?a=50%&b=1%002");
  REQUIRE(url);
  CHECK(url->query == Query{{"a", "50%"}, {"b", std::string("1\0002", 3)}});
}

TEST_CASE("an IPv6 host keeps its brackets", "[url]") {
  const auto url = parse_url("http://[::1]:8080/x");
  REQUIRE(url);
  CHECK(url->host == "[::1]");
  CHECK(url->port == 8080);
  CHECK(url->without_query() == "http://[::1]:8080/x");
}

TEST_CASE("what is not an absolute http or https URL is no URL", "[url]") {
  CHECK_FALSE(parse_url(""));
  CHECK_FALSE(parse_url("/only/a/path"));
  CHECK_FALSE(parse_url("example.com"));
  CHECK_FALSE(parse_url("ftp://example.com/"));
  CHECK_FALSE(parse_url("file:///etc/passwd"));
  CHECK_FALSE(parse_url("mailto:someone@example.com"));
  CHECK_FALSE(parse_url("https://"));
  CHECK_FALSE(parse_url("https://exa mple.com/"));
  CHECK_FALSE(parse_url("https://example.com:99999/"));
  CHECK_FALSE(parse_url("https://example.com:0/"));  // which curl takes
}

TEST_CASE("what may be shown of a URL has no query, credentials or fragment", "[url]") {
  const auto url = parse_url("https://user:pass@example.com:443/login?token=secret#part");
  REQUIRE(url);
  CHECK(url->has_credentials);
  CHECK(url->without_query() == "https://example.com/login");
}

TEST_CASE("a relative reference is resolved against its base", "[url]") {
  const std::string base = "https://app.example.com:8443/a/b?x=1";
  const auto resolved = [&](const std::string& reference) {
    const auto url = resolve_url(base, reference);
    return url ? url->without_query() : "nothing";
  };
  CHECK(resolved("/login") == "https://app.example.com:8443/login");
  CHECK(resolved("next") == "https://app.example.com:8443/a/next");
  CHECK(resolved("../up") == "https://app.example.com:8443/up");
  CHECK(resolved("?y=2") == "https://app.example.com:8443/a/b");
  CHECK(resolve_url(base, "?y=2")->query == Query{{"y", "2"}});
  CHECK(resolved("//other.example.com/c") == "https://other.example.com/c");
  CHECK(resolved("http://auth.example.com/") == "http://auth.example.com/");
  CHECK(resolved("HTTPS://auth.example.com") == "https://auth.example.com/");
  CHECK(resolved("/with space") == "https://app.example.com:8443/with%20space");
}

TEST_CASE("a reference that leads out of http resolves to nothing", "[url]") {
  CHECK_FALSE(resolve_url("https://example.com/", ""));
  CHECK_FALSE(resolve_url("https://example.com/", "javascript:alert(1)"));
  CHECK_FALSE(resolve_url("https://example.com/", "ftp://example.com/"));
  CHECK_FALSE(resolve_url("not a url", "/path"));
}

TEST_CASE("escapes are decoded, and broken ones stay as they were", "[url]") {
  CHECK(percent_decoded("a%2fb%2FC%41") == "a/b/CA");
  CHECK(percent_decoded("a+b") == "a+b");
  for (const auto* broken : {"%", "%4", "%zz", "%-1", "%+1", "% 1", "100%"})
    CHECK(percent_decoded(broken) == broken);
}

}  // namespace postflight::test
