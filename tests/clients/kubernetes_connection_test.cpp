#include "clients/kubernetes_connection.hpp"

#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "tests/support/scripted_api.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;

const std::string pod = R"({"kind": "Pod"})";

// Answers one script entry after the other, the last one for ever.
auto in_turn(std::vector<std::function<HttpResponse()>> script) {
  return
      [script = std::move(script), at = std::size_t{0}](const HttpRequest&, const Limits&) mutable {
        const auto& next = script.at(std::min(at, script.size() - 1));
        ++at;
        return next();
      };
}

auto status(int code, const std::string& retry_after = "") {
  return [=] {
    auto response = answer(code, code == 200 ? pod : "no");
    if (!retry_after.empty()) response.headers.push_back({"retry-after", retry_after});
    return response;
  };
}

auto trouble(std::string_view reason) {
  return [=]() -> HttpResponse { throw ClientError(reason, "the network says no"); };
}

ApiFailure get(ScriptedApi& api, const std::string& path = "/api/v1/one") {
  return api.failure([&](auto& k) { k.get(path, a_minute()); });
}

std::chrono::milliseconds total(const std::vector<std::chrono::milliseconds>& pauses) {
  return std::accumulate(pauses.begin(), pauses.end(), 0ms);
}

}  // namespace

TEST_CASE("a server in trouble for a moment is asked again", "[retries]") {
  for (const auto& first : std::vector<std::function<HttpResponse()>>{
           status(500), status(502), status(503), status(504), status(429),
           trouble(reason::refused), trouble(reason::unreachable)}) {
    ScriptedApi api;
    api.http.respond = in_turn({first, status(200)});
    CHECK(get(api).reason.empty());
    CHECK(api.http.asked().size() == 2);
    REQUIRE(api.pauses.size() == 1);
    CHECK(api.pauses[0] >= 100ms);
    CHECK(api.pauses[0] <= 200ms);
  }
}

TEST_CASE("what another try cannot mend is not tried again", "[retries]") {
  for (const auto& word : {reason::timeout, reason::tls, reason::dns, reason::too_large}) {
    ScriptedApi api;
    api.http.respond = in_turn({trouble(word)});
    CHECK(get(api).reason == word);
    CHECK(api.http.asked().size() == 1);
  }
}

TEST_CASE("a dead server is given up soon, with its own words", "[retries]") {
  ScriptedApi refused;
  refused.http.respond = in_turn({trouble(reason::refused)});
  const auto failure = get(refused);
  CHECK(failure.reason == reason::refused);
  CHECK(failure.message == "the network says no");
  CHECK(refused.http.asked().size() == 4);
  CHECK(total(refused.pauses) < 2s);

  ScriptedApi broken;
  broken.http.respond = in_turn({status(503)});
  CHECK(get(broken).reason == reason::server_error);
  CHECK(broken.http.asked().size() == 4);
}

TEST_CASE("pauses grow", "[retries]") {
  ScriptedApi api;
  api.http.respond = in_turn({status(503)});
  get(api);
  REQUIRE(api.pauses.size() == 3);
  CHECK(api.pauses[1] >= 200ms);
  CHECK(api.pauses[2] >= 400ms);
}

TEST_CASE("Retry-After in seconds is honoured, a date or nonsense is not", "[retries]") {
  ScriptedApi api;
  api.http.respond = in_turn({status(503, "2"), status(200)});
  CHECK(get(api).reason.empty());
  CHECK(total(api.pauses) == 2s);
  for (const auto* odd : {"Wed, 21 Oct 2026 07:28:00 GMT", "-3", "soon", "2.5", ""}) {
    ScriptedApi other;
    other.http.respond = in_turn({status(503, odd), status(200)});
    CHECK(get(other).reason.empty());
    CHECK(total(other.pauses) <= 200ms);
  }
}

TEST_CASE("a broken server that wants to be asked much later is given up at once", "[retries]") {
  ScriptedApi api;
  api.http.respond = in_turn({status(503, "30")});
  CHECK(get(api).reason == reason::server_error);
  CHECK(api.http.asked().size() == 1);
  CHECK(api.pauses.empty());
}

