#pragma once

#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_clients.hpp"

// What the tests of http.response share.
namespace postflight::test::response {

inline const CheckKind& kind() { return *find_kind("http.response"); }

// The authentik edge as its checklist judges it.
inline const std::string edge = R"(
url: https://app.example.com/
requests: 1
status: [302]
header-absent: [X-Auth-Fallback]
redirect:
  scheme: https
  host: auth.example.com
  path: /application/o/authorize/
  query: {client_id: outpost}
  query-matches: {redirect_uri: "^https://app\\.example\\.com/outpost\\.goauthentik\\.io/callback"}
  query-present: [state]
cookies:
  - name-matches: ^authentik_proxy_
    secure: true
    http-only: true
    same-site: Lax
    domain: example.com
    path: /
    max-age: 2419201
    max-age-tolerance: 1
verdicts:
  - name: cdn-failover
    when: {header-present: [x-failover]}
    verdict: errored
    summary: the CDN's failover answered, not the edge
  - name: emergency-access
    when: {status: [401], header-present: [X-Auth-Fallback]}
    summary: "the edge fell back to Emergency Access: the outpost did not answer"
  - name: own-401
    when: {status: [401]}
    summary: the application asks for a password itself
  - name: session-not-saved
    when: {status: [400], body-empty: true}
    summary: the outpost cannot save a session
  - name: no-app
    when: {status: [400], body-matches: "(?i)no app for hostname"}
    summary: the outpost has no provider for this host
  - name: auth-unreachable
    when: {status: [500]}
    summary: the forward-auth service is unreachable or misconfigured
  - name: unprotected
    when: {status: [2xx]}
    summary: the application is served without a login
)";

inline const std::string state =
    "eyJhbGciOiJIUzI1NiJ9.eyJzaWQiOiJzZWNyZXQtc2lkIn0.signature-of-state";
inline const std::string session = "SESSIONVALUETHATNOBODYMAYSEE";

inline HttpResponse answer(int status, std::vector<HttpHeader> headers = {},
                           std::string body = {}) {
  HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  response.body = std::move(body);
  response.url = "https://app.example.com/";
  response.remote_address = "192.0.2.1:443";
  response.timings.total = std::chrono::milliseconds(45);
  return response;
}

inline std::string location(const std::string& host = "https://auth.example.com") {
  return host + "/application/o/authorize/?client_id=outpost&redirect_uri=" +
         "https%3A%2F%2Fapp.example.com%2Foutpost.goauthentik.io%2Fcallback%3Fx%3Dtrue" +
         "&response_type=code&state=" + state;
}

inline std::string cookie(const std::string& domain = "example.com", int max_age = 2419201) {
  return "authentik_proxy_0a1b2c3d=" + session + "; Path=/; Domain=" + domain +
         "; Expires=Mon, 21 Dec 2026 20:00:00 GMT; Max-Age=" + std::to_string(max_age) +
         "; HttpOnly; Secure; SameSite=Lax";
}

inline HttpResponse to_login() {
  return answer(302, {{"Location", location()}, {"Set-Cookie", cookie()}});
}

inline HttpResponse emergency() {
  return answer(
      401, {{"WWW-Authenticate", "Basic realm=\"Emergency Access\""}, {"X-Auth-Fallback", "true"}});
}

inline std::string with_requests(int count) {
  auto text = edge;
  text.replace(text.find("requests: 1"), 11, "requests: " + std::to_string(count));
  return text;
}

inline Outcome run(const std::string& with,
                   std::function<HttpResponse(const HttpRequest&)> respond) {
  RecordedWorld world;
  world.http.respond = std::move(respond);
  return world.run(kind(), with);
}

inline Outcome run(const std::string& with, HttpResponse response) {
  return run(with, [&](const HttpRequest&) { return response; });
}

// Answers number 0, 1, ... in turn.
inline Outcome run_in_turn(const std::string& with, std::function<HttpResponse(int)> respond) {
  int number = 0;
  return run(with, [&](const HttpRequest&) { return respond(number++); });
}

inline const Evidence& fact(const Outcome& outcome, const std::string& subject) {
  for (const auto& one : outcome.evidence)
    if (one.subject.find(subject) != std::string::npos) return one;
  FAIL("no fact about " << subject);
  return outcome.evidence.front();
}

inline bool says(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

inline std::string all_text(const Outcome& outcome) {
  auto text = outcome.summary + "\n";
  for (const auto& one : outcome.evidence)
    text += one.subject + " | " + one.expected + " | " + one.observed + "\n";
  return text;
}

}  // namespace postflight::test::response
