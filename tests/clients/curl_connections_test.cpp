#include "clients/curl_connections.hpp"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "clients/curl_http.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/client_errors.hpp"
#include "tests/support/gate.hpp"
#include "tests/support/scripted_server.hpp"

namespace postflight::test {
namespace {

using namespace std::chrono_literals;
using Connection = ScriptedServer::Connection;

const TestAuthority& authority() {
  static const TestAuthority made;
  return made;
}

struct Client {
  CurlHttp http;
  CurlConnections connections{http.transfers()};
  TemporaryDirectory directory;
  std::string ca_file = directory.path() + "/ca.pem";
  Client() { write_file(ca_file, authority().certificate_pem()); }

  TlsAnswer handshake(const ScriptedServer& server, const std::string& server_name = "") {
    return connections.handshake({"127.0.0.1", server.port(), "", server_name, ca_file},
                                 a_minute());
  }
  TcpAnswer connect(int port, std::chrono::milliseconds stays_open = 0ms,
                    const Limits& limits = a_minute()) {
    return connections.connect({fmt::format("127.0.0.1:{}", port), stays_open}, limits);
  }
};

void wait_for_peer(Connection& connection) { connection.wait_for_peer_to_leave(); }

ServerTls tls_of(const IdentityWish& wish, const TestAuthority& issuer = authority()) {
  return {issuer.issue(wish), ""};
}

}  // namespace

TEST_CASE("a handshake shows the server's whole chain", "[connections]") {
  const TestAuthority intermediate("between", authority());
  auto identity = intermediate.issue({.common_name = "app", .names = {"DNS:app.example.com"}});
  identity.certificate_pem += intermediate.certificate_pem();
  std::string asked_for;
  ScriptedServer server(
      [&](Connection& connection) {
        asked_for = connection.server_name();
        connection.wait_for_peer_to_leave();
      },
      ServerTls{identity, ""});
  {
    Client client;
    const auto answer = client.handshake(server, "app.example.com");
    REQUIRE(answer.chain.size() == 2);
    CHECK(answer.chain[0].names == std::vector<std::string>{"app.example.com"});
    CHECK(answer.chain[0].signed_by_next);
    CHECK(answer.chain[1].subject == "CN = between");
    CHECK(answer.distrust.empty());
  }
}

TEST_CASE("a wrong certificate is an answer: expired, for another host, of a stranger",
          "[connections]") {
  Client client;
  const ScriptedServer expired(wait_for_peer,
                               tls_of({.common_name = "old", .begins = -48h, .ends = -24h}));
  const auto old = client.handshake(expired);
  CHECK(old.chain.at(0).not_after < std::chrono::system_clock::now());
  CHECK(old.distrust.empty());
  const TestAuthority stranger("stranger");
  const ScriptedServer unknown(wait_for_peer, tls_of({.common_name = "x"}, stranger));
  CHECK(has(client.handshake(unknown).distrust, "unable to get local issuer certificate"));
}

TEST_CASE("a name and the address to find it at are told apart", "[connections]") {
  std::string asked_for;
  Gate seen;
  const ScriptedServer server(
      [&](Connection& connection) {
        asked_for = connection.server_name();
        seen.open();
        connection.wait_for_peer_to_leave();
      },
      tls_of({.common_name = "x"}));
  Client client;
  client.connections.handshake({"app.example.com", server.port(), "127.0.0.1", "", client.ca_file},
                               a_minute());
  REQUIRE(seen.pass());
  CHECK(asked_for == "app.example.com");
}

TEST_CASE("where no handshake comes about there is no chain, and the error says why",
          "[connections]") {
  Client client;
  const auto reason_of = [&](const ScriptedServer& server, int milliseconds = 60'000) {
    return error_thrown([&] {
             client.connections.handshake({"127.0.0.1", server.port(), "", "", client.ca_file},
                                          in_milliseconds(milliseconds));
           })
        .reason;
  };
  CHECK(reason_of(ScriptedServer([](Connection& connection) {
          connection.read_some();
          connection.reset();
        })) == "unreachable");
  CHECK(reason_of(ScriptedServer([](Connection& connection) { connection.read_some(); })) ==
        "unreachable");
  CHECK(reason_of(ScriptedServer([](Connection& connection) {
          connection.read_some();
          connection.write("220 mail.example.com ESMTP\r\n");
          connection.wait_for_peer_to_leave();
        })) == "tls");
  CHECK(reason_of(ScriptedServer(wait_for_peer), 300) == "timeout");
  const auto nobody = unused_port();
  CHECK(error_thrown([&] {
          client.connections.handshake({"127.0.0.1", nobody, "", "", client.ca_file}, a_minute());
        }).reason == "refused");
}

TEST_CASE("authorities that cannot be read are no fault of the server", "[connections]") {
  const ScriptedServer server(wait_for_peer, tls_of({.common_name = "x"}));
  Client client;
  const auto error = error_thrown([&] {
    client.connections.handshake({"127.0.0.1", server.port(), "", "", "/nowhere/ca.pem"},
                                 a_minute());
  });
  CHECK(error.reason == "configuration");
  CHECK(has(error.text, "/nowhere/ca.pem"));
}

TEST_CASE("a connection that is accepted and kept stays open", "[connections]") {
  const ScriptedServer server(wait_for_peer);
  Client client;
  CHECK(client.connect(server.port()).end == TcpEnd::stayed_open);
  CHECK(client.connect(server.port(), 20ms).end == TcpEnd::stayed_open);
  const ScriptedServer greeting([](Connection& connection) {
    connection.write("220 hello\r\n");
    connection.wait_for_peer_to_leave();
  });
  CHECK(client.connect(greeting.port(), 20ms).end == TcpEnd::stayed_open);
}

TEST_CASE("a connection that the other side ends at once is seen while it is watched",
          "[connections]") {
  Client client;
  const ScriptedServer closing([](Connection&) {});
  CHECK(client.connect(closing.port(), 1min).end == TcpEnd::closed);
  const ScriptedServer resetting([](Connection& connection) { connection.reset(); });
  CHECK(client.connect(resetting.port(), 1min).end == TcpEnd::reset);
  const ScriptedServer polite([](Connection& connection) { connection.write("421 go away\r\n"); });
  CHECK(client.connect(polite.port(), 1min).end == TcpEnd::closed);
}

TEST_CASE("a connection that is not watched is judged by its being made alone", "[connections]") {
  Client client;
  const ScriptedServer closing([](Connection&) {});
  const ScriptedServer resetting([](Connection& connection) { connection.reset(); });
  // Many times: whether the end has arrived when the connection is made is a matter of chance.
  for (int time = 0; time < 200; ++time) {
    CHECK(client.connect(closing.port()).end == TcpEnd::stayed_open);
    CHECK(client.connect(resetting.port()).end == TcpEnd::stayed_open);
  }
}

TEST_CASE("nobody listening is refused, and the cause is the address", "[connections]") {
  Client client;
  const auto port = unused_port();
  try {
    client.connect(port);
    FAIL("it connected");
  } catch (const ClientError& error) {
    CHECK(error.reason() == "refused");
    CHECK(error.cause() == fmt::format("TCP to 127.0.0.1:{}: connection refused", port));
  }
}

TEST_CASE("a connection is watched to the end, or nothing is said of it", "[connections]") {
  const ScriptedServer server(wait_for_peer);
  Client client;
  CHECK(error_thrown([&] { client.connect(server.port(), 1min, in_milliseconds(50)); }).reason ==
        "timeout");
}

TEST_CASE("a stop ends watching at once", "[connections]") {
  Gate accepted;
  const ScriptedServer server([&](Connection& connection) {
    accepted.open();
    connection.wait_for_peer_to_leave();
  });
  std::stop_source stop;
  const std::jthread stopper([&] {
    accepted.pass();
    stop.request_stop();
  });
  auto limits = a_minute();
  limits.stop = stop.get_token();
  Client client;
  CHECK(error_thrown([&] { client.connect(server.port(), 50s, limits); }).reason == "interrupted");
}

TEST_CASE("what is no IP address and port is a mistake", "[connections]") {
  Client client;
  for (const auto* address : {"app.example.com:443", "127.0.0.1", "127.0.0.1:0", ""})
    CHECK(error_thrown([&] {
            client.connections.connect({address, 0ms}, a_minute());
          }).reason == "configuration");
}

}  // namespace postflight::test
