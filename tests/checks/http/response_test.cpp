#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("http.response"); }

// The authentik edge as its checklist judges it.
const std::string edge = R"(
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

const std::string state = "eyJhbGciOiJIUzI1NiJ9.eyJzaWQiOiJzZWNyZXQtc2lkIn0.signature-of-state";
const std::string session = "SESSIONVALUETHATNOBODYMAYSEE";

HttpResponse answer(int status, std::vector<HttpHeader> headers = {}, std::string body = {}) {
  HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  response.body = std::move(body);
  response.url = "https://app.example.com/";
  response.remote_address = "192.0.2.1:443";
  response.timings.total = std::chrono::milliseconds(45);
  return response;
}

std::string location(const std::string& host = "https://auth.example.com") {
  return host + "/application/o/authorize/?client_id=outpost&redirect_uri=" +
         "https%3A%2F%2Fapp.example.com%2Foutpost.goauthentik.io%2Fcallback%3Fx%3Dtrue" +
         "&response_type=code&state=" + state;
}

std::string cookie(const std::string& domain = "example.com", int max_age = 2419201) {
  return "authentik_proxy_0a1b2c3d=" + session + "; Path=/; Domain=" + domain +
         "; Expires=Mon, 21 Dec 2026 20:00:00 GMT; Max-Age=" + std::to_string(max_age) +
         "; HttpOnly; Secure; SameSite=Lax";
}

HttpResponse to_login() {
  return answer(302, {{"Location", location()}, {"Set-Cookie", cookie()}});
}

HttpResponse emergency() {
  return answer(
      401, {{"WWW-Authenticate", "Basic realm=\"Emergency Access\""}, {"X-Auth-Fallback", "true"}});
}

std::string with_requests(int count) {
  auto text = edge;
  text.replace(text.find("requests: 1"), 11, "requests: " + std::to_string(count));
  return text;
}

Outcome run(const std::string& with, std::function<HttpResponse(const HttpRequest&)> respond) {
  RecordedWorld world;
  world.http.respond = std::move(respond);
  return world.run(kind(), with);
}

Outcome run(const std::string& with, HttpResponse response) {
  return run(with, [&](const HttpRequest&) { return response; });
}

// Answers number 0, 1, ... in turn.
Outcome run_in_turn(const std::string& with, std::function<HttpResponse(int)> respond) {
  int number = 0;
  return run(with, [&](const HttpRequest&) { return respond(number++); });
}

const Evidence& fact(const Outcome& outcome, const std::string& subject) {
  for (const auto& one : outcome.evidence)
    if (one.subject.find(subject) != std::string::npos) return one;
  FAIL("no fact about " << subject);
  return outcome.evidence.front();
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

std::string all_text(const Outcome& outcome) {
  auto text = outcome.summary + "\n";
  for (const auto& one : outcome.evidence)
    text += one.subject + " | " + one.expected + " | " + one.observed + "\n";
  return text;
}

}  // namespace

TEST_CASE("a redirect to the login with the right cookie passes", "[http.response]") {
  const auto outcome = run(edge, to_login());
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 1);
  CHECK(outcome.evidence.size() == 4);
  CHECK(outcome.summary == "GET https://app.example.com/: status 302; 3 more facts are right");
  CHECK(fact(outcome, "redirect").observed ==
        "to https://auth.example.com/application/o/authorize/ with parameters client_id, "
        "redirect_uri, response_type, state");
}

