// Every recorded pod exec, asked again of the stand-in over a real WebSocket.
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/temporary_directory.hpp"
#include "tests/world/cluster.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Json = nlohmann::json;

struct Conversation {
  int status = 0;
  std::string protocol, body;
  std::string first_frame;               // raw
  std::map<char, std::string> channels;  // everything that came on each
  bool text_frames = false;
  int close_code = 0;
};

// The value of a header in recorded lines; empty when it is not there.
std::string header(const Json& lines, const std::string& name) {
  for (const std::string line : lines)
    if (line.rfind(name + ": ", 0) == 0) return line.substr(name.size() + 2);
  return {};
}

std::string target_of(const Json& recording) {
  const std::string line = recording["request"][0];
  return line.substr(4, line.rfind(' ') - 4);
}

void note_frame(Conversation& conversation, const std::string& frame, bool text) {
  if (conversation.channels.empty()) conversation.first_frame = frame;
  conversation.text_frames = text;
  REQUIRE_FALSE(frame.empty());
  const char channel = text ? static_cast<char>(frame[0] - '0') : frame[0];
  conversation.channels[channel] += text ? base64_decode(frame.substr(1)) : frame.substr(1);
}

using TlsStream = asio::ssl::stream<asio::ip::tcp::socket>;

void connect(TlsStream& stream, std::uint16_t port) {
  stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
  stream.handshake(asio::ssl::stream_base::client);
}

// The answer to an upgrade that is not granted; Beast's WebSocket keeps it to itself.
Conversation refused(std::uint16_t port, const std::string& target, const std::string& offered,
                     const std::string& token) {
  asio::io_context loop;
  asio::ssl::context tls(asio::ssl::context::tls_client);
  TlsStream stream(loop, tls);
  connect(stream, port);
  beast::http::request<beast::http::empty_body> request(beast::http::verb::get, target, 11);
  request.set("Host", "localhost");
  request.set("Connection", "Upgrade");
  request.set("Upgrade", "websocket");
  request.set("Sec-WebSocket-Version", "13");
  request.set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  request.set("Authorization", "Bearer " + token);
  request.set("Sec-WebSocket-Protocol", offered);
  beast::http::write(stream, request);
  beast::flat_buffer buffer;
  beast::http::response<beast::http::string_body> response;
  beast::http::read(stream, buffer, response);
  Conversation conversation;
  conversation.status = static_cast<int>(response.result_int());
  conversation.body = response.body();
  return conversation;
}

Conversation converse(std::uint16_t port, const Json& recording, const std::string& token,
                      const std::string& input) {
  asio::io_context loop;
  asio::ssl::context tls(asio::ssl::context::tls_client);
  beast::websocket::stream<TlsStream> socket(loop, tls);
  connect(socket.next_layer(), port);
  const std::string offered = header(recording["request"], "Sec-WebSocket-Protocol");
  socket.set_option(
      beast::websocket::stream_base::decorator([&](beast::websocket::request_type& request) {
        request.set("Authorization", "Bearer " + token);
        if (!offered.empty()) request.set("Sec-WebSocket-Protocol", offered);
      }));
  Conversation conversation;
  beast::websocket::response_type response;
  beast::error_code error;
  socket.handshake(response, "localhost", target_of(recording), error);
  if (error) return refused(port, target_of(recording), offered, token);
  conversation.status = static_cast<int>(response.result_int());
  conversation.protocol = std::string(response["Sec-WebSocket-Protocol"]);
  if (!input.empty()) {
    socket.binary(true);
    socket.write(asio::buffer(std::string(1, '\0') + input));
    socket.write(asio::buffer(std::string("\xff\x00", 2)));
  }
  for (;;) {
    beast::flat_buffer buffer;
    socket.read(buffer, error);
    if (error) break;
    note_frame(conversation, beast::buffers_to_string(buffer.data()), socket.got_text());
  }
  CHECK(error == beast::websocket::error::closed);
  conversation.close_code = socket.reason().code;
  return conversation;
}

Conversation recorded_conversation(const Json& recording) {
  Conversation conversation;
  const std::string line = recording["response_head"][0];
  conversation.status = std::stoi(line.substr(9, 3));
  conversation.protocol = header(recording["response_head"], "Sec-WebSocket-Protocol");
  if (recording["body"].is_string()) conversation.body = recording["body"];
  if (recording["body"].is_object()) conversation.body = recording["body"].dump();
  for (const auto& frame : recording["frames"]) {
    if (frame.contains("close_code")) {
      conversation.close_code = frame["close_code"];
    } else if (frame.contains("text")) {
      note_frame(conversation, frame["text"], true);
    } else {
      note_frame(
          conversation,
          static_cast<char>(frame["channel"].get<int>()) + frame["payload"].get<std::string>(),
          false);
    }
  }
  return conversation;
}

// The id of the exec differs each time.
std::string without_ids(const std::string& text) {
  return std::regex_replace(text, std::regex("[0-9a-f]{64}"), "ID");
}

void check_same(const Conversation& ours, const Conversation& real) {
  CHECK(ours.status == real.status);
  CHECK(ours.protocol == real.protocol);
  CHECK(ours.first_frame == real.first_frame);
  CHECK(ours.text_frames == real.text_frames);
  CHECK(ours.close_code == real.close_code);
  const bool json = Json::accept(real.body);
  if (json)
    CHECK(Json::parse(ours.body) == Json::parse(real.body));
  else
    CHECK(ours.body == real.body);
  REQUIRE(ours.channels.size() == real.channels.size());
  for (const auto& [channel, text] : real.channels) {
    INFO("channel " << static_cast<int>(channel));
    CHECK(without_ids(ours.channels.at(channel)) == without_ids(text));
  }
}

}  // namespace

TEST_CASE("a pod exec goes as it was recorded, in every protocol", "[world]") {
  const test::TemporaryDirectory directory;
  const CertificateAuthority authority("test");
  Cluster cluster(authority, directory.path());
  cluster.serve(authority);
  std::size_t replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(WORLD_FIXTURES)) {
    const std::string name = entry.path().filename();
    const bool is_exec = entry.path().extension() == ".json" &&
                         (name.rfind("exec_ws_", 0) == 0 || name.rfind("error_exec_", 0) == 0 ||
                          name.rfind("trouble_exec_", 0) == 0);
    // One stays open by nature: v4 cannot end stdin.
    if (!is_exec || name == "exec_ws_v4_stdin_cat_open.json") continue;
    const Json recording = Json::parse(recorded_text(name));
    if (!recording.contains("request")) continue;  // no WebSocket: see api_server_test.cpp
    INFO(name);
    const std::string token = name == "error_exec_403.json"   ? nobody_token
                              : name == "error_exec_401.json" ? wrong_token
                                                              : reader_token;
    const std::string input = name == "exec_ws_v5_stdin_close.json" ? "hello\n" : "";
    check_same(converse(cluster.port(), recording, token, input), recorded_conversation(recording));
    ++replayed;
  }
  CHECK(replayed == 29);
}

}  // namespace postflight::world
