#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <utility>
#include <vector>

#include "clients/certificate_text.hpp"
#include "clients/curl_http.hpp"
#include "clients/error.hpp"
#include "tests/support/client_errors.hpp"
#include "tests/support/scripted_server.hpp"

namespace postflight::test {

namespace {

using Connection = ScriptedServer::Connection;
using namespace std::chrono_literals;

const TestAuthority& authority() {
  static const TestAuthority made;
  return made;
}

Identity local_identity() {
  return authority().issue({.common_name = "local", .names = {"IP:127.0.0.1"}});
}

// Tells the name that was asked for in the handshake, and the request.
void echo(Connection& connection) {
  for (;;) {
    const auto request = connection.read_request();
    if (request.empty()) return;
    connection.write(http_answer(connection.server_name() + "\n" + request));
  }
}

HttpRequest trusting_get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.tls.ca_pem = authority().certificate_pem();
  return request;
}

// TLS settings with just these set, and perhaps without verification.
TlsSettings tls_with(
    const std::vector<std::pair<std::string TlsSettings::*, std::string>>& settings,
    bool verify = true) {
  TlsSettings tls;
  for (const auto& [member, value] : settings) tls.*member = value;
  tls.verify = verify;
  return tls;
}

ErrorSeen error_of(const HttpRequest& request) {
  CurlHttp http;
  return error_thrown([&] { http.send(request, a_minute()); });
}

struct TemporaryFile {
  explicit TemporaryFile(const std::string& text) {
    std::string pattern = "/tmp/postflight-pem-XXXXXX";
    const int file = mkstemp(pattern.data());
    if (file < 0) throw std::runtime_error("no temporary file");
    ::close(file);
    path = pattern;
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  std::string path;
};

}  // namespace

TEST_CASE("an authority given as text or as a file is trusted") {
  ScriptedServer server(echo, ServerTls{local_identity(), {}});
  const TemporaryFile file(authority().certificate_pem());
  CurlHttp http;
  auto request = trusting_get(server.url());
  CHECK(http.send(request, a_minute()).status == 200);
  request.tls.ca_pem.clear();
  request.tls.ca_file = file.path;
  request.fresh_connection = true;
  CHECK(http.send(request, a_minute()).status == 200);
}

TEST_CASE("an authority that is not known here is a TLS error") {
  ScriptedServer server(echo, ServerTls{local_identity(), {}});
  const TestAuthority other("another authority");
  HttpRequest request;
  request.url = server.url();
  for (const auto& pem : {std::string(), other.certificate_pem()}) {
    request.tls.ca_pem = pem;
    const auto error = error_of(request);
    INFO(error.text);
    CHECK(error.reason == reason::tls);
    CHECK(error.text.starts_with("GET " + server.url() +
                                 ": the server's certificate comes from an authority that is not "
                                 "trusted here"));
  }
}

TEST_CASE("a connection made for one trust is not used for another") {
  ScriptedServer server(echo, ServerTls{local_identity(), {}});
  const TestAuthority other("another authority");
  CurlHttp http;
  auto request = trusting_get(server.url());
  CHECK(http.send(request, a_minute()).status == 200);
  auto careless = request;
  careless.tls.verify = false;
  CHECK(http.send(careless, a_minute()).status == 200);
  request.tls.ca_pem = other.certificate_pem();
  CHECK(error_thrown([&] { http.send(request, a_minute()); }).reason == reason::tls);
  CHECK(http.send(careless, a_minute()).status == 200);
  CHECK(error_thrown([&] { http.send(request, a_minute()); }).reason == reason::tls);
}

TEST_CASE("an expired certificate and one that is not valid yet are said to be so") {
  const auto expired = authority().issue(
      {.common_name = "old", .names = {"IP:127.0.0.1"}, .begins = -48h, .ends = -24h});
  const auto early = authority().issue(
      {.common_name = "new", .names = {"IP:127.0.0.1"}, .begins = 24h, .ends = 48h});
  {
    ScriptedServer server(echo, ServerTls{expired, {}});
    const auto error = error_of(trusting_get(server.url()));
    CHECK(error.reason == reason::tls);
    CHECK(error.text == "GET " + server.url() + ": the server's certificate has expired");
  }
  ScriptedServer server(echo, ServerTls{early, {}});
  const auto error = error_of(trusting_get(server.url()));
  CHECK(error.reason == reason::tls);
  CHECK(error.text == "GET " + server.url() + ": the server's certificate is not valid yet");
}

TEST_CASE("a certificate for another name is said to be so") {
  ScriptedServer server(
      echo,
      ServerTls{authority().issue({.common_name = "x", .names = {"DNS:other.example.com"}}), {}});
  const auto error = error_of(trusting_get(server.url()));
  CHECK(error.reason == reason::tls);
  CHECK(error.text.find("was not accepted") != std::string::npos);
  CHECK(error.text.find("127.0.0.1") != std::string::npos);
}

TEST_CASE("an expired certificate of another name can be looked at without trust") {
  const auto before = std::chrono::system_clock::now();
  ScriptedServer server(echo, ServerTls{authority().issue({.common_name = "old web",
                                                           .names = {"DNS:other.example.com"},
                                                           .begins = -48h,
                                                           .ends = -24h}),
                                        {}});
  CurlHttp http;
  HttpRequest request;
  request.url = server.url();
  request.tls.verify = false;
  request.want_certificates = true;
  for (int i = 0; i < 3; ++i) {  // a connection or session that is reused tells none
    const auto certificates = http.send(request, a_minute()).certificates;
    REQUIRE(certificates.size() == 1);
    CHECK(certificates[0].subject == "CN = old web");
    CHECK(certificates[0].issuer == "CN = postflight test authority");
    CHECK(certificates[0].not_after > before - 24h - 1min);
    CHECK(certificates[0].not_after < before - 24h + 1min);
    CHECK(certificates[0].not_after - certificates[0].not_before == 24h);
  }
}

TEST_CASE("a server without TLS, and one that goes away in the handshake") {
  ScriptedServer plain([](Connection& connection) {
    connection.read_some();
    connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  auto error = error_of(trusting_get("https://127.0.0.1:" + std::to_string(plain.port()) + "/"));
  CHECK(error.reason == reason::tls);
  CHECK(error.text.find("does not speak TLS") != std::string::npos);
  ScriptedServer closing([](Connection& connection) { connection.read_some(); });
  error = error_of(trusting_get("https://127.0.0.1:" + std::to_string(closing.port()) + "/"));
  INFO(error.text);
  CHECK(error.reason == reason::unreachable);
  ScriptedServer resetting([](Connection& connection) {
    connection.read_some();
    connection.reset();
  });
  error = error_of(trusting_get("https://127.0.0.1:" + std::to_string(resetting.port()) + "/"));
  INFO(error.text);
  CHECK(error.reason == reason::unreachable);
}

TEST_CASE("a server that requires a client certificate gets ours, or the error says so") {
  ScriptedServer server(echo, ServerTls{local_identity(), authority().certificate_pem()});
  auto request = trusting_get(server.url());
  auto error = error_of(request);
  CHECK(error.reason == reason::tls);
  CHECK(error.text == "GET " + server.url() +
                          ": the server requires a client certificate, and none was presented");
  const auto ours = authority().issue({.common_name = "us"});
  CurlHttp http;
  request.tls.certificate_pem = ours.certificate_pem;
  request.tls.key_pem = ours.key_pem;
  CHECK(http.send(request, a_minute()).status == 200);
  const TemporaryFile certificate(ours.certificate_pem), key(ours.key_pem),
      both(ours.certificate_pem + ours.key_pem);
  request.tls = tls_with({{&TlsSettings::ca_pem, authority().certificate_pem()},
                          {&TlsSettings::certificate_file, certificate.path},
                          {&TlsSettings::key_file, key.path}});
  CHECK(http.send(request, a_minute()).status == 200);
  request.tls = tls_with({{&TlsSettings::ca_pem, authority().certificate_pem()},
                          {&TlsSettings::certificate_file, both.path}});
  CHECK(http.send(request, a_minute()).status == 200);
  request.tls = tls_with({{&TlsSettings::ca_pem, authority().certificate_pem()},
                          {&TlsSettings::certificate_pem, ours.certificate_pem + ours.key_pem}});
  CHECK(http.send(request, a_minute()).status == 200);
  const auto theirs = TestAuthority("another authority").issue({.common_name = "them"});
  request.tls.certificate_pem = theirs.certificate_pem + theirs.key_pem;
  error = error_of(request);
  INFO(error.text);
  CHECK(error.reason == reason::tls);
  CHECK(error.text.find("the server ended the TLS connection") != std::string::npos);
}

TEST_CASE("trust and certificates of ours that cannot be read are mistakes that name the file") {
  ScriptedServer server(echo, ServerTls{local_identity(), {}});
  const TemporaryFile garbage("no PEM");
  auto request = trusting_get(server.url());
  request.tls = tls_with({{&TlsSettings::ca_file, "/opt/nowhere/ca.pem"}});
  auto error = error_of(request);
  CHECK(error.reason == reason::configuration);
  CHECK(error.text.find("/opt/nowhere/ca.pem") != std::string::npos);
  request.tls = tls_with({{&TlsSettings::ca_file, garbage.path}});
  CHECK(error_of(request).reason == reason::configuration);
  request.tls = tls_with({{&TlsSettings::ca_pem, "no PEM"}});
  CHECK(error_of(request).reason == reason::configuration);
  request.tls = tls_with({{&TlsSettings::certificate_file, "/opt/nowhere/us.pem"}}, false);
  error = error_of(request);
  CHECK(error.reason == reason::configuration);
  CHECK(error.text.find("/opt/nowhere/us.pem") != std::string::npos);
  request.tls = tls_with(
      {{&TlsSettings::certificate_pem, "no PEM"}, {&TlsSettings::key_pem, "no PEM"}}, false);
  CHECK(error_of(request).reason == reason::configuration);
  const auto one = authority().issue({.common_name = "one"}),
             two = authority().issue({.common_name = "two"});
  request.tls = tls_with(
      {{&TlsSettings::certificate_pem, one.certificate_pem}, {&TlsSettings::key_pem, two.key_pem}},
      false);
  CHECK(error_of(request).reason == reason::configuration);
}

TEST_CASE("another TLS server name is asked for and verified, and the Host stays") {
  ScriptedServer server(
      echo,
      ServerTls{authority().issue({.common_name = "x", .names = {"DNS:api.example.com"}}), {}});
  CurlHttp http;
  auto request = trusting_get(server.url("/x"));
  request.tls.server_name = "api.example.com";
  const auto response = http.send(request, a_minute());
  const auto host = "127.0.0.1:" + std::to_string(server.port());
  CHECK(response.body.starts_with("api.example.com\nGET /x HTTP/1.1\r\nHost: " + host + "\r\n"));
  CHECK(response.url == server.url("/x"));
  CHECK(response.remote_address == host);
  request.tls.server_name = "other.example.com";
  CHECK(error_of(request).reason == reason::tls);
  request.follow_redirects = 1;
  CHECK(error_of(request).reason == reason::configuration);
}

TEST_CASE("an address takes the place of the host below the TLS server name") {
  ScriptedServer server(
      echo,
      ServerTls{authority().issue({.common_name = "x", .names = {"DNS:api.example.com"}}), {}});
  CurlHttp http;
  auto request = trusting_get("https://edge.example.com/x");
  request.resolve = "127.0.0.1:" + std::to_string(server.port());
  request.tls.server_name = "api.example.com";
  const auto response = http.send(request, a_minute());
  CHECK(
      response.body.starts_with("api.example.com\nGET /x HTTP/1.1\r\nHost: edge.example.com\r\n"));
  CHECK(response.url == "https://edge.example.com/x");
}

TEST_CASE("with an address in place of the host, the host is asked for and verified") {
  ScriptedServer server(
      echo,
      ServerTls{authority().issue({.common_name = "x", .names = {"DNS:edge.example.com"}}), {}});
  CurlHttp http;
  auto request = trusting_get("https://edge.example.com/x");
  request.resolve = "127.0.0.1:" + std::to_string(server.port());
  CHECK(http.send(request, a_minute()).body.starts_with("edge.example.com\nGET /x"));
}

TEST_CASE("over TLS too a body that is cut off is no answer") {
  const auto reason_of = [](const std::string& bytes, bool reset) {
    ScriptedServer server(
        [&](Connection& connection) {
          connection.read_request();
          connection.write(bytes);
          if (reset) connection.reset();
        },
        ServerTls{local_identity(), {}});
    return error_of(trusting_get(server.url())).reason;
  };
  CHECK(reason_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", false) ==
        reason::unreadable);
  CHECK(reason_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", true) ==
        reason::unreachable);
  // Without a length only TLS can tell an end from a cut.
  CHECK(reason_of("HTTP/1.1 200 OK\r\n\r\n12345", true) == reason::unreachable);
  CHECK(reason_of("HTTP/1.1 200 O", false) == reason::unreachable);
}

TEST_CASE("many requests at once over TLS all get their own answer") {
  ScriptedServer server(echo, ServerTls{local_identity(), {}});
  CurlHttp http;
  std::vector<std::string> bodies(50);
  {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < bodies.size(); ++i)
      callers.emplace_back([&, i] {
        const auto error = error_thrown(
            [&] {
              const auto url = server.url("/number/" + std::to_string(i));
              bodies[i] = http.send(trusting_get(url), a_minute()).body;
            },
            error_is_optional);
        if (!error.text.empty()) bodies[i] = error.text;
      });
  }
  for (std::size_t i = 0; i < bodies.size(); ++i)
    CHECK(bodies[i].starts_with("\nGET /number/" + std::to_string(i) + " HTTP/1.1\r\n"));
}

TEST_CASE("a redirect from http to https is followed with the trust that was given") {
  ScriptedServer target(echo, ServerTls{local_identity(), {}});
  ScriptedServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(http_answer("", "Location: " + target.url() + "\r\n", "301 Moved"));
  });
  CurlHttp http;
  auto request = trusting_get(server.url());
  request.follow_redirects = 1;
  CHECK(http.send(request, a_minute()).url == target.url());
  request.tls.ca_pem.clear();
  CHECK(error_of(request).reason == reason::tls);
}

TEST_CASE("a certificate's dates are read, and what is none is not") {
  using namespace std::chrono;
  const auto moment = sys_days(2026y / November / 3) + 20h + 4min + 1s;
  CHECK(certificate_time("Nov  3 20:04:01 2026 GMT") == moment);
  CHECK(certificate_time("Nov 03 20:04:01 2026 GMT") == moment);
  CHECK(certificate_time("Nov  3 20:04:01.25 2026 GMT") == moment);
  CHECK(certificate_time("Jan  1 00:00:00 1970 GMT") == system_clock::time_point());
  CHECK(certificate_time("Dec 31 23:59:59 9999 GMT") > sys_days(2200y / January / 1));
  for (const auto* text :
       {"", "Nov", "Nov 31 20:04:01 2026 GMT", "Nov  3 24:04:01 2026 GMT", "Nov  3 20:04:01 2026",
        "Nov  3 20:04:01 2026 CET", "nov  3 20:04:01 2026 GMT", "Nov  3 20:04 2026 GMT",
        "Nov -3 20:04:01 2026 GMT", "Nov  3 20:04:01 2026 GMT ", "2026-11-03T20:04:01Z"})
    CHECK(certificate_time(text) == std::nullopt);
}

}  // namespace postflight::test
