#include <catch2/catch_test_macros.hpp>

#include "tests/checks/http/response_answers.hpp"

namespace postflight::test {

using namespace response;

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
  CHECK(says(mistake("status: 302, redirect: {host: '', path: /}"), "'host' is empty"));
  CHECK(says(mistake("status: 302, redirect: {host: a, path: ''}"), "'path' is empty"));
  CHECK(says(mistake("redirect: {host: a, query-matches: {a: ''}}"), "found in everything"));
  CHECK(says(mistake("body-matches: ''"), "found in everything"));
  CHECK(says(mistake("cookies: [{name: a, domain: ''}]"), "'domain' is empty"));
  CHECK(says(mistake("cookies: [{name: a, path: ''}]"), "'path' is empty"));
  CHECK(says(mistake("cookies: [{name: a, same-site: ''}]"), "'same-site'"));
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
