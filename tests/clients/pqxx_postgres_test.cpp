#include "clients/pqxx_postgres.hpp"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <future>
#include <thread>

#include "clients/error.hpp"
#include "tests/support/postgres_server.hpp"

namespace postflight {
namespace {

using namespace std::chrono_literals;
using test::PostgresServer;

const PostgresServer& server() {
  if (!PostgresServer::is_installed()) SKIP("PostgreSQL's server is not installed");
  static const PostgresServer running;
  static const bool prepared = [] {
    running.execute(
        "CREATE TABLE fruit (name text, weight int);"
        "INSERT INTO fruit VALUES ('apple', 150), ('plum', NULL);"
        "CREATE TABLE vault (secret text);"
        "CREATE ROLE reader LOGIN PASSWORD 'reader''s password';"
        "GRANT SELECT ON fruit TO reader");
    return true;
  }();
  static_cast<void>(prepared);
  return running;
}

PostgresTarget reader() { return {server().url_of("reader"), "reader's password"}; }

Limits within(std::chrono::milliseconds time, std::stop_token stop = {}) {
  return {std::chrono::steady_clock::now() + time, std::move(stop)};
}

PostgresRows ask(const PostgresTarget& target, const std::string& sql,
                 const std::vector<std::string>& parameters = {}) {
  return PqxxPostgres().query(target, sql, parameters, within(30s));
}

ClientError failure(PqxxPostgres& postgres, const PostgresTarget& target, const std::string& sql,
                    const Limits& limits) {
  try {
    postgres.query(target, sql, {}, limits);
  } catch (const ClientError& error) {
    return error;
  }
  return ClientError("none", "it answered");
}

ClientError failure(const PostgresTarget& target, const std::string& sql,
                    const Limits& limits = within(30s)) {
  PqxxPostgres postgres;
  return failure(postgres, target, sql, limits);
}

bool says(const ClientError& error, std::string_view words) {
  return std::string_view(error.what()).find(words) != std::string_view::npos;
}

// Accepts connections, as far as the system does, and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, generic, size) == 0);
    REQUIRE(::getsockname(socket_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  void listen() { REQUIRE(::listen(socket_, 8) == 0); }
  PostgresTarget target() const {
    return {"postgresql://reader@127.0.0.1:" + std::to_string(port_) + "/postgres", "hidden"};
  }

 private:
  int socket_;
  int port_ = 0;
};

// The server process that answers our question, once it is under way.
std::string backend_of(const std::string& sql_marker) {
  const auto question = "SELECT max(pid) FROM pg_stat_activity WHERE query LIKE '%" + sql_marker +
                        "%' AND state = 'active' AND pid <> pg_backend_pid()";
  std::string pid;
  while (pid.empty()) pid = server().value(question);
  return pid;
}

TEST_CASE("rows come with their columns, and NULL is not empty text", "[postgres]") {
  const auto answer = ask(reader(), "SELECT name, weight, '' AS empty FROM fruit ORDER BY name");
  CHECK(answer.columns == std::vector<std::string>{"name", "weight", "empty"});
  REQUIRE(answer.rows.size() == 2);
  CHECK(answer.rows[0] == std::vector<std::optional<std::string>>{"apple", "150", ""});
  CHECK(answer.rows[1] == std::vector<std::optional<std::string>>{"plum", std::nullopt, ""});
  CHECK(ask(reader(), "SELECT name FROM fruit WHERE name = 'pear'").rows.empty());
}

TEST_CASE("parameters are values, whatever they hold", "[postgres]") {
  const auto answer =
      ask(reader(), "SELECT $1::text, $2::int + 1", {"'; DROP TABLE fruit --", "41"});
  REQUIRE(answer.rows.size() == 1);
  CHECK(answer.rows[0] == std::vector<std::optional<std::string>>{"'; DROP TABLE fruit --", "42"});
}

TEST_CASE("a query runs read-only, as postflight, under the time that is left", "[postgres]") {
  const auto answer =
      ask(reader(),
          "SELECT current_setting('transaction_read_only'), current_setting('application_name'), "
          "current_setting('statement_timeout') NOT IN ('0', ''), "
          "current_setting('client_encoding')");
  REQUIRE(answer.rows.size() == 1);
  CHECK(answer.rows[0] == std::vector<std::optional<std::string>>{"on", "postflight", "t", "UTF8"});
  auto named = reader();
  named.url += "?application_name=mine";
  CHECK(ask(named, "SHOW application_name").rows[0][0] == "mine");
}

TEST_CASE("no statement leaves the read-only transaction", "[postgres]") {
  const PostgresTarget superuser{server().url(), ""};
  for (const auto* sql :
       {"DELETE FROM fruit", "COMMIT; DELETE FROM fruit", "SELECT 1; DELETE FROM fruit",
        "WITH gone AS (DELETE FROM fruit RETURNING 1) SELECT * FROM gone",
        "DO $$ BEGIN COMMIT; DELETE FROM fruit; END $$",
        "DO $$ BEGIN SET TRANSACTION READ WRITE; DELETE FROM fruit; END $$"}) {
    CAPTURE(sql);
    const auto refused = failure(superuser, sql);
    CHECK((refused.reason() == reason::rejected || refused.reason() == reason::server_error));
  }
  // Alone these do no harm: nothing follows them, and what they set is rolled back.
  for (const auto* sql : {"COMMIT", "COMMIT AND CHAIN", "SET TRANSACTION READ WRITE"}) {
    CAPTURE(sql);
    ask(superuser, sql);
  }
  CHECK(server().value("SELECT count(*) FROM fruit") == "2");
  CHECK(says(failure(superuser, "DELETE FROM fruit"), "read-only transaction (SQLSTATE 25006)"));
  CHECK(says(failure(superuser, "SELECT 1; SELECT 2"), "multiple commands"));
}

TEST_CASE("a refusal keeps its reason and the server's words, never the password", "[postgres]") {
  auto wrong = reader();
  wrong.password = "not the password";
  const auto unauthorized = failure(wrong, "SELECT 1");
  CHECK(unauthorized.reason() == reason::unauthorized);
  CHECK(says(unauthorized, "password authentication failed for user \"reader\""));
  CHECK_FALSE(says(unauthorized, "not the password"));

  auto elsewhere = reader();
  elsewhere.url = server().url_of("reader", "nowhere");
  CHECK(failure(elsewhere, "SELECT 1").reason() == reason::not_found);
  CHECK(says(failure(elsewhere, "SELECT 1"), "database \"nowhere\" does not exist"));

  const auto table = failure(reader(), "SELECT * FROM vegetables");
  CHECK(table.reason() == reason::not_found);
  CHECK(says(table, "relation \"vegetables\" does not exist (SQLSTATE 42P01)"));
  CHECK_FALSE(says(table, "LINE 1"));
  CHECK(failure(reader(), "SELECT colour FROM fruit").reason() == reason::not_found);
  CHECK(failure(reader(), "SELECT * FROM vault").reason() == reason::forbidden);
  CHECK(failure(reader(), "SELECT 1 +").reason() == reason::rejected);
}

TEST_CASE("a table whose row security hides rows is forbidden, not emptier", "[postgres]") {
  server().execute(
      "CREATE TABLE hidden (name text); INSERT INTO hidden VALUES ('pear');"
      "GRANT SELECT ON hidden TO reader; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY");
  const auto hidden = failure(reader(), "SELECT * FROM hidden");
  CHECK(hidden.reason() == reason::forbidden);
  CHECK(says(hidden, "row-level security policy for table \"hidden\""));
}

TEST_CASE("the password given apart wins over the one in the url", "[postgres]") {
  const auto port = std::to_string(server().port());
  const PostgresTarget url{"postgresql://reader:wrong-one@127.0.0.1:" + port + "/postgres",
                           "reader's password"};
  CHECK(ask(url, "SELECT current_user").rows[0][0] == "reader");
  const PostgresTarget pairs{
      "host=127.0.0.1 user=reader password=wrong-one dbname=postgres port=" + port,
      "reader's password"};
  CHECK(ask(pairs, "SELECT current_user").rows[0][0] == "reader");
  CHECK(
      ask({"host=127.0.0.1 user=reader dbname=postgres password='reader\\'s password' port=" + port,
           ""},
          "SELECT 1")
          .rows.size() == 1);
}

TEST_CASE("what the target leaves out comes from libpq's environment", "[postgres]") {
  ::setenv("PGHOST", "127.0.0.1", 1);
  ::setenv("PGPORT", std::to_string(server().port()).c_str(), 1);
  ::setenv("PGUSER", "reader", 1);
  ::setenv("PGDATABASE", "postgres", 1);
  const auto answer = ask({"", "reader's password"}, "SELECT current_user");
  for (const auto* name : {"PGHOST", "PGPORT", "PGUSER", "PGDATABASE"}) ::unsetenv(name);
  CHECK(answer.rows[0][0] == "reader");
}

TEST_CASE("no environment leads to another server than the one that is named", "[postgres]") {
  const auto port = std::to_string(server().port());
  ::setenv("PGHOSTADDR", "192.0.2.1", 1);
  const auto by_url =
      ask({"postgresql://reader@localhost:" + port + "/postgres", "reader's password"},
          "SELECT current_user");
  const auto by_pairs =
      ask({"host=localhost user=reader dbname=postgres port=" + port, "reader's password"},
          "SELECT current_user");
  ::unsetenv("PGHOSTADDR");
  CHECK(by_url.rows[0][0] == "reader");
  CHECK(by_pairs.rows[0][0] == "reader");
}

TEST_CASE("a url that libpq cannot read is a configuration error without its text", "[postgres]") {
  const auto error = failure({"postgresql://ann:hid/den@127.0.0.1:5432/app", ""}, "SELECT 1");
  CHECK(error.reason() == reason::configuration);
  CHECK_FALSE(says(error, "hid"));
  CHECK_FALSE(says(error, "den"));
  CHECK(failure({"host=db password=hid den", ""}, "SELECT 1").reason() == reason::configuration);
  CHECK_FALSE(says(failure({"host=db password=hid den", ""}, "SELECT 1"), "den"));
}

TEST_CASE("a port where nothing listens is refused, a name that cannot be is dns", "[postgres]") {
  const SilentServer closed;
  const auto refused = failure(closed.target(), "SELECT 1");
  CHECK(refused.reason() == reason::refused);
  CHECK_FALSE(says(refused, "hidden"));
  // A label of more than 63 characters fails without asking any server.
  CHECK(failure({"host=" + std::string(80, 'a') + ".example.com", ""}, "SELECT 1").reason() ==
        reason::dns);
}

TEST_CASE("a server that accepts and never answers ends at the deadline", "[postgres]") {
  PqxxPostgres postgres;  // outlives the server, whose end frees the connection left behind
  SilentServer silent;
  silent.listen();
  const auto error = failure(postgres, silent.target(), "SELECT 1", within(200ms));
  CHECK(error.reason() == reason::timeout);
  CHECK(says(error, "the connection was not answered"));
}

TEST_CASE("a stop ends the wait for a server that never answers", "[postgres]") {
  PqxxPostgres postgres;
  SilentServer silent;
  silent.listen();
  std::stop_source stop;
  auto error = std::async(std::launch::async, [&] {
    return failure(postgres, silent.target(), "SELECT 1", within(1h, stop.get_token()));
  });
  stop.request_stop();
  CHECK(error.get().reason() == reason::interrupted);
}

TEST_CASE("a statement that takes too long ends at the deadline, at the server too", "[postgres]") {
  const auto error = failure(reader(), "SELECT pg_sleep(600) /* too-long */", within(1s));
  CHECK(error.reason() == reason::timeout);
  while (server().value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%too-l%' AND "
                        "state = 'active' AND pid <> pg_backend_pid()") != "0")
    std::this_thread::yield();
}

TEST_CASE("a server that hangs in the middle of a statement is cut at the deadline", "[postgres]") {
  const auto target = reader();
  auto error = std::async(std::launch::async, [&] {
    return failure(target, "SELECT pg_sleep(600) /* to-be-stopped */", within(3s));
  });
  const auto backend = std::stoi(backend_of("to-be-stop"));
  REQUIRE(::kill(backend, SIGSTOP) == 0);
  const auto seen = error.get();
  ::kill(backend, SIGCONT);
  CHECK(seen.reason() == reason::timeout);
  CHECK(says(seen, "the statement was not answered"));
}

TEST_CASE("a stop ends a statement that is under way", "[postgres]") {
  const auto target = reader();
  std::stop_source stop;
  auto error = std::async(std::launch::async, [&] {
    return failure(target, "SELECT pg_sleep(20) /* to-be-left */", within(1h, stop.get_token()));
  });
  backend_of("to-be-le");
  stop.request_stop();
  CHECK(error.get().reason() == reason::interrupted);
}

TEST_CASE("a connection cut in the middle of a statement is unreachable", "[postgres]") {
  const auto target = reader();
  auto error = std::async(std::launch::async,
                          [&] { return failure(target, "SELECT pg_sleep(600) /* to-be-cut */"); });
  server().value("SELECT pg_terminate_backend(" + backend_of("to-be-cu") + ")");
  const auto cut = error.get();
  CHECK(cut.reason() == reason::unreachable);
  CHECK(says(cut, "the connection ended before the answer did"));
}

TEST_CASE("questions can be asked from many threads at once", "[postgres]") {
  const auto target = reader();
  std::vector<std::future<PostgresRows>> answers;
  PqxxPostgres postgres;
  for (int i = 0; i < 8; ++i)
    answers.push_back(std::async(std::launch::async, [&, i] {
      return postgres.query(target, "SELECT $1::int", {std::to_string(i)}, within(30s));
    }));
  for (int i = 0; i < 8; ++i)
    CHECK(answers[static_cast<std::size_t>(i)].get().rows.at(0).at(0) == std::to_string(i));
}

}  // namespace
}  // namespace postflight
