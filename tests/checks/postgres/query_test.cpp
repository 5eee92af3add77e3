#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "clients/pqxx_postgres.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("postgres.query"); }

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

// A world whose database answers with these rows.
struct QueryWorld : RecordedWorld {
  explicit QueryWorld(PostgresRows rows) {
    postgres.respond = [rows](const auto&, const auto&, const auto&) { return rows; };
  }
  Outcome run_with(const std::string& settings) {
    return run(kind(), "{sql: SELECT 1, " + settings + "}");
  }
};

const PostgresRows replicas{{"name", "lag", "note"},
                            {{"east", "5", "fine"}, {"west", "50", std::nullopt}}};
const PostgresRows one_row{{"lag"}, {{"5"}}};

}  // namespace

TEST_CASE("one row that meets every expectation passes with its values", "[postgres.query]") {
  const auto outcome = QueryWorld(one_row).run_with("expect: {column: lag, min: 0, max: 10}");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.summary == "1 row: lag '5'");
  CHECK(outcome.examined == 1);
  REQUIRE(outcome.evidence.size() == 2);
  CHECK(outcome.evidence[1].expected == "at least 0, at most 10");
  CHECK(outcome.evidence[1].observed == "'5'");
}

TEST_CASE("a row that does not meet an expectation is named", "[postgres.query]") {
  const auto outcome = QueryWorld(replicas).run_with("expect: [{column: lag, max: 10}]");
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "row 2 (west), column lag: '50', at most 10 expected");
  REQUIRE(outcome.evidence.size() == 3);
  CHECK(outcome.evidence[1].subject == "row 2 (west), column lag");
  CHECK(outcome.evidence[2].observed == "so in 1 of 2 rows");
}

TEST_CASE("NULL meets no expectation but is-null", "[postgres.query]") {
  for (const auto* expectation :
       {"equals: ''", "not-equals: x", "matches: .*", "min: 0", "not-null: true"}) {
    CAPTURE(expectation);
    const auto outcome = QueryWorld({{"note"}, {{std::nullopt}}})
                             .run_with(std::string("expect: {column: note, ") + expectation + "}");
    CHECK(outcome.status == Status::failed);
    CHECK(has(outcome.summary, "column note: NULL"));
  }
  CHECK(QueryWorld({{"note"}, {{std::nullopt}}})
            .run_with("expect: {column: note, is-null: true}")
            .status == Status::passed);
  CHECK(QueryWorld({{"note"}, {{""}}}).run_with("expect: {column: note, is-null: true}").status ==
        Status::failed);
}

TEST_CASE("every sort of expectation can fail and pass", "[postgres.query]") {
  const auto status = [](const std::string& expectation) {
    return QueryWorld({{"v"}, {{"v15.18"}}})
        .run_with("expect: {column: v, " + expectation + "}")
        .status;
  };
  CHECK(status("equals: v15.18") == Status::passed);
  CHECK(status("equals: v15") == Status::failed);
  CHECK(status("not-equals: v14") == Status::passed);
  CHECK(status("not-equals: v15.18") == Status::failed);
  CHECK(status("matches: '^v15'") == Status::passed);
  CHECK(status("matches: '^15'") == Status::failed);
  CHECK(status("not-null: true") == Status::passed);
}

TEST_CASE("a value that should be a number and is none is errored", "[postgres.query]") {
  const auto outcome = QueryWorld({{"lag"}, {{"soon"}}}).run_with("expect: {column: lag, max: 1}");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "unreadable");
  CHECK(has(outcome.summary, "'soon' is not a number"));
}

TEST_CASE("no rows pass only where the checklist allows none", "[postgres.query]") {
  const PostgresRows none{{"lag"}, {}};
  const auto outcome = QueryWorld(none).run_with("expect: {column: lag, max: 10}");
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "0 rows, at least 1 expected");
  CHECK(QueryWorld(none).run_with("max-rows: 5").status == Status::failed);
  const auto allowed = QueryWorld(none).run_with("rows: 0");
  CHECK(allowed.status == Status::passed);
  CHECK(allowed.summary == "0 rows");
  CHECK(allowed.examined == 1);
  CHECK(QueryWorld(none).run_with("min-rows: 0, expect: {column: lag, max: 10}").status ==
        Status::passed);
}

