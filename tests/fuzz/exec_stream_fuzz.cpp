// The bytes of a pod exec's WebSocket: frames, channels, the Status that says how it ended.
#include "clients/kubernetes_status.hpp"
#include "clients/websocket_decoder.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/scripted_api.hpp"

using namespace postflight;
using namespace postflight::test;

namespace {

constexpr std::size_t message_limit = 4096, output_limit = 8192;

struct Stream {
  std::vector<std::string> messages;  // of data
  int close_code = 0;
  bool closed = false, refused = false;
  bool operator==(const Stream&) const = default;
};

// What the decoder makes of the bytes when they come in pieces of that size.
Stream decode(std::string_view bytes, std::size_t piece) {
  Stream stream;
  WebSocketDecoder decoder(message_limit, "exec");
  try {
    while (!bytes.empty() && !stream.closed) {
      decoder.append(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
      while (const auto message = decoder.next()) {
        must(message->payload.size() <= message_limit, "no message is over the limit");
        if (message->kind == WebSocketMessage::Kind::data)
          stream.messages.push_back(message->payload);
        if (message->kind != WebSocketMessage::Kind::close) continue;
        stream.closed = true;
        stream.close_code = message->close_code;
        break;
      }
    }
  } catch (const ClientError&) {
    stream.refused = true;
  }
  return stream;
}

}  // namespace

// The first byte says into what pieces the stream is cut.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = text_of(data + 1, size - 1);
  const auto stream = decode(bytes, bytes.size() + 1);
  must(decode(bytes, data[0] + 1u) == stream, "pieces mean the same as the whole");

  ScriptedApi api;
  std::string status;
  api.http.converse = [&](const HttpRequest&, const ScriptedHttp::Receive& receive) {
    for (const auto& message : stream.messages) {
      if (message.size() > 1 && message[0] == 3) status += message.substr(1);
      if (!receive(message)) break;
    }
    return WebSocketResponse{101, "v5.channel.k8s.io", stream.closed, stream.close_code};
  };
  try {
    const auto result =
        api.kubernetes().exec({"authentik", "web", "proxy", {"df"}, output_limit}, a_minute());
    must(result.output.size() <= output_limit && result.errors.size() <= output_limit,
         "output is bounded");
    must(stream.closed, "a stream that was cut off has no result");
    const auto read = read_status(status);
    must(read && read->success == (result.exit_code == 0), "the Status alone says how it ended");
    must(read->success || read->exit_code, "a failure without an exit code is no result");
  } catch (const ClientError& error) {
    must(*error.what() != 0, "an error says what is wrong");
  }
  return 0;
}
