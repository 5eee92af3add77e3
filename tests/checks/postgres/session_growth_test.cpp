#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "clients/pqxx_postgres.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("postgres.session-growth"); }

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

// The statements that authentik's migration 0016_proxysession makes the table with.
constexpr auto authentik_table = R"(
DROP TABLE IF EXISTS authentik_providers_proxy_proxysession;
CREATE TABLE "authentik_providers_proxy_proxysession" (
  "expires" timestamp with time zone NULL, "expiring" boolean NOT NULL,
  "uuid" uuid NOT NULL PRIMARY KEY, "session_key" text NOT NULL UNIQUE,
  "user_id" uuid NULL, "session_data" jsonb NOT NULL);)";

constexpr auto anonymous = "{}";
constexpr auto login = R"({"claims": {"sub": "ann", "email": "ann@example.com"}})";

const PostgresServer& server() {
  if (!PostgresServer::is_installed()) SKIP("PostgreSQL's server is not installed");
  static const PostgresServer running;
  return running;
}

// A session as the outpost writes it, `ago` before now.
void write(const std::string& data, const std::string& ago = "0s",
           const std::string& validity = "28 days 1 second") {
  server().execute(
      fmt::format("INSERT INTO authentik_providers_proxy_proxysession"
                  "(uuid, session_key, session_data, expires, expiring) VALUES (gen_random_uuid(), "
                  "gen_random_uuid()::text, '{}', now() - interval '{}' + interval '{}', true)",
                  data, ago, validity));
}

// A healthy table on a real server: an anonymous row, a login, and one about to be cleaned up.
struct SessionWorld : RecordedWorld {
  SessionWorld() {
    server().execute(authentik_table);
    write(anonymous, "3m");
    write(login, "5h");
    write(anonymous, "28 days 10m");
    postgres.respond = [](const PostgresTarget&, const std::string& sql,
                          const std::vector<std::string>& parameters) {
      return PqxxPostgres().query(
          {server().url(), ""}, sql, parameters,
          {std::chrono::steady_clock::now() + std::chrono::seconds(30), {}});
    };
    http.respond = [](const HttpRequest&) {
      write(anonymous);
      return answer(302);
    };
  }

  static HttpResponse answer(int status) {
    HttpResponse response;
    response.status = status;
    return response;
  }
  // The real server's answers, but for that column.
  void answer_with(const std::string& column, const std::string& value) {
    postgres.respond = [real = postgres.respond, column, value](
                           const PostgresTarget& target, const std::string& sql,
                           const std::vector<std::string>& parameters) {
      auto rows = real(target, sql, parameters);
      for (std::size_t i = 0; i < rows.columns.size(); ++i)
        if (rows.columns[i] == column) rows.rows.at(0).at(i) = value;
      return rows;
    };
  }
  void answer_without_a_row(int status) {
    http.respond = [status](const HttpRequest&) { return answer(status); };
  }
  Outcome run_with(const std::string& settings) { return run(kind(), "{" + settings + "}"); }
  Outcome run_with_request(const std::string& more = "") {
    return run_with("growth: {request: {url: 'https://app.example.com/?token=1'}, within: 50ms}" +
                    more);
  }
};

// The fact with that subject.
const Evidence& fact(const Outcome& outcome, const std::string& subject) {
  for (const auto& evidence : outcome.evidence)
    if (evidence.subject == subject) return evidence;
  for (const auto& evidence : outcome.evidence) UNSCOPED_INFO(evidence.subject);
  throw std::logic_error("no fact about " + subject);
}

const std::string request_subject = "GET https://app.example.com/";

}  // namespace

TEST_CASE("a table that a request makes grow passes, and says what was seen",
          "[postgres.session-growth]") {
  SessionWorld world;
  const auto outcome = world.run_with_request();
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 4);
  CHECK(outcome.summary ==
        "sessions are written (1 new row during this check, 3 rows before), live 28d and are "
        "cleaned up");
  CHECK(fact(outcome, request_subject).observed == "answered 302, 1 new row");
  CHECK(fact(outcome, "new rows expire").expected == "in 28d, give or take 10m");
  CHECK(fact(outcome, "new rows expire").observed == "in 28d");
  CHECK(fact(outcome, "last write").observed == "during this check");
  CHECK(fact(outcome, "cleanup of expired rows").observed == "none");
  CHECK(fact(outcome, "rows of logins").observed == "1 row");
}

