#include <catch2/catch_test_macros.hpp>

#include "tests/checks/http/response_answers.hpp"

namespace postflight::test {

using namespace response;

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

TEST_CASE("every mark of a verdict must be there", "[http.response]") {
  const auto summary = [](const std::string& when, const HttpResponse& response) {
    return run("{url: 'https://app.example.com/', status: 200, verdicts: [{name: it, when: " +
                   when + ", summary: it is}]}",
               response)
        .summary;
  };
  const auto one = answer(401, {{"X-A", "alpha"}}, "text");
  CHECK(summary("{status: 4xx}", one) == "it is");
  CHECK(summary("{status: 5xx}", one) != "it is");
  CHECK(summary("{header-present: x-a}", one) == "it is");
  CHECK(summary("{header-present: [x-a, x-b]}", one) != "it is");
  CHECK(summary("{header-absent: x-b}", one) == "it is");
  CHECK(summary("{header-absent: [x-b, x-a]}", one) != "it is");
  CHECK(summary("{header-matches: {x-a: ^al}}", one) == "it is");
  CHECK(summary("{header-matches: {x-a: ^be}}", one) != "it is");
  CHECK(summary("{body-matches: ext}", one) == "it is");
  CHECK(summary("{body-matches: ^ext}", one) != "it is");
  CHECK(summary("{body-empty: false}", one) == "it is");
  CHECK(summary("{body-empty: true}", one) != "it is");
  CHECK(summary("{status: 401, header-present: x-b}", one) != "it is");
}

TEST_CASE("an answer that no row explains says what was expected and what came",
          "[http.response]") {
  const auto outcome = run(edge, answer(502, {{"Server", "nginx"}}, "bad gateway"));
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary ==
        "GET https://app.example.com/: expected status 302, observed status 502 (Server: nginx; "
        "from 192.0.2.1:443; body: bad gateway)");
}

TEST_CASE("a body that is encoded is neither matched nor not matched", "[http.response]") {
  const auto judged = [](const std::string& wanted, const std::string& name,
                         const std::string& value) {
    return run("{url: 'https://app.example.com/', status: 200, " + wanted + "}",
               answer(200, {{name, value}}, "\x1f\x8b..."));
  };
  for (const auto* wanted : {"body-not-matches: maintenance", "body-matches: maintenance"}) {
    for (const auto& [name, value] :
         {std::pair("Content-Encoding", "gzip"), std::pair("Content-Encoding", "br"),
          std::pair("Content-Type", "text/html; charset=UTF-16")}) {
      INFO(wanted << " " << name << ": " << value);
      const auto outcome = judged(wanted, name, value);
      CHECK(outcome.status == Status::errored);
      CHECK(outcome.reason == "unreadable");
      CHECK(says(outcome.summary, std::string(name) + ": "));
    }
  }
  CHECK(judged("header-absent: x", "Content-Encoding", "gzip").status == Status::passed);
  CHECK(judged("body-not-matches: maintenance", "Content-Encoding", "identity").status ==
        Status::passed);
}

TEST_CASE("an answer from elsewhere, as redirects were followed, says from where",
          "[http.response]") {
  const auto observed = [](const std::string& from) {
    auto response = answer(200);
    response.url = from;
    return run("{url: 'https://app.example.com', status: 200, follow-redirects: 3}", response)
        .evidence.front()
        .observed;
  };
  CHECK(observed("https://app.example.com/") == "status 200");
  CHECK(observed("https://portal.example.org/login?token=abc") ==
        "status 200 from https://portal.example.org/login with parameter token");
  CHECK(observed("http://app.example.com/") == "status 200 from http://app.example.com/");
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
  auto twice = location();
  twice.insert(twice.find('?') + 1, "client_id=other&");
  CHECK(says(observed(twice), ": parameter client_id has another value"));
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
  CHECK(says(observed("authentik_proxy_1=x; Path=/outpost; Domain=example.com; Max-Age=2419201; "
                      "HttpOnly; Secure; SameSite=Lax"),
             "Max-Age=2419201: wrong Path"));
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

}  // namespace postflight::test
