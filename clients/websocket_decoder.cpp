#include "clients/websocket_decoder.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <utility>

#include "clients/error.hpp"

namespace postflight {

namespace {

constexpr int continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10;
constexpr std::size_t most_of_control = 125;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

}  // namespace

void WebSocketDecoder::refuse(const std::string& what) const {
  throw ClientError(reason::unreadable, name_ + ": not a WebSocket as it should be: " + what);
}

WebSocketMessage WebSocketDecoder::close_message(std::string payload) const {
  WebSocketMessage message{WebSocketMessage::Kind::close, std::move(payload), 0};
  if (message.payload.size() == 1) refuse("a close frame with half a code");
  if (message.payload.size() >= 2)
    message.close_code = byte_at(message.payload, 0) << 8 | byte_at(message.payload, 1);
  return message;
}

std::optional<WebSocketDecoder::Header> WebSocketDecoder::read_header() const {
  const auto bytes = std::string_view(buffer_).substr(consumed_);
  if (bytes.size() < 2) return std::nullopt;
  const auto first = byte_at(bytes, 0), second = byte_at(bytes, 1);
  if ((first & 0x70) != 0) refuse("reserved bits are set");
  if ((second & 0x80) != 0) refuse("a frame of the server is masked");
  Header header{(first & 0x80) != 0, first & 0x0f, 2, second & 0x7fu};
  const std::size_t length_bytes = header.payload == 126 ? 2 : header.payload == 127 ? 8 : 0;
  if (length_bytes == 0) return header;
  header.size += length_bytes;
  if (bytes.size() < header.size) return std::nullopt;
  std::uint64_t length = 0;
  for (std::size_t i = 2; i < header.size; ++i) length = length << 8 | byte_at(bytes, i);
  header.payload = static_cast<std::size_t>(length);
  return header;
}

void WebSocketDecoder::check(const Header& header) const {
  switch (header.operation) {
    case continuation:
      if (!in_fragments_) refuse("a fragment of no message");
      break;
    case text:
    case binary:
      if (in_fragments_) refuse("a message inside the fragments of another");
      break;
    case close:
    case ping:
    case pong:
      if (!header.final || header.payload > most_of_control)
        refuse("a control frame in fragments, or too long");
      return;
    default:
      refuse(fmt::format("the unknown operation {}", header.operation));
  }
  if (header.payload > message_limit_ || fragments_.size() > message_limit_ - header.payload)
    throw ClientError(reason::too_large,
                      fmt::format("{}: a message of more than {} bytes", name_, message_limit_));
}

std::optional<WebSocketMessage> WebSocketDecoder::next() {
  for (;;) {
    const auto header = read_header();
    if (header) check(*header);
    if (!header || buffer_.size() - consumed_ - header->size < header->payload) {
      buffer_.erase(0, consumed_);
      consumed_ = 0;
      return std::nullopt;
    }
    auto payload = buffer_.substr(consumed_ + header->size, header->payload);
    consumed_ += header->size + header->payload;
    if (header->operation == close) return close_message(std::move(payload));
    if (header->operation == ping)
      return WebSocketMessage{WebSocketMessage::Kind::ping, std::move(payload), 0};
    if (header->operation == pong) continue;  // an answer to nothing that we asked
    fragments_ += payload;
    in_fragments_ = !header->final;
    if (header->final)
      return WebSocketMessage{WebSocketMessage::Kind::data, std::exchange(fragments_, {}), 0};
  }
}

std::string websocket_control_frame(int operation, std::string_view payload) {
  // Masking keeps proxies from taking a frame for HTTP; what we send is never of our choosing.
  static thread_local std::random_device random;
  const auto mask = random();
  std::string frame;
  frame += static_cast<char>(0x80 | operation);
  frame += static_cast<char>(0x80 | payload.size());
  for (int i = 0; i < 4; ++i) frame += static_cast<char>(mask >> (8 * i));
  for (std::size_t i = 0; i < payload.size(); ++i)
    frame += static_cast<char>(payload[i] ^ frame[2 + i % 4]);
  return frame;
}

}  // namespace postflight