TEST_CASE("the number of rows is held to its bounds", "[postgres.query]") {
  CHECK(QueryWorld(replicas).run_with("rows: 2").status == Status::passed);
  CHECK(QueryWorld(replicas).run_with("rows: 1").summary == "2 rows, exactly 1 expected");
  CHECK(QueryWorld(replicas).run_with("min-rows: 3").status == Status::failed);
  CHECK(QueryWorld(replicas).run_with("max-rows: 1").status == Status::failed);
  CHECK(QueryWorld(replicas).run_with("min-rows: 1, max-rows: 2").status == Status::passed);
}

TEST_CASE("a column that is not there is errored, naming those that are", "[postgres.query]") {
  try {
    QueryWorld(replicas).run_with("expect: {column: lagg, max: 10}");
    FAIL("it was judged");
  } catch (const CannotTell& error) {
    CHECK(error.reason() == "not-found");
    CHECK(has(error.what(), "no column 'lagg'; it has: name, lag, note"));
  }
  CHECK_THROWS_AS(QueryWorld({{"a", "a"}, {{"1", "2"}}}).run_with("expect: {column: a, equals: 1}"),
                  CannotTell);
}

TEST_CASE("many wrong rows are told by ten and a count, long values are cut", "[postgres.query]") {
  PostgresRows many{{"text"}, {}};
  for (int row = 0; row < 25; ++row) many.rows.push_back({std::string(5000, 'x')});
  const auto outcome = QueryWorld(many).run_with("expect: {column: text, equals: y}");
  REQUIRE(outcome.evidence.size() == 12);
  CHECK(outcome.evidence.back().observed == "not so in 15 more rows");
  CHECK(outcome.evidence[1].observed.size() < 250);
}

TEST_CASE("only one query that reads is accepted, and something is expected of it",
          "[postgres.query]") {
  for (const auto* sql : {"SELECT 1", "-- why\\n/* and how */ (select 1) UNION SELECT 2",
                          "with a as (select 1) table a", "VALUES (1)", "SHOW server_version"}) {
    CAPTURE(sql);
    CHECK(mistakes_in(kind(), std::string("{rows: 1, sql: \"") + sql + "\"}").empty());
  }
  for (const auto* with :
       {"{rows: 1, sql: DELETE FROM fruit}", "{rows: 1, sql: ''}", "{rows: 1, sql: '/* SELECT'}",
        "{sql: SELECT 1}", "{sql: SELECT 1, expect: {column: a}}",
        "{sql: SELECT 1, expect: {column: a, is-null: true, equals: 1}}",
        "{sql: SELECT 1, expect: {column: a, min: 2, max: 1}}", "{sql: SELECT 1, rows: -1}",
        "{sql: SELECT 1, max-rows: 0}", "{sql: SELECT 1, rows: 1, max-rows: 1}",
        "{sql: SELECT 1, rows: 1, url: 'https://db.example.com'}"}) {
    CAPTURE(with);
    CHECK(mistakes_in(kind(), with).size() == 1);
  }
}

TEST_CASE("a query is asked of a real server", "[postgres.query]") {
  if (!PostgresServer::is_installed()) SKIP("PostgreSQL's server is not installed");
  const PostgresServer server;
  RecordedWorld world;
  world.postgres.respond = [&](const auto&, const auto& sql, const auto& parameters) {
    return PqxxPostgres().query({server.url(), ""}, sql, parameters,
                                {std::chrono::steady_clock::now() + std::chrono::seconds(30), {}});
  };
  const auto outcome =
      world.run(kind(),
                "{sql: \"SELECT n, n > 1 AS big, NULL::int AS gone FROM generate_series(2, 4) AS "
                "n; -- end\", "
                "rows: 3, expect: [{column: n, min: 2, max: 4}, {column: big, equals: t}, "
                "{column: gone, is-null: true}]}");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.summary == "3 rows: n at least 2, at most 4, big 't', gone NULL");
}

}  // namespace postflight::test
