#include <catch2/catch_test_macros.hpp>

#include "tests/checks/http/response_answers.hpp"

namespace postflight::test {

using namespace response;

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

TEST_CASE("a certificate that is not valid yet has failed", "[http.response]") {
  RecordedWorld world;
  world.http.respond = [](const HttpRequest& request) {
    CHECK(request.want_certificates);
    auto response = answer(200);
    const auto now = std::chrono::system_clock::now();
    response.certificates.push_back(
        {"CN=app.example.com", "CN=CA", now + std::chrono::hours(1), now + std::chrono::days(90)});
    return response;
  };
  const auto outcome =
      world.run(kind(), "{url: 'https://app.example.com/', certificate-days-warn: 7}");
  CHECK(outcome.status == Status::failed);
  CHECK(says(outcome.summary, "observed not valid before "));
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

}  // namespace postflight::test