TEST_CASE("without a proof of growth a recent last write passes", "[postgres.session-growth]") {
  SessionWorld world;
  const auto outcome = world.run_with("max-idle: 5m");
  CHECK(outcome.status == Status::passed);
  CHECK(has(fact(outcome, "last write").observed, " ago: the newest row expires in 27d23h57m"));
  CHECK(has(outcome.summary, "sessions are written (last write 3m"));
}

TEST_CASE("a row counts as new although cleanup took more away meanwhile",
          "[postgres.session-growth]") {
  SessionWorld world;
  world.http.respond = [](const HttpRequest&) {
    server().execute("DELETE FROM authentik_providers_proxy_proxysession");
    write(anonymous);
    return SessionWorld::answer(302);
  };
  CHECK(world.run_with_request().status == Status::passed);
}

TEST_CASE("an empty table that a request fills passes", "[postgres.session-growth]") {
  SessionWorld world;
  server().execute("TRUNCATE authentik_providers_proxy_proxysession");
  CHECK(world.run_with_request().status == Status::passed);
}

TEST_CASE("a frozen table fails, saying when it was last written", "[postgres.session-growth]") {
  SessionWorld world;
  world.answer_without_a_row(302);
  server().execute(
      "UPDATE authentik_providers_proxy_proxysession SET expires = expires - interval '3 hours' "
      "WHERE expires > now()");
  const auto outcome = world.run_with_request();
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "nothing writes sessions: last write 3h3m ago; " + request_subject +
                               " (answered 302) created no row");
  CHECK(fact(outcome, request_subject).status == Status::failed);
  CHECK(fact(outcome, request_subject).observed == "answered 302, no new row");
  CHECK(fact(outcome, "last write").status == Status::failed);
  CHECK(fact(outcome, "cleanup of expired rows").status == Status::passed);

  const auto unproven = world.run_with("max-idle: 10m");
  CHECK(unproven.status == Status::failed);
  CHECK(has(unproven.summary,
            "nothing writes sessions: last write 3h3m ago, unless new rows live less than 28d now "
            "(the newest row expires in 27d20h57m)"));
}

TEST_CASE("a request that creates no row fails even just after somebody else's write",
          "[postgres.session-growth]") {
  SessionWorld world;
  world.answer_without_a_row(302);
  const auto outcome = world.run_with_request();
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "nothing writes sessions: last write 3m"));
  CHECK(fact(outcome, "last write").status == Status::passed);
}

TEST_CASE("the row of a login does not prove that a request created one",
          "[postgres.session-growth]") {
  SessionWorld world;
  world.http.respond = [](const HttpRequest&) {
    write(login);
    return SessionWorld::answer(302);
  };
  const auto outcome = world.run_with_request();
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "only rows of logins are written"));
}

TEST_CASE("a validity that drifted to 7 days fails by the new row, not by the old ones",
          "[postgres.session-growth]") {
  SessionWorld world;
  world.http.respond = [](const HttpRequest&) {
    write(anonymous, "0s", "7 days 1 second");
    return SessionWorld::answer(302);
  };
  const auto outcome = world.run_with_request();
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "validity drifted: new rows expire in 7d, 28d expected");
  CHECK(fact(outcome, "new rows expire").observed == "in 7d");
  CHECK(fact(outcome, request_subject).status == Status::passed);
}

TEST_CASE("rows that live longer than they should are drift even without a new one",
          "[postgres.session-growth]") {
  SessionWorld world;
  write(anonymous, "0s", "56 days");
  const auto outcome = world.run_with("");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "validity drifted: the newest row expires in 56d, 28d expected"));
}

TEST_CASE("new rows of two validities are a warning", "[postgres.session-growth]") {
  SessionWorld world;
  world.http.respond = [](const HttpRequest&) {
    write(anonymous);
    write(anonymous, "0s", "1 day");
    return SessionWorld::answer(302);
  };
  const auto outcome = world.run_with_request();
  CHECK(outcome.status == Status::warned);
  CHECK(has(outcome.summary, "1 of 2 new rows expire in 1d, not in 28d"));
}