TEST_CASE("throttling is waited out as long as there is time", "[retries]") {
  ScriptedApi api;
  api.http.respond = in_turn({status(429, "10"), status(429, "10"), status(429, "10"),
                              status(429, "10"), status(429, "10"), status(200)});
  CHECK(get(api).reason.empty());
  CHECK(total(api.pauses) == 50s);
}

TEST_CASE("at the deadline the server's words are told, not that time ran out", "[retries]") {
  ScriptedApi api;
  api.http.respond = in_turn({status(429, "25")});
  const auto failure = get(api);
  CHECK(failure.reason == reason::throttled);
  CHECK(failure.status == 429);
  CHECK(api.http.asked().size() == 3);

  ScriptedApi slow;
  slow.http.respond = in_turn({status(503), trouble(reason::timeout)});
  CHECK(get(slow).reason == reason::server_error);
  CHECK(slow.http.asked().size() == 2);
}

TEST_CASE("a run that is stopped does not wait for another try", "[retries]") {
  ScriptedApi api;
  std::stop_source stop;
  api.http.respond = in_turn({status(503)});
  api.policy.pause = [&](std::chrono::milliseconds, const Limits&) { stop.request_stop(); };
  auto limits = a_minute();
  limits.stop = stop.get_token();
  CHECK(api.failure([&](auto& k) { k.get("/api/v1/one", limits); }).reason == reason::interrupted);
  CHECK(api.http.asked().size() == 1);
}

TEST_CASE("really waiting ends when the run is stopped", "[retries]") {
  std::stop_source stop;
  stop.request_stop();
  auto limits = a_minute();
  limits.stop = stop.get_token();
  RetryPolicy policy;
  policy.first_pause = 40s;
  policy.patience = 50s;
  Retries retries(policy, limits);
  CHECK_THROWS_AS(retries.wait(false, std::nullopt), ClientError);
}

TEST_CASE("refused credentials are told with whose they are and where they come from",
          "[retries]") {
  ScriptedApi api;
  api.http.respond = [](const HttpRequest&, const Limits&) {
    return recorded_answer("error_401_bad_token");
  };
  const auto failure = get(api);
  CHECK(failure.reason == reason::unauthorized);
  CHECK(failure.status == 401);
  CHECK(failure.message ==
        "GET /api/v1/one: the API server answered 401 Unauthorized: Unauthorized to the token of "
        "\"dev\" (/home/me/.kube/config)");
  CHECK(api.http.asked().size() == 1);
}

TEST_CASE("a refused plug-in credential is renewed once and the question asked again",
          "[retries]") {
  int runs = 0;
  const auto plug_in = [&](ScriptedApi& api) {
    api.access.token.clear();
    api.access.exec =
        ExecPlugin{"client.authentication.k8s.io/v1", {"get-token"}, {}, "", false, ""};
    api.commands.respond = [&](const CommandRequest&) {
      return CommandResult{0, 0,
                           R"({"apiVersion": "client.authentication.k8s.io/v1",
                               "kind": "ExecCredential", "status": {"token": "run-)" +
                               std::to_string(++runs) + "\"}}",
                           ""};
    };
  };
  ScriptedApi api;
  plug_in(api);
  api.http.respond = [](const HttpRequest& request, const Limits&) {
    return answer(header_of(request, "Authorization") == "Bearer run-2" ? 200 : 401, pod);
  };
  CHECK(get(api).reason.empty());
  CHECK(get(api, "/api/v1/two").reason.empty());
  CHECK(runs == 2);
  CHECK(api.http.asked().size() == 3);

  ScriptedApi locked;
  plug_in(locked);
  locked.http.respond = in_turn({status(401)});
  runs = 0;
  CHECK(get(locked).reason == reason::unauthorized);
  CHECK(locked.http.asked().size() == 2);
  CHECK(get(locked, "/api/v1/two").reason == reason::unauthorized);
  CHECK(runs == 2);  // the second question does not make it run again
}

}  // namespace postflight::test