TEST_CASE("each row of the edge's table has its own verdict and sentence", "[http.response]") {
  struct Row {
    HttpResponse response;
    Status status;
    std::string summary, reason;
  };
  const std::vector<Row> rows = {
      {emergency(), Status::failed,
       "the edge fell back to Emergency Access: the outpost did not answer", ""},
      {answer(401), Status::failed, "the application asks for a password itself", ""},
      {answer(400), Status::failed, "the outpost cannot save a session", ""},
      {answer(400, {}, R"({"Message":"no app for hostname","Host":"app.example.com"})"),
       Status::failed, "the outpost has no provider for this host", ""},
      {answer(400, {}, R"({"message":"No app for hostname"})"), Status::failed,
       "the outpost has no provider for this host", ""},
      {answer(500), Status::failed, "the forward-auth service is unreachable or misconfigured", ""},
      {answer(200, {}, "<html>welcome</html>"), Status::failed,
       "the application is served without a login", ""},
      {answer(503, {{"X-Failover", "mx2"}}), Status::errored,
       "the CDN's failover answered, not the edge", "cdn-failover"},
      {answer(403), Status::errored,
       "status 403 says nothing about this: a firewall, a rate limiter or a proxy on the way "
       "answered instead",
       "inconclusive"},
      {answer(429), Status::errored,
       "status 429 says nothing about this: a firewall, a rate limiter or a proxy on the way "
       "answered instead",
       "inconclusive"},
      {answer(530), Status::errored,
       "status 530 says nothing about this: a firewall, a rate limiter or a proxy on the way "
       "answered instead",
       "inconclusive"},
  };
  for (const auto& row : rows) {
    const auto outcome = run(edge, row.response);
    INFO(row.response.status << " " << all_text(outcome));
    CHECK(outcome.status == row.status);
    CHECK(outcome.summary == row.summary);
    CHECK(outcome.reason == row.reason);
    CHECK(outcome.examined == 1);
    CHECK(says(outcome.evidence.front().observed, row.summary));
  }
}

TEST_CASE("an answer that no row explains says what was expected and what came",
          "[http.response]") {
  const auto outcome = run(edge, answer(502, {{"Server", "nginx"}}, "bad gateway"));
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary ==
        "GET https://app.example.com/: expected status 302, observed status 502 (Server: nginx; "
        "from 192.0.2.1:443; body: bad gateway)");
}

TEST_CASE("the challenge of a fallback is in the evidence", "[http.response]") {
  const auto outcome = run(edge, emergency());
  CHECK(says(outcome.evidence.front().observed,
             "WWW-Authenticate: Basic realm=\"Emergency Access\""));
  CHECK(fact(outcome, "X-Auth-Fallback").status == Status::failed);
}

TEST_CASE("a redirect elsewhere is wrong however right its status", "[http.response]") {
  const auto observed = [](const std::string& to) {
    const auto outcome = run(edge, answer(302, {{"Location", to}, {"Set-Cookie", cookie()}}));
    CHECK(outcome.status == Status::failed);
    return fact(outcome, "redirect").observed;
  };
  CHECK(says(observed(location("https://access.example.net")), ": wrong host"));
  CHECK(says(observed(location("http://auth.example.com")), ": wrong scheme"));
  CHECK(says(observed(location("https://auth.example.com:8443")), ": wrong port"));
  CHECK(says(observed(location("https://auth.example.com.evil.test")), ": wrong host"));
  CHECK(says(observed(location("https://auth.example.com@evil.test")), "wrong host"));
  CHECK(says(observed(location("")), "to https://app.example.com/application/o/authorize/"));
  CHECK(says(observed(location("")), ": wrong host"));
  CHECK(says(observed("https://auth.example.com/application/o/authorize/?client_id=other"),
             ": parameter state is missing, parameter client_id has another value, parameter "
             "redirect_uri is missing"));
  CHECK(says(observed("https://auth.example.com/if/flow/"), "wrong path"));
  CHECK(says(observed("javascript:alert(1)"), "not an http or https URL"));
  CHECK(observed("") == "to : not an http or https URL");
}

TEST_CASE("a redirect without a Location, or with two, is wrong", "[http.response]") {
  auto outcome = run(edge, answer(302, {{"Set-Cookie", cookie()}}));
  CHECK(outcome.status == Status::failed);
  CHECK(fact(outcome, "redirect").observed == "no Location header");
  outcome = run(edge, answer(302, {{"Location", location()},
                                   {"location", location("https://evil.test")},
                                   {"Set-Cookie", cookie()}}));
  CHECK(outcome.status == Status::failed);
  CHECK(says(fact(outcome, "redirect").observed, "2 Location headers"));
}

TEST_CASE("an upgrade from http to https is a redirect like any other", "[http.response]") {
  const std::string with =
      "{url: 'http://app.example.com/x', status: 301, redirect: {scheme: https, host: "
      "app.example.com, path: /x}}";
  auto response = answer(301, {{"Location", "https://app.example.com/x"}});
  response.url = "http://app.example.com/x";
  CHECK(run(with, response).status == Status::passed);
  response.headers[0].value = "/x";  // relative: stays on http
  const auto outcome = run(with, response);
  CHECK(outcome.status == Status::failed);
  CHECK(says(outcome.summary, "to http://app.example.com/x: wrong scheme"));
}

