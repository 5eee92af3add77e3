#include <catch2/catch_test_macros.hpp>
#include <future>
#include <nlohmann/json.hpp>
#include <vector>

#include "clients/curl_http.hpp"
#include "clients/error.hpp"
#include "tests/support/client_errors.hpp"
#include "tests/support/recorded_clients.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/websocket_frames.hpp"

namespace postflight::test {

namespace {

using Connection = ScriptedServer::Connection;
using Strings = std::vector<std::string>;

// What a listener hears.
struct Heard {
  WebSocketResponse response;
  Strings messages;
};

Heard listen_to(const ScriptedServer& server, const Strings& protocols = {},
                const Limits& limits = a_minute(), HttpRequest request = {}) {
  CurlHttp http;
  Heard heard;
  if (request.url.empty()) request.url = "ws" + server.url("/exec").substr(4);
  heard.response = http.listen(
      request, protocols,
      [&](std::string_view message) {
        heard.messages.emplace_back(message);
        return true;
      },
      limits);
  return heard;
}

// Accepts, sends these bytes and closes.
ScriptedServer::Script speaking(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& connection) {
    connection.read_request();
    connection.write(websocket_accepted() + bytes);
  };
}

// A recorded pod exec: its head and its frames, each in a packet of its own, then the end.
struct Recording {
  explicit Recording(const std::string& name)
      : json(nlohmann::json::parse(fixture("kubernetes/" + name))) {
    for (const auto& line : json["response_head"]) head += line.get<std::string>() + "\r\n";
    head += "\r\n";
    for (const auto& recorded : json["frames"]) {
      const auto operation = recorded["opcode"].get<int>();
      std::string payload;
      if (operation == closing) {
        const auto code = recorded["close_code"].get<int>();
        payload = {static_cast<char>(code >> 8), static_cast<char>(code)};
      } else {
        payload = static_cast<char>(recorded["channel"].get<int>()) +
                  recorded["payload"].get<std::string>();
        messages.push_back(payload);
      }
      frames.push_back(frame(static_cast<FrameOperation>(operation), payload));
    }
  }
  nlohmann::json json;
  std::string head;
  Strings frames, messages;
};

}  // namespace

TEST_CASE("a recorded exec is heard message by message to its end") {
  for (const auto* name : {"exec_ws_v5_exit3.json", "exec_ws_v4_big_output.json"}) {
    const Recording recording(name);
    REQUIRE(recording.messages.size() >= 4);
    ScriptedServer server([&](Connection& connection) {
      connection.read_request();
      connection.write(recording.head);
      for (const auto& bytes : recording.frames) connection.write(bytes);
      connection.wait_for_peer_to_leave();
    });
    const auto heard = listen_to(server, {"v5.channel.k8s.io", "v4.channel.k8s.io"});
    CHECK(heard.response.status == 101);
    CHECK(heard.response.closed);
    CHECK(heard.response.close_code == 1000);
    CHECK(heard.response.protocol == std::string(name).substr(8, 2) + ".channel.k8s.io");
    CHECK(heard.messages == recording.messages);
  }
}

TEST_CASE("all of a conversation in one packet with the head, and in TLS, is the same") {
  const Recording recording("exec_ws_v4_big_output.json");
  auto bytes = recording.head;
  for (const auto& one : recording.frames) bytes += one;
  const TestAuthority authority;
  ScriptedServer server(
      [&](Connection& connection) {
        connection.read_request();
        connection.write(bytes);
        connection.wait_for_peer_to_leave();
      },
      ServerTls{authority.issue({.common_name = "x", .names = {"IP:127.0.0.1"}}), {}});
  HttpRequest request;
  request.url = server.url("/exec");  // https stands for wss
  request.tls.ca_pem = authority.certificate_pem();
  const auto heard = listen_to(server, {"v4.channel.k8s.io"}, a_minute(), request);
  CHECK(heard.response.closed);
  CHECK(heard.messages == recording.messages);
}

TEST_CASE("an upgrade that is cut off inside its header is no upgrade") {
  const auto accepted = websocket_accepted("v5.channel.k8s.io");
  for (const auto& bytes :
       {accepted.substr(0, accepted.size() / 2), accepted.substr(0, accepted.size() - 2),
        std::string("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n")}) {
    ScriptedServer server([&](Connection& connection) {
      connection.read_request();
      connection.write(bytes);
    });
    const auto error = error_thrown([&] { listen_to(server); });
    CHECK(error.reason == reason::unreachable);
    CHECK(error.text.find("cut off inside the header") != std::string::npos);
  }
}

