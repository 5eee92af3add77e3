#include "clients/curl_http.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <cstdlib>
#include <thread>
#include <vector>

#include "clients/error.hpp"
#include "tests/support/client_errors.hpp"
#include "tests/support/scripted_server.hpp"

namespace postflight::test {

namespace {

using Connection = ScriptedServer::Connection;

// Answers every request of a connection with the same bytes.
ScriptedServer::Script always(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& connection) {
    while (!connection.read_request().empty()) connection.write(bytes);
  };
}

// Answers one request with these bytes, and closes the connection.
ScriptedServer::Script once(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& connection) {
    if (!connection.read_request().empty()) connection.write(bytes);
  };
}

// Takes the request and answers what it was.
void echo(Connection& connection) {
  for (;;) {
    const auto request = connection.read_request();
    if (request.empty()) return;
    connection.write(http_answer(request));
  }
}

HttpRequest get(const std::string& url, bool afresh = false) {
  HttpRequest request;
  request.url = url;
  request.fresh_connection = afresh;
  return request;
}

ErrorSeen error_of(const HttpRequest& request, const Limits& limits = a_minute()) {
  CurlHttp http;
  return error_thrown([&] { http.send(request, limits); });
}

ErrorSeen error_of_answer(const std::string& bytes, bool afresh) {
  ScriptedServer server(once(bytes));
  return error_of(get(server.url("/status?token=hidden"), afresh));
}