TEST_CASE("a cookie is judged by its attributes", "[http.response]") {
  const auto observed = [](const std::string& set_cookie) {
    const auto outcome =
        run(edge, answer(302, {{"Location", location()}, {"Set-Cookie", set_cookie}}));
    CHECK(outcome.status == Status::failed);
    return fact(outcome, "cookie").observed;
  };
  CHECK(says(observed(cookie("app.example.com")), "Domain=app.example.com"));
  CHECK(says(observed(cookie("app.example.com")), ": wrong Domain"));
  CHECK(says(observed(cookie("example.com", 604801)), "Max-Age=604801: wrong Max-Age"));
  CHECK(observed("other=1; Path=/") == "not set");
  CHECK(says(observed("authentik_proxy_1=x; Path=/"),
             "no Secure, no HttpOnly, no SameSite, no Domain, no Max-Age"));
  CHECK(says(observed(cookie("example.com", 0)), "taken away"));
}

TEST_CASE("one bad answer among ten fails, and says which", "[http.response]") {
  const auto outcome = run_in_turn(with_requests(10), [](int number) {
    return number == 2 || number == 6 ? emergency() : to_login();
  });
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.examined == 10);
  CHECK(outcome.summary ==
        "the edge fell back to Emergency Access: the outpost did not answer (answers 3 and 7 of "
        "10)");
  CHECK(outcome.evidence[0].observed == "8 of 10 answers: status 302");
  CHECK(outcome.evidence[0].status == Status::passed);
  CHECK(outcome.evidence[1].observed.starts_with("answers 3 and 7 of 10: status 401 ("));
  CHECK(outcome.evidence[1].status == Status::failed);
}

TEST_CASE("ten equal answers are told once", "[http.response]") {
  const auto outcome = run(with_requests(10), to_login());
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 10);
  CHECK(outcome.evidence.size() == 4);
  for (const auto& one : outcome.evidence) CHECK(one.observed.starts_with("10 of 10 answers: "));
}

TEST_CASE("every request opens a connection of its own and says what the checklist says",
          "[http.response]") {
  RecordedWorld world;
  world.http.respond = [](const HttpRequest&) { return answer(204); };
  const auto outcome = world.run(kind(), R"({url: "https://app.example.com/ping?x=1", status: 204,
      method: HEAD, requests: 3, headers: {Authorization: Bearer abc, Accept: "*/*"},
      resolve: "192.0.2.7:8443", ca-file: ca.pem, client-certificate: us.pem, client-key: us.key})");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.evidence[0].subject == "HEAD https://app.example.com/ping?... at 192.0.2.7:8443");
  REQUIRE(world.http.asked.size() == 3);
  for (const auto& request : world.http.asked) {
    CHECK(request.method == "HEAD");
    CHECK(request.url == "https://app.example.com/ping?x=1");
    CHECK(request.fresh_connection);
    CHECK(request.follow_redirects == 0);
    CHECK(request.resolve == "192.0.2.7:8443");
    CHECK(request.tls.ca_file == "ca.pem");
    CHECK(request.tls.certificate_file == "us.pem");
    CHECK(request.tls.key_file == "us.key");
    CHECK(request.tls.verify);
    REQUIRE(request.headers.size() == 2);
    CHECK(request.headers[0].value == "Bearer abc");
  }
}

TEST_CASE("when nothing answers, the client's reason is kept", "[http.response]") {
  const auto refused = [](const HttpRequest&) -> HttpResponse {
    throw ClientError(reason::refused, "nothing listens on 192.0.2.1:443");
  };
  try {
    run(with_requests(3), refused);
    FAIL("it did not throw");
  } catch (const ClientError& error) {
    CHECK(error.reason() == reason::refused);
  }
}

TEST_CASE("some requests without an answer are errored, not failed", "[http.response]") {
  const auto outcome = run_in_turn(with_requests(3), [](int number) {
    if (number == 1) throw ClientError(reason::timeout, "no answer within 5s");
    return to_login();
  });
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "timeout");
  CHECK(outcome.examined == 2);
  CHECK(outcome.summary == "no answer: no answer within 5s (answer 2 of 3)");
}

TEST_CASE("a known failure outweighs a request without an answer", "[http.response]") {
  const auto outcome = run_in_turn(with_requests(3), [](int number) {
    if (number == 0) throw ClientError(reason::timeout, "no answer within 5s");
    return number == 1 ? answer(200) : answer(403);
  });
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.reason.empty());
  CHECK(outcome.summary == "the application is served without a login (answer 2 of 3)");
}