TEST_CASE("the request upgrades over HTTP/1.1 and offers the protocols in order") {
  std::string request;
  ScriptedServer server([&](Connection& connection) {
    request = connection.read_request();
    connection.write(websocket_accepted("b") + frame(closing, ""));
  });
  HttpRequest asked;
  asked.url = server.url("/exec?command=a&command=b%20c");
  asked.headers = {{"Authorization", "Bearer abc"}};
  const auto heard = listen_to(server, {"a", "b"}, a_minute(), asked);
  CHECK(heard.response.protocol == "b");
  CHECK(request.starts_with("GET /exec?command=a&command=b%20c HTTP/1.1\r\n"));
  for (const auto* line : {"\r\nUpgrade: websocket\r\n", "\r\nConnection: Upgrade\r\n",
                           "\r\nSec-WebSocket-Version: 13\r\n",
                           "\r\nSec-WebSocket-Key: ", "\r\nSec-WebSocket-Protocol: a, b\r\n",
                           "\r\nAuthorization: Bearer abc\r\n"})
    CHECK(request.find(line) != std::string::npos);
}

TEST_CASE("a message in fragments is heard as one, with an empty last fragment too") {
  ScriptedServer server(speaking(frame(text, "one ", not_final) + frame(ping, "") +
                                 frame(continuation, "two", not_final) + frame(continuation, "") +
                                 frame(binary, "") + frame(text, std::string(100'000, 'x')) +
                                 frame(closing, "")));
  const auto heard = listen_to(server);
  CHECK(heard.messages == Strings{"one two", "", std::string(100'000, 'x')});
  CHECK(heard.response.closed);
  CHECK(heard.response.close_code == 0);
}

TEST_CASE("a ping is answered with what it said, and a close with its code") {
  std::promise<Strings> answers;
  ScriptedServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(websocket_accepted() + frame(ping, "are you there?"));
    Strings seen = {connection.read_exactly(6 + 14)};
    connection.write(frame(ping, ""));
    seen.push_back(connection.read_exactly(6));
    connection.write(frame(closing,
                           "\x0f\xa1"
                           "reason"));
    seen.push_back(connection.read_exactly(6 + 2));
    connection.wait_for_peer_to_leave();
    answers.set_value(seen);
  });
  const auto heard = listen_to(server);
  CHECK(heard.response.closed);
  CHECK(heard.response.close_code == 4001);
  const auto seen = answers.get_future().get();
  CHECK(seen[0].substr(0, 2) == "\x8a\x8e");
  CHECK(unmasked(seen[0]) == "are you there?");
  CHECK(seen[1].substr(0, 2) == "\x8a\x80");
  CHECK(seen[2].substr(0, 2) == "\x88\x82");
  CHECK(unmasked(seen[2]) == "\x0f\xa1");
}

TEST_CASE("a connection that ends without a close frame was not closed") {
  for (const auto& last :
       {std::string(), frame(text, "cut off").substr(0, 5), frame(text, "first part", not_final)}) {
    ScriptedServer server(speaking(frame(text, "whole") + last));
    const auto heard = listen_to(server);
    CHECK(heard.response.status == 101);
    CHECK_FALSE(heard.response.closed);
    CHECK(heard.messages == Strings{"whole"});
  }
}

TEST_CASE("a connection that is reset is an error, whatever was heard before") {
  std::promise<void> heard;
  ScriptedServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(websocket_accepted() + frame(text, "whole"));
    heard.get_future().wait();
    connection.reset();
  });
  CurlHttp http;
  HttpRequest request;
  request.url = server.url();
  const auto error = error_thrown([&] {
    http.listen(
        request, {},
        [&](std::string_view) {
          heard.set_value();
          return true;
        },
        a_minute());
  });
  CHECK(error.reason == reason::unreachable);
}

TEST_CASE("an upgrade that is refused gives the status, and is no error") {
  const auto body = fixture("kubernetes/error_exec_403.json");
  for (const auto& [status, line] :
       std::vector<std::pair<int, std::string>>{{403, "403 Forbidden"},
                                                {401, "401 Unauthorized"},
                                                {404, "404 Not Found"},
                                                {302, "302 Found"},
                                                {200, "200 OK"},
                                                {503, "503 Service Unavailable"}}) {
    ScriptedServer server(
        [&, answer = http_answer(body, "Location: /x\r\n", line)](Connection& connection) {
          connection.read_request();
          connection.write(answer);
          connection.wait_for_peer_to_leave();
        });
    const auto heard = listen_to(server, {"v4.channel.k8s.io"});
    CHECK(heard.response.status == status);
    CHECK(heard.response.protocol.empty());
    CHECK_FALSE(heard.response.closed);
    CHECK(heard.messages.empty());
  }
}

TEST_CASE("no answer to the upgrade is an error") {
  ScriptedServer silent([](Connection& connection) { connection.read_request(); });
  CHECK(error_thrown([&] { listen_to(silent); }).reason == reason::unreachable);
  HttpRequest request;
  request.url = "ws://127.0.0.1:" + std::to_string(unused_port()) + "/";
  CHECK(error_thrown([&] { listen_to(silent, {}, a_minute(), request); }).reason ==
        reason::refused);
  request.url = "ftp://127.0.0.1/";
  CHECK(error_thrown([&] { listen_to(silent, {}, a_minute(), request); }).reason ==
        reason::configuration);
}

TEST_CASE("a listener that has heard enough ends the conversation") {
  ScriptedServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(websocket_accepted() + frame(text, "one") + frame(text, "two"));
    connection.wait_for_peer_to_leave();
  });
  CurlHttp http;
  HttpRequest request;
  request.url = server.url();
  Strings messages;
  const auto response = http.listen(
      request, {},
      [&](std::string_view message) {
        messages.emplace_back(message);
        return false;
      },
      a_minute());
  CHECK(response.status == 101);
  CHECK_FALSE(response.closed);
  CHECK(messages == Strings{"one"});
}

