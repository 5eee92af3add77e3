// What a visitor sees at the edge, with the real curl as a witness, and what the database keeps.
#include "tests/world/edge.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <pqxx/pqxx>

#include "tests/support/temporary_directory.hpp"
#include "tests/world/certificates.hpp"
#include "tests/world/database.hpp"
#include "tests/world/outpost.hpp"
#include "tests/world/witness.hpp"

namespace postflight::world {
namespace {

// An edge and an outpost of that scenario before a database.
class Visited {
 public:
  Visited(const Scenario& scenario, const Database& database, bool outpost_is_there = true)
      : sessions_(database.writer_url()),
        outpost_(scenario, sessions_, [](int) {}),
        server_([this](const Request& request) { return outpost_.answer(request); }, std::nullopt),
        edge_(std::string(directory_.path()) + "/edge", authority_.server({application_host}),
              scenario,
              outpost_is_there ? std::optional<std::uint16_t>(server_.port()) : std::nullopt) {
    std::ofstream(file()) << authority_.certificate_pem();
  }
  // The head and body that curl shows.
  std::string visit(std::vector<std::string> more = {}) const {
    std::vector<std::string> argv{
        "curl",
        "-sS",
        "-i",
        "--cacert",
        file(),
        "--connect-to",
        std::string(application_host) + ":443:127.0.0.1:" + std::to_string(edge_.port()),
        "https://terminal.example.com/some?page=1"};
    argv.insert(argv.end(), more.begin(), more.end());
    const auto result = witness(argv);
    INFO(result.errors);
    REQUIRE(result.exit_code == 0);
    return result.output;
  }

 private:
  std::string file() const { return std::string(directory_.path()) + "/ca.pem"; }
  test::TemporaryDirectory directory_;
  CertificateAuthority authority_{"test"};
  SessionStore sessions_;
  Outpost outpost_;
  HttpServer server_;
  Edge edge_;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string cookie_of(const std::string& head) {
  const auto begin = head.find("authentik_proxy_");
  REQUIRE(begin != std::string::npos);
  return head.substr(begin, head.find(';', begin) - begin);
}

}  // namespace

TEST_CASE("the edge shows a visitor what the real one shows", "[world]") {
  if (find_program("nginx").empty()) SKIP("nginx is not installed");
  if (!test::PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
  const Database database{Scenario()};
  Scenario scenario;

  SECTION("a visitor without a session is sent to the login") {
    const Visited edge(scenario, database);
    const auto answer = edge.visit();
    CHECK(has(answer, "HTTP/1.1 302 "));
    CHECK(has(answer, "Location: https://auth.example.com/application/o/authorize/?client_id="));
    CHECK(has(answer, "&response_type=code&"));
    CHECK(has(answer,
              "; Path=/; Domain=example.com; Max-Age=2419201; HttpOnly; Secure; SameSite=Lax"));
    CHECK_FALSE(has(answer, "X-Auth-Fallback"));
  }
  SECTION("without endpoints it asks for the emergency password, and lets in who knows it") {
    const Visited edge(scenario, database, false);
    const auto answer = edge.visit();
    CHECK(has(answer, "HTTP/1.1 401 "));
    CHECK(has(answer, "WWW-Authenticate: Basic realm=\"Emergency Access\""));
    CHECK(has(answer, "X-Auth-Fallback: true"));
    const auto admitted = edge.visit({"-u", "emergency:only-in-an-emergency"});
    CHECK(has(admitted, "HTTP/1.1 200 "));
    CHECK(has(admitted, "the application"));
  }
  SECTION("an address where nobody listens looks the same") {
    scenario.edge_reaches_outpost = false;
    CHECK(has(Visited(scenario, database).visit(), "X-Auth-Fallback: true"));
  }
  SECTION("an outpost without the application answers 400 and says so") {
    scenario.outpost_has_application = false;
    const auto answer = Visited(scenario, database).visit();
    CHECK(has(answer, "HTTP/1.1 400 "));
    CHECK(has(answer, "\"Message\":\"no app for hostname\""));
  }
  SECTION("without the outpost anybody gets the application") {
    scenario.edge_asks_outpost = false;
    const auto answer = Visited(scenario, database).visit();
    CHECK(has(answer, "HTTP/1.1 200 "));
    CHECK(has(answer, "the application"));
  }
}

TEST_CASE("a visitor without a session leaves a row, one with a session none", "[world]") {
  if (find_program("nginx").empty()) SKIP("nginx is not installed");
  if (!test::PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
  const Scenario healthy;
  const Database database(healthy);
  pqxx::connection connection(database.writer_url());
  const auto rows = [&](const std::string& where) {
    pqxx::work transaction(connection);
    return transaction
        .exec("SELECT count(*) FROM authentik_providers_proxy_proxysession WHERE " + where)[0][0]
        .as<int>();
  };
  const int before = rows("true");
  CHECK(rows("expires < now()") == 0);
  CHECK(rows("session_data ? 'claims'") > 0);
  CHECK(rows("length(session_key) = 52 AND session_key ~ '^[A-Z2-7]+$'") == before);

  const Visited edge(healthy, database);
  const auto cookie = cookie_of(edge.visit());
  CHECK(rows("true") == before + 1);
  const auto key = cookie.substr(cookie.find('=') + 1);
  CHECK(rows("session_key = '" + key +
             "' AND session_data = '{}' AND expiring AND expires BETWEEN "
             "now() + interval '2419141 s' AND now() + interval '2419201 s'") == 1);

  CHECK(cookie_of(edge.visit({"-H", "Cookie: " + cookie})) == cookie);
  CHECK(rows("true") == before + 1);

  {
    pqxx::work transaction(connection);
    transaction.exec(
        "UPDATE authentik_providers_proxy_proxysession SET session_data = "
        "'{\"claims\": {}}' WHERE session_key = '" +
        key + "'");
    transaction.commit();
  }
  CHECK(has(edge.visit({"-H", "Cookie: " + cookie}), "HTTP/1.1 200 "));
}

TEST_CASE("an outpost that may not write answers 400 with nothing in it", "[world]") {
  if (find_program("nginx").empty()) SKIP("nginx is not installed");
  if (!test::PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
  Scenario scenario;
  scenario.outpost_may_write = false;
  const Database database(scenario);
  const auto answer = Visited(scenario, database).visit();
  CHECK(has(answer, "HTTP/1.1 400 "));
  CHECK(has(answer, "Content-Length: 0"));
}

TEST_CASE("the reader may read the table and nothing else", "[world]") {
  if (!test::PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
  const Database database{Scenario()};
  pqxx::connection connection("postgresql://" + std::string(reader_role) + ":" +
                              database.reader_password() +
                              "@127.0.0.1:" + std::to_string(database.port()) + "/authentik");
  pqxx::work transaction(connection);
  CHECK(transaction.exec("SELECT count(*) FROM authentik_providers_proxy_proxysession")[0][0]
            .as<int>() > 1000);
  CHECK_THROWS_AS(transaction.exec("DELETE FROM authentik_providers_proxy_proxysession"),
                  pqxx::insufficient_privilege);
}

}  // namespace postflight::world
