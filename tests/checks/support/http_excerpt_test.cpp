#include "checks/support/http_excerpt.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {

TEST_CASE("tokens, parameter values and credentials are taken out of what is quoted",
          "[http_excerpt]") {
  CHECK(public_excerpt("see https://a.example.com/x?code=abc&amp;state=def&n#top") ==
        "see https://a.example.com/x?code=...&amp;state=...&n#top");
  CHECK(public_excerpt("to https://a.example.com/#access_token=abc&state=def ok") ==
        "to https://a.example.com/#access_token=...&state=... ok");
  CHECK(public_excerpt("at https://me:pass@a.example.com/") ==
        "at https://[secret]@a.example.com/");
  CHECK(public_excerpt("token eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.abc-_ end") == "token [token] end");
  CHECK(public_excerpt("{\"Message\":\"no app for hostname\"}") ==
        "{\"Message\":\"no app for hostname\"}");
}

TEST_CASE("a secret that is longer than what is quoted does not leave its beginning",
          "[http_excerpt]") {
  const auto text = std::string(190, 'x') + " eyJhbGciOiJIUzI1NiJ9" + std::string(3000, 'a');
  CHECK(public_excerpt(text).find("eyJ") == std::string::npos);
  CHECK(public_excerpt(text).size() <= 204);
}

TEST_CASE("headers that carry secrets are not quoted, challenges are", "[http_excerpt]") {
  for (const char* name : {"Set-Cookie", "cookie", "Authorization", "X-authentik-jwt",
                           "X-CSRF-Token", "X-Api-Key", "Proxy-Authorization"})
    CHECK(header_excerpt(name, "value") == "[5 characters, not shown]");
  CHECK(header_excerpt("WWW-Authenticate", "Basic realm=\"Emergency Access\"") ==
        "Basic realm=\"Emergency Access\"");
  CHECK(header_excerpt("Location", "/x?state=abc") == "/x?state=...");
}

}  // namespace postflight::test