TEST_CASE("an interrupted run is not asked on", "[http.response]") {
  int asked = 0;
  CHECK_THROWS_AS(run(with_requests(3),
                      [&](const HttpRequest&) -> HttpResponse {
                        ++asked;
                        throw ClientError(reason::interrupted, "asked to stop");
                      }),
                  ClientError);
  CHECK(asked == 1);
}

TEST_CASE("without a status any answer below 400 is right, an error page is not",
          "[http.response]") {
  const std::string with = "{url: 'https://app.example.com/', header-absent: X-Auth-Fallback}";
  CHECK(run(with, answer(200)).status == Status::passed);
  CHECK(run(with, answer(302)).status == Status::passed);
  CHECK(run(with, answer(500)).status == Status::failed);
  CHECK(run(with, answer(503)).status == Status::failed);
  CHECK(run(with, answer(403)).status == Status::errored);
}

TEST_CASE("a status that is asked for is never inconclusive", "[http.response]") {
  CHECK(run("{url: 'https://app.example.com/', status: [403]}", answer(403)).status ==
        Status::passed);
  CHECK(run("{url: 'https://app.example.com/', status: [403], header-present: [X-Denied]}",
            answer(403))
            .status == Status::failed);
  CHECK(
      run("{url: 'https://app.example.com/', status: 200, inconclusive: []}", answer(403)).status ==
      Status::failed);
  CHECK(run("{url: 'https://app.example.com/', status: 200, inconclusive: 5xx}", answer(503))
            .status == Status::errored);
}

TEST_CASE("headers are judged in any case, and any value may match", "[http.response]") {
  const std::string with =
      "{url: 'https://app.example.com/', header-present: [STRICT-Transport-Security], "
      "header-matches: {cache-control: immutable}}";
  const auto outcome = run(with, answer(200, {{"strict-transport-security", "max-age=1"},
                                              {"Cache-Control", "public"},
                                              {"cache-control", "immutable"}}));
  CHECK(outcome.status == Status::passed);
  const auto bad = run(with, answer(200, {{"Cache-Control", "no-store"}}));
  CHECK(bad.status == Status::failed);
  CHECK(fact(bad, "STRICT").observed == "absent");
  CHECK(fact(bad, "cache-control").observed == "no-store");
}

TEST_CASE("the body is judged whole and quoted in part", "[http.response]") {
  const std::string with =
      "{url: 'https://app.example.com/', status: 200, body-matches: ready, body-not-matches: "
      "degraded}";
  CHECK(run(with, answer(200, {}, "ready")).status == Status::passed);
  const auto late = run(with, answer(200, {}, std::string(100000, 'x') + "ready degraded"));
  CHECK(late.status == Status::failed);
  CHECK(says(late.summary, "expected does not match /degraded/"));
  CHECK(late.summary.size() < 400);
  CHECK(run(with, answer(200, {}, "")).status == Status::failed);
}

TEST_CASE("secrets of an answer are never quoted", "[http.response]") {
  const auto page = "<a href=\"" + location() + "\">Found</a> " + state;
  const std::vector<HttpResponse> answers = {
      to_login(),
      answer(302,
             {{"Location", location("https://evil.test")}, {"Set-Cookie", cookie("evil.test")}}),
      answer(302, {{"Location", "https://user:" + session + "@evil.test/?a=" + session}}, page),
      answer(200, {{"Set-Cookie", cookie()}, {"Location", location()}}, page),
      answer(302, {{"Location", location()},
                   {"X-Auth-Fallback", "https://x.example.com/?code=" + session},
                   {"Set-Cookie", cookie()}}),
  };
  for (const auto& response : answers) {
    const auto text = all_text(run(edge, response));
    INFO(text);
    CHECK_FALSE(says(text, session));
    CHECK_FALSE(says(text, state));
    CHECK_FALSE(says(text, "secret-sid"));
  }
  const auto outcome =
      run("{url: 'https://app.example.com/', header-matches: {Set-Cookie: ^none, X-Authentik-Jwt: "
          "^none}, cookies: {name-matches: authentik, value-matches: '^[A-Z2-7]{52}$'}}",
          answer(200, {{"Set-Cookie", cookie()}, {"X-authentik-jwt", session}}));
  CHECK(outcome.status == Status::failed);
  CHECK_FALSE(says(all_text(outcome), session));
  CHECK(says(fact(outcome, "cookie").observed, "a value of 28 characters that does not match"));
}

