#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace postflight {

struct WebSocketMessage {
  enum class Kind { data, ping, close };
  Kind kind = Kind::data;
  std::string payload;
  int close_code = 0;  // of a close frame; 0 when it carries none
};

// Takes the byte stream that a server sends over a WebSocket (RFC 6455) apart into messages.
// libcurl's own decoder is not used: up to 8.14 it swallows frames without payload, so an empty
// last fragment or an empty close frame would never be seen.
class WebSocketDecoder {
 public:
  // `name` begins the message of every error.
  WebSocketDecoder(std::size_t message_limit, std::string name)
      : message_limit_(message_limit), name_(std::move(name)) {}

  void append(std::string_view bytes) { buffer_ += bytes; }
  // The next whole message, or nothing until more bytes come. Throws ClientError unreadable for
  // what is no WebSocket, too-large for a message over the limit.
  std::optional<WebSocketMessage> next();

 private:
  struct Header {
    bool final = false;
    int operation = 0;
    std::size_t size = 0;     // of the header
    std::size_t payload = 0;  // bytes that follow it
  };
  std::optional<Header> read_header() const;
  void check(const Header& header) const;
  WebSocketMessage close_message(std::string payload) const;
  [[noreturn]] void refuse(const std::string& what) const;

  std::size_t message_limit_;
  std::string name_;
  std::string buffer_;
  std::size_t consumed_ = 0;  // bytes at the front of buffer_ that are done with
  std::string fragments_;
  bool in_fragments_ = false;
};

// A frame as a client sends it, masked: of a pong (operation 10) or close (8), which hold at most
// 125 bytes.
std::string websocket_control_frame(int operation, std::string_view payload);

}  // namespace postflight
