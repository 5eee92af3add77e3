#include "checks/support/cookie.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

const auto now = std::chrono::system_clock::from_time_t(1795464000);  // 2026-11-23T20:00:00Z

}  // namespace

TEST_CASE("a cookie is read as a browser reads it", "[cookie]") {
  const auto cookies = read_cookies(
      {"a=b=c ; path=/x;DOMAIN=.Example.com ; max-age=60;secure; HTTPONLY;samesite=lax; Odd"}, now);
  REQUIRE(cookies.size() == 1);
  CHECK(cookies[0].name == "a");
  CHECK(cookies[0].value == "b=c");
  CHECK(cookies[0].path == "/x");
  CHECK(cookies[0].domain == "example.com");
  CHECK(cookies[0].max_age == 60);
  CHECK(cookies[0].secure);
  CHECK(cookies[0].http_only);
  CHECK(cookies[0].same_site == "lax");
  CHECK_FALSE(cookies[0].removed);
}

TEST_CASE("what only looks like an attribute is none", "[cookie]") {
  const auto cookies = read_cookies({"a=Secure; Expires=soon; Max-Age=1h"}, now);
  REQUIRE(cookies.size() == 1);
  CHECK_FALSE(cookies[0].secure);
  CHECK_FALSE(cookies[0].max_age);
  CHECK_FALSE(cookies[0].removed);
  CHECK(read_cookies({"", "novalue", "=x; Path=/", " ; Secure"}, now).empty());
}

TEST_CASE("a cookie that is sent as expired is taken away, and Max-Age outweighs Expires",
          "[cookie]") {
  const auto removed = [](const std::string& attributes) {
    return read_cookies({"a=; " + attributes}, now).at(0).removed;
  };
  CHECK(removed("Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
  CHECK(removed("expires=Thu, 01-Jan-1970 00:00:00 GMT"));
  CHECK(removed("Expires=Wed, 21 Oct 0015 07:28:00 GMT"));
  CHECK_FALSE(removed("Expires=Fri, 31 Dec 9999 23:59:59 GMT"));
  CHECK(removed("Max-Age=0"));
  CHECK(removed("Max-Age=-1"));
  CHECK_FALSE(removed("Expires=Mon, 21 Dec 2026 20:00:00 GMT"));
  CHECK_FALSE(removed("Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
  CHECK(removed("Max-Age=0; Expires=Mon, 21 Dec 2026 20:00:00 GMT"));
}

TEST_CASE("of two cookies for the same name, domain and path the last counts", "[cookie]") {
  const auto cookies =
      read_cookies({"a=1; Path=/", "a=2; Path=/; Secure", "a=3; Path=/x", "b=4; Path=/"}, now);
  REQUIRE(cookies.size() == 3);
  CHECK(cookies[0].value == "2");
  CHECK(cookies[1].value == "3");
  CHECK(cookies[2].value == "4");
}

TEST_CASE("every cookie that a name pattern finds must be right", "[cookie]") {
  CookieWanted wanted;
  wanted.name_matches = Pattern("^session_");
  wanted.secure = true;
  const auto judged = [&](const std::vector<std::string>& headers) {
    return judge_cookie(wanted, read_cookies(headers, now)).status;
  };
  CHECK(judged({"session_1=a; Secure", "other=b"}) == Status::passed);
  CHECK(judged({"session_1=a; Secure", "session_2=b"}) == Status::failed);
  CHECK(judged({"other=b; Secure"}) == Status::failed);
  wanted.secure.reset();
  wanted.present = false;
  CHECK(judged({"other=b"}) == Status::passed);
  CHECK(judged({"session_1=; Max-Age=0"}) == Status::passed);
  CHECK(judged({"session_1=a"}) == Status::failed);
}

}  // namespace postflight::test