// Whether a request runs into its deadline in that phase. A busy machine may not have come so far
// by a short deadline: then a longer one is tried.
bool runs_out_of_time(const HttpRequest& request, const std::string& phase) {
  for (int milliseconds = 100; milliseconds < 30'000; milliseconds *= 2) {
    const auto error = error_of(request, in_milliseconds(milliseconds));
    if (error.reason != reason::timeout) return false;
    if (error.text.find("the time ended " + phase) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("any status is an answer, with its headers and body as sent") {
  ScriptedServer server(
      always("HTTP/1.1 503 Service Unavailable\r\nSet-Cookie: a=1\r\nX-First:  two words \r\n"
             "set-cookie: b=2\r\nContent-Length: 4\r\n\r\nbusy"));
  CurlHttp http;
  const auto response = http.send(get(server.url("/x?y=z")), a_minute());
  CHECK(response.status == 503);
  CHECK(response.body == "busy");
  CHECK(response.url == server.url("/x?y=z"));
  CHECK(response.remote_address == "127.0.0.1:" + std::to_string(server.port()));
  CHECK(response.all_headers("Set-Cookie") == std::vector<std::string>{"a=1", "b=2"});
  REQUIRE(response.headers.size() == 4);
  CHECK(response.headers[1].name == "X-First");
  CHECK(response.headers[1].value == "two words");
  CHECK(response.headers[2].name == "set-cookie");
}

TEST_CASE("a request says who asks and nothing that nobody asked for") {
  ScriptedServer server(echo);
  CurlHttp http;
  auto request = get(server.url("/path?query=1"));
  request.headers = {{"Authorization", "Bearer abc"}, {"X-Empty", ""}};
  const auto port = std::to_string(server.port());
  CHECK(http.send(request, a_minute()).body ==
        "GET /path?query=1 HTTP/1.1\r\nHost: 127.0.0.1:" + port +
            "\r\nUser-Agent: postflight\r\nAccept: */*\r\nAuthorization: Bearer abc\r\n"
            "X-Empty:\r\n\r\n");
}

TEST_CASE("headers of the request win over libcurl's own") {
  ScriptedServer server(echo);
  CurlHttp http;
  auto request = get(server.url());
  request.headers = {{"user-agent", "mine"}, {"Accept", "text/plain"}, {"Host", "web.example.com"}};
  CHECK(
      http.send(request, a_minute()).body ==
      "GET / HTTP/1.1\r\nHost: web.example.com\r\nuser-agent: mine\r\nAccept: text/plain\r\n\r\n");
}

TEST_CASE("a large body is posted whole, without waiting for a go-ahead") {
  ScriptedServer server(echo);
  CurlHttp http;
  auto request = get(server.url());
  request.method = "POST";
  request.body = std::string(3 << 20, 'b');
  const auto sent = http.send(request, a_minute()).body;
  CHECK(sent.starts_with("POST / HTTP/1.1\r\n"));
  CHECK(sent.find("Expect:") == std::string::npos);
  CHECK(sent.find("Content-Type:") == std::string::npos);
  CHECK(sent.ends_with("\r\n\r\n" + request.body));
}

TEST_CASE("other methods keep their name, and a HEAD has no body to wait for") {
  ScriptedServer server([](Connection& connection) {
    for (;;) {
      const auto request = connection.read_request();
      if (request.empty()) return;
      const auto method = request.substr(0, request.find(' '));
      const auto answer = "X-Method: " + method +
                          "\r\nX-Body: " + request.substr(request.find("\r\n\r\n") + 4) + "\r\n";
      if (method == "HEAD")
        connection.write("HTTP/1.1 200 OK\r\n" + answer + "Content-Length: 99\r\n\r\n");
      else
        connection.write(http_answer("", answer));
    }
  });
  CurlHttp http;
  for (const auto* method : {"GET", "HEAD", "OPTIONS", "DELETE", "PUT", "PATCH", "POST"}) {
    auto request = get(server.url());
    request.method = method;
    CHECK(http.send(request, a_minute()).header("x-method") == method);
    if (request.method == "HEAD") continue;
    request.body = "text";
    const auto response = http.send(request, a_minute());
    CHECK(response.header("x-method") == method);
    CHECK(response.header("x-body") == "text");
  }
}

TEST_CASE("a redirect is an answer unless it is asked to be followed") {
  ScriptedServer target(always(http_answer("there", "X-Last: yes\r\n")));
  ScriptedServer server(always(
      http_answer("moved", "X-First: yes\r\nLocation: " + target.url("/b") + "\r\n", "302 Found")));
  CurlHttp http;
  auto request = get(server.url("/a"));
  const auto first = http.send(request, a_minute());
  CHECK(first.status == 302);
  CHECK(first.header("location") == target.url("/b"));
  CHECK(first.body == "moved");
  CHECK(target.connections() == 0);
  request.follow_redirects = 1;
  const auto last = http.send(request, a_minute());
  CHECK(last.status == 200);
  CHECK(last.url == target.url("/b"));
  CHECK(last.body == "there");
  CHECK(last.header("X-Last") == "yes");
  CHECK(last.header("X-First") == std::nullopt);
}

TEST_CASE("a redirect to another host gets no Authorization and no Cookie") {
  ScriptedServer target(echo);
  ScriptedServer server(always(http_answer(
      "", "Location: http://localhost:" + std::to_string(target.port()) + "/\r\n", "302 Found")));
  CurlHttp http;
  auto request = get(server.url());
  request.headers = {{"Authorization", "Bearer abc"}, {"Cookie", "session=1"}, {"X-Other", "kept"}};
  request.follow_redirects = 5;
  const auto seen = http.send(request, a_minute()).body;
  CHECK(seen.find("X-Other: kept") != std::string::npos);
  CHECK(seen.find("abc") == std::string::npos);
  CHECK(seen.find("session") == std::string::npos);
}

TEST_CASE("more redirects than asked for are no answer") {
  ScriptedServer server(always(http_answer("", "Location: /again?secret=1\r\n", "302 Found")));
  auto request = get(server.url());
  request.follow_redirects = 3;
  const auto error = error_of(request);
  CHECK(error.reason == reason::unreadable);
  CHECK(error.text == "GET " + server.url() + ": more than 3 redirects, the last one answered by " +
                          server.url("/again"));
}

TEST_CASE("a port where nothing listens is refused") {
  const bool afresh = GENERATE(false, true);
  const auto url = "http://127.0.0.1:" + std::to_string(unused_port()) + "/";
  const auto error = error_of(get(url, afresh));
  CHECK(error.reason == reason::refused);
  CHECK(error.text == "GET " + url + ": nothing listens there (connection refused)");
}

TEST_CASE("a name that does not resolve is said to be one") {
  const bool afresh = GENERATE(false, true);
  const auto error = error_of(get("http://name.invalid/", afresh));
  CHECK(error.reason == reason::dns);
  CHECK(error.text.find("name.invalid") != std::string::npos);
}

TEST_CASE("a server that never answers runs into the deadline") {
  const bool afresh = GENERATE(false, true);
  ScriptedServer server([](Connection& connection) { connection.wait_for_peer_to_leave(); });
  CHECK(runs_out_of_time(get(server.url(), afresh), "while waiting for the answer"));
}

TEST_CASE("a body that stalls runs into the deadline, and its part is no answer") {
  const bool afresh = GENERATE(false, true);
  ScriptedServer server([](Connection& connection) {
    connection.read_request();
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n12345");
    connection.wait_for_peer_to_leave();
  });
  CHECK(runs_out_of_time(get(server.url(), afresh), "in the middle of the body, after 5 bytes"));
}

TEST_CASE("a TLS handshake that stalls runs into the deadline") {
  ScriptedServer server([](Connection& connection) { connection.wait_for_peer_to_leave(); });
  CHECK(runs_out_of_time(get("https://127.0.0.1:" + std::to_string(server.port()) + "/"),
                         "in the TLS handshake"));
}

TEST_CASE("a deadline that has passed asks nothing") {
  const bool afresh = GENERATE(false, true);
  ScriptedServer server(echo);
  CHECK(error_of(get(server.url(), afresh), in_milliseconds(-1)).reason == reason::timeout);
  CHECK(server.connections() == 0);
}

TEST_CASE("a connection that ends before the answer is whole is no answer") {
  const bool afresh = GENERATE(false, true);
  struct Case {
    const char* bytes;
    std::string_view reason;
  };
  const std::vector<Case> cases = {
      {"", reason::unreachable},
      {"HTTP/1.1 2", reason::unreachable},
      {"HTTP/1.1 200 OK\r\n", reason::unreachable},
      {"HTTP/1.1 200 OK\r\nContent-Ty", reason::unreachable},
      {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n", reason::unreachable},
      {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 2", reason::unreachable},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", reason::unreadable},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", reason::unreadable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", reason::unreadable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", reason::unreadable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123", reason::unreadable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", reason::unreadable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n",
       reason::unreadable},
      {"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", reason::unreadable},
      {"SSH-2.0-OpenSSH_9.2\r\n", reason::unreadable},
      {"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", reason::unreadable},
  };
  for (const auto& [bytes, reason] : cases) {
    INFO(bytes);
    const auto error = error_of_answer(bytes, afresh);
    INFO(error.text);
    CHECK(error.reason == reason);
    CHECK(error.text.starts_with("GET http://127.0.0.1:"));
    CHECK(error.text.find("/status?...: ") != std::string::npos);
    CHECK(error.text.find("hidden") == std::string::npos);
  }
}

TEST_CASE("a connection that is reset in the middle of the body was cut off") {
  const bool afresh = GENERATE(false, true);
  ScriptedServer server([](Connection& connection) {
    connection.read_request();
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n12345");
    connection.reset();
  });
  const auto error = error_of(get(server.url(), afresh));
  CHECK(error.reason == reason::unreachable);
}

TEST_CASE("a redirect whose target is cut off inside the header is no answer") {
  ScriptedServer target(once("HTTP/1.1 2"));
  ScriptedServer server(always(http_answer("", "Location: " + target.url() + "\r\n", "302 Found")));
  auto request = get(server.url());
  request.follow_redirects = 1;
  CHECK(error_of(request).reason == reason::unreachable);
}

TEST_CASE("a chunked body is put together, and its trailers are not headers") {
  ScriptedServer server(
      always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n"
             "X-Trailer: late\r\n\r\n"));
  CurlHttp http;
  const auto response = http.send(get(server.url()), a_minute());
  CHECK(response.body == "abcde");
  CHECK(response.header("X-Trailer") == std::nullopt);
}

TEST_CASE("a body may be as long as its limit and no longer") {
  const bool afresh = GENERATE(false, true);
  ScriptedServer server(always(http_answer(std::string(1000, 'x'))));
  CurlHttp http;
  auto request = get(server.url(), afresh);
  request.body_limit = 1000;
  CHECK(http.send(request, a_minute()).body.size() == 1000);
  request.body_limit = 999;
  const auto error = error_thrown([&] { http.send(request, a_minute()); });
  CHECK(error.reason == reason::too_large);
  CHECK(error.text == "GET " + server.url() + ": the body is longer than 999 bytes");
}

TEST_CASE("a stop ends a request that waits") {
  const bool afresh = GENERATE(false, true);
  std::stop_source stop;
  ScriptedServer server([&](Connection& connection) {
    connection.read_request();
    stop.request_stop();
    connection.wait_for_peer_to_leave();
  });
  auto limits = a_minute();
  limits.stop = stop.get_token();
  const auto error = error_of(get(server.url(), afresh), limits);
  CHECK(error.reason == reason::interrupted);
  CHECK(error.text == "GET " + server.url() + ": the run was asked to stop");
}

TEST_CASE("a stop that was asked for already asks nothing") {
  const bool afresh = GENERATE(false, true);
  ScriptedServer server(echo);
  std::stop_source stop;
  stop.request_stop();
  auto limits = a_minute();
  limits.stop = stop.get_token();
  CHECK(error_of(get(server.url(), afresh), limits).reason == reason::interrupted);
  CHECK(server.connections() == 0);
}

TEST_CASE("requests in a row share a connection, a fresh one does not") {
  ScriptedServer server(echo);
  CurlHttp http;
  auto request = get(server.url());
  for (int i = 0; i < 3; ++i) http.send(request, a_minute());
  CHECK(server.connections() == 1);
  request.fresh_connection = true;
  for (int i = 0; i < 3; ++i) http.send(request, a_minute());
  CHECK(server.connections() == 4);
}

TEST_CASE("what a server sends behind its answer is not taken for the next one's") {
  // At once, or when it has been asked again; the header of a HEAD's answer, or all of it.
  const std::string method = GENERATE("GET", "HEAD");
  ScriptedServer server([](Connection& connection) {
    for (;;) {
      const auto request = connection.read_request();
      if (request.empty()) return;
      connection.write(http_answer(request) + http_answer("nobody asked for this"));
      connection.wait_for_peer_to_leave();
      connection.write(http_answer("nor for this"));
    }
  });
  CurlHttp http;
  for (const std::string path : {"/one", "/two", "/three"}) {
    auto request = get(server.url(path), true);
    request.method = method;
    const auto response = http.send(request, a_minute());
    CHECK(response.status == 200);
    CHECK((method == "HEAD" || response.body.starts_with("GET " + path + " HTTP/1.1\r\n")));
  }
  CHECK(server.connections() == 3);
}

TEST_CASE("a server that hangs up on a fresh connection is not asked again") {
  ScriptedServer server([](Connection& connection) { connection.read_request(); });
  CurlHttp http;
  CHECK(error_thrown([&] { http.send(get(server.url(), true), a_minute()); }).reason ==
        reason::unreachable);
  CHECK(server.connections() == 1);
}

TEST_CASE("a request has nothing of the one before it") {
  const bool afresh = GENERATE(false, true);
  ScriptedServer server(echo);
  CurlHttp http;
  const auto plain = get(server.url("/plain"), afresh);
  auto laden = get(server.url("/laden"), afresh);
  laden.method = "PUT";
  laden.headers = {{"Authorization", "Bearer abc"}, {"X-Empty", ""}, {"User-Agent", "other"}};
  laden.body = "text";
  auto head = get(server.url("/head"), afresh);
  head.method = "HEAD";
  auto redirected = get(server.url("/redirected"), afresh);
  redirected.follow_redirects = 3;
  std::string alone;  // on a thread that asked nothing before
  std::jthread([&] { alone = http.send(plain, a_minute()).body; }).join();
  CHECK(alone.starts_with("GET /plain HTTP/1.1\r\n"));
  auto elsewhere = get(server.url("/elsewhere"), afresh);
  elsewhere.url.replace(elsewhere.url.find("127.0.0.1"), 9, "name.invalid");
  elsewhere.resolve = "127.0.0.1";
  for (const auto& before : {laden, head, redirected, elsewhere, plain}) {
    INFO(before.url);
    const auto other = http.send(before, a_minute());
    CHECK(other.url == before.url);
    CHECK(other.body.empty() == (before.method == "HEAD"));
    const auto response = http.send(plain, a_minute());
    CHECK(response.body == alone);
    CHECK(response.url == plain.url);
  }
}

TEST_CASE("the URL that answered tells no credentials") {
  ScriptedServer server(echo);
  CurlHttp http;
  const auto port = std::to_string(server.port());
  CHECK(http.send(get("http://user:secret@127.0.0.1:" + port + "/a?b=c"), a_minute()).url ==
        "http://127.0.0.1:" + port + "/a?b=c");
  CHECK(http.send(get("http://127.0.0.1:" + port + "/a@b"), a_minute()).url ==
        "http://127.0.0.1:" + port + "/a@b");
}

TEST_CASE("many requests at once all get their own answer") {
  const bool afresh = GENERATE(false, true);
  ScriptedServer server(echo);
  CurlHttp http;
  std::vector<std::string> bodies(200);
  {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < bodies.size(); ++i)
      callers.emplace_back([&, i] {
        const auto url = server.url("/number/" + std::to_string(i));
        const auto error = error_thrown(
            [&] { bodies[i] = http.send(get(url, afresh), a_minute()).body; }, error_is_optional);
        if (!error.text.empty()) bodies[i] = error.text;
      });
  }
  for (std::size_t i = 0; i < bodies.size(); ++i)
    CHECK(bodies[i].starts_with("GET /number/" + std::to_string(i) + " HTTP/1.1\r\n"));
  CHECK((afresh ? server.connections() == bodies.size() : server.connections() <= 100));
}

TEST_CASE("an address can take the place of the URL's host, which is still asked for") {
  ScriptedServer server(echo);
  CurlHttp http;
  auto request = get("http://edge.example.com/x");
  request.resolve = "127.0.0.1:" + std::to_string(server.port());
  const auto response = http.send(request, a_minute());
  CHECK(response.body.find("\r\nHost: edge.example.com\r\n") != std::string::npos);
  CHECK(response.url == "http://edge.example.com/x");
  CHECK(response.remote_address == request.resolve);
  request.url = "http://edge.example.com:" + std::to_string(server.port()) + "/";
  request.resolve = "127.0.0.1";
  CHECK(http.send(request, a_minute()).status == 200);
}

TEST_CASE("an address that is none is a mistake") {
  for (const auto* address :
       {"127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000", "[::1", "[::1]x", ":80"}) {
    auto request = get("http://edge.example.com/");
    request.resolve = address;
    INFO(address);
    CHECK(error_of(request).reason == reason::configuration);
  }
}

TEST_CASE("an IPv6 address works with and without brackets") {
  const auto port = std::to_string(unused_port());
  for (const auto& address : {"[::1]:" + port, std::string("::1"), std::string("[::1]")}) {
    auto request = get("http://edge.example.com:" + port + "/");
    request.resolve = address;
    const auto error = error_of(request);
    INFO(error.text);
    // Nothing listens there, or this machine has no IPv6: but the address was understood.
    CHECK((error.reason == reason::refused || error.reason == reason::unreachable));
  }
}

TEST_CASE("a proxy is used when it is given, and the environment's is not") {
  ScriptedServer proxy(echo);
  const auto target = "http://web.example.com/x";
  setenv("http_proxy", proxy.url().c_str(), 1);
  setenv("no_proxy", "web.example.com", 1);
  auto request = get("http://127.0.0.1:" + std::to_string(unused_port()) + "/");
  CHECK(error_of(request).reason == reason::refused);
  unsetenv("http_proxy");
  request = get(target);
  request.proxy = proxy.url();
  CurlHttp http;
  CHECK(
      http.send(request, a_minute())
          .body.starts_with("GET http://web.example.com/x HTTP/1.1\r\nHost: web.example.com\r\n"));
  unsetenv("no_proxy");
}

TEST_CASE("what cannot be a request is a mistake that tells no secret") {
  const auto is_mistake = [](const HttpRequest& request) {
    const auto error = error_of(request);
    INFO(error.text);
    CHECK(error.reason == reason::configuration);
    CHECK(error.text.find("hidden") == std::string::npos);
  };
  for (const auto* url :
       {"", "example.com/hidden", "ftp://example.com/hidden", "file:///etc/hidden",
        "http://exa mple.com/hidden", "http://example.com:port/?hidden", "ws://example.com/"})
    is_mistake(get(url));
  auto request = get("http://user:hidden@example.com/");
  request.method = "G ET";
  is_mistake(request);
  request.method = "GET";
  request.headers = {{"X-Token", "hidden\r\nX-Injected: yes"}};
  is_mistake(request);
  request.headers = {{"X Token", "hidden"}};
  is_mistake(request);
}

}  // namespace postflight::test