TEST_CASE("what a listener throws reaches the caller") {
  ScriptedServer server(speaking(frame(text, "one")));
  CurlHttp http;
  HttpRequest request;
  request.url = server.url();
  const auto error = error_thrown([&] {
    http.listen(
        request, {},
        [](std::string_view) -> bool {
          throw ClientError(reason::not_found, "thrown by the listener");
        },
        a_minute());
  });
  CHECK(error.reason == reason::not_found);
  CHECK(error.text == "thrown by the listener");
}

TEST_CASE("a conversation ends at the deadline and when a stop is asked for") {
  std::stop_source stop;
  ScriptedServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(websocket_accepted() + frame(text, "one"));
    connection.wait_for_peer_to_leave();
  });
  const auto late = error_thrown([&] { listen_to(server, {}, in_milliseconds(200)); });
  CHECK(late.reason == reason::timeout);
  CHECK(late.text.starts_with("GET ws://127.0.0.1:"));
  CurlHttp http;
  HttpRequest request;
  request.url = server.url();
  auto limits = a_minute();
  limits.stop = stop.get_token();
  const auto stopped = error_thrown([&] {
    http.listen(
        request, {}, [&](std::string_view) { return stop.request_stop(); }, limits);
  });
  CHECK(stopped.reason == reason::interrupted);
}

TEST_CASE("a message over the limit and bytes that are no frames end the conversation") {
  ScriptedServer large(speaking(frame(binary, std::string(2000, 'x'))));
  HttpRequest request;
  request.url = large.url("/exec?token=hidden");
  request.body_limit = 1999;
  auto error = error_thrown([&] { listen_to(large, {}, a_minute(), request); });
  CHECK(error.reason == reason::too_large);
  CHECK(error.text ==
        "GET ws" + large.url("/exec").substr(4) + "?...: a message of more than 1999 bytes");
  ScriptedServer garbage(speaking("\xff\xff\xff\xff"));
  error = error_thrown([&] { listen_to(garbage); });
  CHECK(error.reason == reason::unreadable);
}

TEST_CASE("a flood of pings ends the conversation") {
  std::string flood;
  for (int i = 0; i < 5000; ++i) flood += frame(ping, "");
  ScriptedServer server([&](Connection& connection) {
    connection.read_request();
    connection.write(websocket_accepted() + flood);
    connection.wait_for_peer_to_leave();
  });
  CHECK(error_thrown([&] { listen_to(server); }).reason == reason::unreadable);
}

}  // namespace postflight::test
