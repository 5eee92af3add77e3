#include "clients/websocket_decoder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "clients/error.hpp"
#include "tests/support/client_errors.hpp"
#include "tests/support/websocket_frames.hpp"

namespace postflight::test {

namespace {

using Kind = WebSocketMessage::Kind;

// All messages of a stream that arrives in pieces of that size.
std::vector<WebSocketMessage> messages_of(const std::string& stream, std::size_t piece,
                                          std::size_t limit = 1 << 20) {
  WebSocketDecoder decoder(limit, "name");
  std::vector<WebSocketMessage> messages;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    decoder.append(std::string_view(stream).substr(at, piece));
    while (auto message = decoder.next()) messages.push_back(std::move(*message));
  }
  return messages;
}

ErrorSeen error_of(const std::string& stream, std::size_t limit = 1 << 20) {
  return error_thrown([&] { messages_of(stream, stream.size(), limit); });
}

}  // namespace

TEST_CASE("messages of every length arrive whole, however the stream is cut") {
  std::string stream;
  const std::vector<std::size_t> lengths = {0, 1, 125, 126, 127, 65535, 65536, 200'000};
  for (const auto length : lengths) stream += frame(binary, std::string(length, 'x'));
  for (const std::size_t piece : {1, 2, 7, 16'384, 1'000'000}) {
    const auto messages = messages_of(stream, piece);
    REQUIRE(messages.size() == lengths.size());
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      CHECK(messages[i].kind == Kind::data);
      CHECK(messages[i].payload.size() == lengths[i]);
    }
  }
}

TEST_CASE("fragments become one message, an empty last one and a ping between them too") {
  const auto stream = frame(text, "one ", not_final) + frame(ping, "there?") +
                      frame(continuation, "two", not_final) + frame(continuation, "") +
                      frame(binary, "next");
  for (const std::size_t piece : {1, 1000}) {
    const auto messages = messages_of(stream, piece);
    REQUIRE(messages.size() == 3);
    CHECK(messages[0].kind == Kind::ping);
    CHECK(messages[0].payload == "there?");
    CHECK(messages[1].payload == "one two");
    CHECK(messages[2].payload == "next");
  }
}

TEST_CASE("a close frame tells its code, and an empty one none") {
  const auto with_code = messages_of(frame(closing,
                                           "\x03\xe8"
                                           "bye"),
                                     1);
  REQUIRE(with_code.size() == 1);
  CHECK(with_code[0].kind == Kind::close);
  CHECK(with_code[0].close_code == 1000);
  const auto empty = messages_of(frame(closing, ""), 1);
  REQUIRE(empty.size() == 1);
  CHECK(empty[0].kind == Kind::close);
  CHECK(empty[0].close_code == 0);
}

TEST_CASE("a pong that nobody asked for is nothing") {
  CHECK(messages_of(frame(pong, "x"), 100).empty());
}

TEST_CASE("what is no WebSocket of a server is unreadable") {
  using namespace std::string_literals;
  for (const auto& stream : {"\xc2\x01x"s,              // a reserved bit
                             "\x82\x81....x"s,          // masked
                             "\x83\x01x"s,              // an unknown operation
                             frame(continuation, "x"),  // of no message
                             frame(text, "x", not_final) + frame(text, "y"),  // inside another
                             frame(ping, "x", not_final), frame(ping, std::string(126, 'x')),
                             frame(closing, "x"), "HTTP/1.1 200 OK"s}) {
    const auto error = error_of(stream);
    CHECK(error.reason == reason::unreadable);
    CHECK(error.text.starts_with("name: not a WebSocket as it should be: "));
  }
}

TEST_CASE("a message over the limit is too large before it has arrived, in fragments too") {
  using namespace std::string_literals;
  CHECK(messages_of(frame(text, std::string(1000, 'x')), 100, 1000).size() == 1);
  for (const auto& stream :
       {frame(text, std::string(1001, 'x')).substr(0, 10),
        frame(text, std::string(600, 'x'), not_final) + frame(continuation, std::string(401, 'x')),
        "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s, "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"s}) {
    const auto error = error_of(stream, 1000);
    CHECK(error.reason == reason::too_large);
    CHECK(error.text == "name: a message of more than 1000 bytes");
  }
}

TEST_CASE("a frame that we send is masked and can be read again") {
  const auto sent = websocket_control_frame(pong, "hello");
  REQUIRE(sent.size() == 11);
  CHECK(sent.substr(0, 2) == "\x8a\x85");
  CHECK(unmasked(sent) == "hello");
}

}  // namespace postflight::test