TEST_CASE("a new row without an expiry is drift", "[postgres.session-growth]") {
  SessionWorld world;
  world.http.respond = [](const HttpRequest&) {
    server().execute(
        "INSERT INTO authentik_providers_proxy_proxysession VALUES (NULL, true, "
        "gen_random_uuid(), gen_random_uuid(), NULL, '{}')");
    return SessionWorld::answer(302);
  };
  const auto outcome = world.run_with_request();
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "validity drifted: new rows expire never, 28d expected"));
}

TEST_CASE("a cleanup that stopped fails, saying how many rows and how long",
          "[postgres.session-growth]") {
  SessionWorld world;
  write(anonymous, "31 days");
  write(anonymous, "29 days");
  const auto outcome = world.run_with_request();
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "cleanup stopped: 2 rows overdue by up to 3d");
  CHECK(fact(outcome, "cleanup of expired rows").expected == "no row overdue by more than 20m");
  CHECK(world.run_with_request(", max-overdue-percent: 50").status == Status::passed);
}

TEST_CASE("several faults are all said", "[postgres.session-growth]") {
  SessionWorld world;
  write(anonymous, "31 days");
  world.answer_without_a_row(302);
  const auto outcome = world.run_with_request(", min-logins: 2");
  CHECK(has(outcome.summary, "nothing writes sessions"));
  CHECK(has(outcome.summary, "; cleanup stopped: 1 row overdue by up to 3d"));
  CHECK(has(outcome.summary, "; 1 row of a login, at least 2 expected"));
}

TEST_CASE("a request that was not answered as expected is errored: no row was asked for",
          "[postgres.session-growth]") {
  SessionWorld world;
  for (const auto& [status, reason] : {std::pair{401, "unexpected-answer"},
                                       {400, "unexpected-answer"},
                                       {403, "forbidden"},
                                       {429, "throttled"},
                                       {502, "server-error"}}) {
    CAPTURE(status);
    world.answer_without_a_row(status);
    const auto outcome = world.run_with_request();
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == reason);
    CHECK(has(outcome.summary,
              fmt::format("answered {}, not 302: no session was asked for", status)));
    CHECK(fact(outcome, "last write").status == Status::passed);
  }
  world.http.respond = [](const HttpRequest&) -> HttpResponse {
    throw ClientError(reason::refused, "app.example.com:443: connection refused");
  };
  CHECK(world.run_with_request().reason == "refused");
}

TEST_CASE("a redirect to elsewhere asked for no session, where the checklist says where it leads",
          "[postgres.session-growth]") {
  SessionWorld world;
  const auto run_with_location = [&](const std::string& location) {
    world.http.respond = [location](const HttpRequest& request) {
      auto response = SessionWorld::answer(302);
      response.url = request.url;
      if (!location.empty()) response.headers.push_back({"Location", location});
      if (location.find("auth.example.com") != std::string::npos) write(anonymous);
      return response;
    };
    return world.run_with(
        "growth: {request: {url: 'https://app.example.com/', redirect: {host: auth.example.com}}, "
        "within: 50ms}");
  };
  CHECK(run_with_location("https://auth.example.com/application/?state=x").status ==
        Status::passed);
  for (const auto* location : {"https://login.example.net/?state=x", "/login", ""}) {
    const auto outcome = run_with_location(location);
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "unexpected-answer");
    CHECK(has(outcome.summary, "answered 302, but its redirect leads not to auth.example.com"));
    CHECK(has(outcome.summary, "no session was asked for"));
  }
}

TEST_CASE("what the table itself shows counts although the request failed",
          "[postgres.session-growth]") {
  SessionWorld world;
  write(anonymous, "31 days");
  world.answer_without_a_row(429);
  const auto outcome = world.run_with_request();
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "cleanup stopped"));
}

TEST_CASE("an interval sees the rows of others, and fails when none comes",
          "[postgres.session-growth]") {
  SessionWorld world;
  const auto quiet = world.run_with("growth: {interval: 10ms}");
  CHECK(quiet.status == Status::failed);
  CHECK(has(quiet.summary, "nothing writes sessions: last write 3m"));
  CHECK(has(quiet.summary, "; 10ms of waiting created no row"));

  auto ask = world.postgres.respond;
  world.postgres.respond = [ask, looks = 0](const auto& target, const auto& sql,
                                            const auto& parameters) mutable {
    if (++looks == 2) write(anonymous);
    return ask(target, sql, parameters);
  };
  const auto busy = world.run_with("growth: {interval: 10ms}");
  CHECK(busy.status == Status::passed);
  CHECK(fact(busy, "10ms of waiting").observed == "1 new row");
}