TEST_CASE("the slowest answer is held to the latency thresholds", "[http.response]") {
  const std::string with =
      "{url: 'https://app.example.com/', requests: 3, warn-latency: 1s, max-latency: 2s}";
  const auto with_slowest = [&](int slowest) {
    return run_in_turn(with, [&](int number) {
      auto response = answer(200);
      response.timings.total = std::chrono::milliseconds(number == 1 ? slowest : 20);
      return response;
    });
  };
  CHECK(with_slowest(1000).status == Status::passed);
  CHECK(with_slowest(1001).status == Status::warned);
  CHECK(with_slowest(2001).status == Status::failed);
  CHECK(fact(with_slowest(2001), "latency").expected == "at most 2s");
  CHECK(fact(with_slowest(1500), "latency").observed == "1s500ms");
}

TEST_CASE("a certificate near its end warns, then fails, in any place of the chain",
          "[http.response]") {
  const std::string with =
      "{url: 'https://app.example.com/', certificate-days-warn: 21, certificate-days-fail: 7}";
  const auto with_days = [&](int leaf, int authority) {
    auto response = answer(200);
    const auto now = std::chrono::system_clock::now();
    const auto half_a_day = std::chrono::hours(12);
    for (const auto& [name, days] : {std::pair{"CN=app.example.com", leaf}, {"CN=CA", authority}})
      response.certificates.push_back(
          {name, "CN=CA", now - std::chrono::days(90), now + std::chrono::days(days) + half_a_day});
    return run(with, response);
  };
  CHECK(with_days(21, 900).status == Status::passed);
  CHECK(with_days(21, 900).evidence.size() == 3);
  CHECK(with_days(20, 900).status == Status::warned);
  CHECK(with_days(6, 900).status == Status::failed);
  CHECK(with_days(60, 6).status == Status::failed);
  CHECK(says(with_days(60, -3).summary,
             "certificate CN=CA: expected valid for 21 more days, "
             "observed expired on "));
}

TEST_CASE("certificates that were not shown are unknown, not fine", "[http.response]") {
  const auto outcome =
      run("{url: 'https://app.example.com/', certificate-days-fail: 7}", answer(200));
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "unreadable");
}

TEST_CASE("a failed handshake over an expired certificate has failed when dates are judged",
          "[http.response]") {
  int looks = 0;
  auto expires = std::chrono::system_clock::now() - std::chrono::hours(1);
  const auto respond = [&](const HttpRequest& request) -> HttpResponse {
    if (request.tls.verify) throw ClientError(reason::tls, "certificate has expired");
    ++looks;
    CHECK(request.method == "HEAD");
    CHECK(request.headers.empty());
    CHECK(request.tls.certificate_file.empty());
    CHECK(request.want_certificates);
    auto response = answer(200);
    response.certificates.push_back({"CN=app.example.com", "CN=CA", {}, expires});
    return response;
  };
  const std::string dated =
      "{url: 'https://app.example.com/', certificate-days-fail: 7, requests: 2, headers: "
      "{Authorization: Bearer abc}, client-certificate: us.pem, client-key: us.key}";
  const auto outcome = run(dated, respond);
  CHECK(outcome.status == Status::failed);
  CHECK(looks == 1);
  CHECK(says(outcome.summary,
             "certificate CN=app.example.com: expected valid for 7 more days, "
             "observed expired on"));

  // Nothing wrong with the dates: the handshake failed for another reason, which is kept.
  expires = std::chrono::system_clock::now() + std::chrono::days(300);
  CHECK_THROWS_AS(run(dated, respond), ClientError);
  CHECK(looks == 2);
  // Not asked about dates: no second look.
  CHECK_THROWS_AS(run("{url: 'https://app.example.com/', status: 200}", respond), ClientError);
  CHECK(looks == 2);
}

TEST_CASE("a connection that is not verified says so", "[http.response]") {
  const auto outcome =
      run("{url: 'https://app.example.com/', status: 200, insecure: true}", answer(200));
  CHECK(outcome.status == Status::passed);
  CHECK(fact(outcome, "certificate").observed == "not verified");
  CHECK(outcome.summary ==
        "GET https://app.example.com/: status 200; the certificate is not verified");
}