TEST_CASE("a standby is believed once a new row came through to it", "[postgres.session-growth]") {
  SessionWorld world;
  world.answer_with("standby", "1");
  CHECK(world.run_with_request().status == Status::passed);
}

TEST_CASE("a standby that shows no new row may be behind: nothing is known",
          "[postgres.session-growth]") {
  SessionWorld world;
  world.answer_with("standby", "1");
  world.answer_without_a_row(302);
  const auto reason_of = [&](const std::string& settings) {
    try {
      return std::string(to_string(world.run_with(settings).status));
    } catch (const CannotTell& unknown) {
      return unknown.reason();
    }
  };
  CHECK(reason_of("max-idle: 5m") == "standby");
  CHECK(reason_of("growth: {interval: 10ms}") == "standby");
  CHECK(reason_of("growth: {request: {url: 'https://app.example.com/'}, within: 50ms}") ==
        "standby");
}

TEST_CASE("a number of rows that is no count is unreadable, never none",
          "[postgres.session-growth]") {
  for (const auto* column : {"rows", "overdue", "logins"})
    for (const auto* nonsense : {"-1", "0.5", "1e300"}) {
      SessionWorld world;
      world.answer_with(column, nonsense);
      INFO(column << " " << nonsense);
      CHECK_THROWS_AS(world.run_with("max-idle: 5m"), CannotTell);
    }
}

TEST_CASE("an interval that does not fit into the check's time is errored",
          "[postgres.session-growth]") {
  SessionWorld world;
  const auto outcome = world.run_with("growth: {interval: 1h}");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "timeout");
}

TEST_CASE("a table without rows, and one without expiries, says nothing",
          "[postgres.session-growth]") {
  SessionWorld world;
  server().execute("UPDATE authentik_providers_proxy_proxysession SET expires = NULL");
  CHECK_THROWS_AS(world.run_with(""), CannotTell);
  server().execute("TRUNCATE authentik_providers_proxy_proxysession");
  const auto outcome = world.run_with("");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "nothing-examined");
  CHECK(outcome.examined == 0);
}

TEST_CASE("a table or column that is not there is the client's error",
          "[postgres.session-growth]") {
  SessionWorld world;
  CHECK_THROWS_AS(world.run_with("table: nowhere.sessions"), ClientError);
  CHECK_THROWS_AS(world.run_with("expires-column: gone_at"), ClientError);
}

TEST_CASE("another application's table is judged by its own names", "[postgres.session-growth]") {
  SessionWorld world;
  server().execute(
      "DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop;"
      "CREATE TABLE shop.\"Sessions\" (\"validUntil\" timestamptz);"
      "INSERT INTO shop.\"Sessions\" VALUES (now() + interval '1 hour')");
  const auto outcome = world.run_with(
      "table: shop.Sessions, expires-column: validUntil, data-column: '', validity: 1h, "
      "validity-extra: 0s, tolerance: 1m, max-idle: 5m");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 1);
}

TEST_CASE("settings that contradict each other are mistakes", "[postgres.session-growth]") {
  CHECK(mistakes_in(kind(), "{growth: {interval: 10s}}").empty());
  for (const auto* with :
       {"{growth: {}}", "{growth: {interval: 10s, request: {url: 'https://app.example.com'}}}",
        "{growth: {interval: 10s, within: 1s}}", "{growth: {request: {url: app.example.com}}}",
        "{growth: {request: {url: 'https://app.example.com', expect-status: [30x]}}}",
        "{table: 'sessions; DROP TABLE x'}", "{table: a.b.c}", "{expires-column: 'a\"b'}",
        "{tolerance: 28d, validity: 1d}", "{max-overdue-percent: 101}", "{min-logins: -1}",
        "{min-logins: 1, data-column: ''}", "{claims-key: ''}",
        "{password: a, password-file: /run/password}"}) {
    CAPTURE(with);
    CHECK(mistakes_in(kind(), with).size() == 1);
  }
}

}  // namespace postflight::test