TEST_CASE("contradictory settings are mistakes", "[http.response]") {
  const auto mistake = [](const std::string& with) {
    const auto mistakes = mistakes_in(kind(), "{url: 'https://app.example.com/', " + with + "}");
    INFO(with);
    REQUIRE(mistakes.size() == 1);
    return mistakes[0].what;
  };
  CHECK(says(mistake("method: GET"), "nothing is expected"));
  CHECK(says(mistake("headers: {A: b}, requests: 3"), "nothing is expected"));
  CHECK(says(mistake("status: 302, redirect: {host: a.example.com}, follow-redirects: 1"),
             "leave out one"));
  CHECK(says(mistake("status: 200, redirect: {host: a.example.com}"), "allows none of 301"));
  CHECK(says(mistake("status: 302, redirect: {}"), "nothing is expected of the redirect"));
  CHECK(says(mistake("redirect: {host: 'https://a.example.com/'}"), "host or host:port"));
  CHECK(says(mistake("redirect: {path: login}"), "begin with '/'"));
  CHECK(says(mistake("redirect: {query-matches: {a: '('}}"), "regular expression"));
  CHECK(says(mistake("status: 200, client-certificate: us.pem"), "one is missing"));
  CHECK(says(mistake("status: 200, client-key: us.key"), "one is missing"));
  CHECK(says(mistake("status: 200, insecure: true, ca-file: ca.pem"), "not be used"));
  CHECK(says(mistake("status: [200, 2x]"), "not '2x'"));
  CHECK(says(mistake("status: []"), "lists nothing"));
  CHECK(says(mistake("status: 700"), "not '700'"));
  CHECK(says(mistake("status: 200, requests: 0"), "from 1 to 1000"));
  CHECK(says(mistake("status: 200, method: POST"), "one of GET, HEAD, OPTIONS"));
  CHECK(says(mistake("method: HEAD, body-matches: x"), "no body"));
  CHECK(says(mistake("header-present: [X-A], header-absent: [x-a]"), "cannot be there and not"));
  CHECK(says(mistake("header-matches: {A: '['}"), "regular expression"));
  CHECK(says(mistake("status: 200, headers: {'a b': c}"), "cannot be sent"));
  CHECK(says(mistake("status: 200, headers: {a: \"b\\r\\nc: d\"}"), "cannot be sent"));
  CHECK(says(mistake("status: 200, resolve: edge.example.com"), "must be an address"));
  CHECK(says(mistake("warn-latency: 2s, max-latency: 1s"), "shorter"));
  CHECK(says(mistake("certificate-days-warn: 7, certificate-days-fail: 7"), "more than"));
  CHECK(says(mistake("certificate-days-warn: -1"), "negative"));
  CHECK(says(mistake("cookies: [{secure: true}]"), "either 'name' or 'name-matches'"));
  CHECK(says(mistake("cookies: [{name: a, present: false, secure: true}]"), "cannot have"));
  CHECK(says(mistake("cookies: [{name: a, max-age-tolerance: 1}]"), "without 'max-age'"));
  CHECK(says(mistake("status: 200, verdicts: [{name: a, when: {}, summary: s}]"), "explain every"));
  CHECK(says(mistake("status: 200, verdicts: [{name: A b, when: {status: 1xx}, summary: s}]"),
             "joined by dashes"));
}

TEST_CASE("a wrong URL is a mistake", "[http.response]") {
  const auto mistakes = [](const std::string& with) { return mistakes_in(kind(), with); };
  CHECK(mistakes("{status: 200}").size() == 1);
  CHECK(mistakes("{url: app.example.com, status: 200}").size() == 1);
  CHECK(mistakes("{url: 'ftp://app.example.com/', status: 200}").size() == 1);
  CHECK(mistakes("{url: 'https://user:pass@app.example.com/', status: 200}").size() == 1);
  CHECK(mistakes("{url: 'http://app.example.com/', certificate-days-fail: 7}").size() == 1);
  CHECK(mistakes("{url: 'http://app.example.com/', status: 200, insecure: true}").size() == 1);
  CHECK(mistakes("{url: 'http://app.example.com/', status: 200, ca-file: ''}").empty());
  CHECK(mistakes_in(kind(), edge).empty());
}

}  // namespace postflight::test
