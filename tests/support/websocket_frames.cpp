#include "tests/support/websocket_frames.hpp"

#include <stdexcept>

namespace postflight::test {

std::string frame(FrameOperation operation, std::string_view payload, FrameEnd end) {
  std::string bytes(1, static_cast<char>((end == final_frame ? 0x80 : 0) | operation));
  const auto size = payload.size();
  const int length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  bytes += static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127);
  for (int i = length_bytes - 1; i >= 0; --i) bytes += static_cast<char>(size >> (8 * i));
  return bytes.append(payload);
}

std::string unmasked(std::string_view frame) {
  const auto size = static_cast<unsigned char>(frame.at(1)) & 0x7fu;
  if ((static_cast<unsigned char>(frame[1]) & 0x80) == 0 || frame.size() != 6 + size)
    throw std::runtime_error("not one short masked frame");
  std::string payload;
  for (std::size_t i = 0; i < size; ++i)
    payload += static_cast<char>(frame[6 + i] ^ frame[2 + i % 4]);
  return payload;
}

std::string websocket_accepted(std::string_view protocol) {
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: not checked by libcurl\r\n";
  if (!protocol.empty()) answer += "Sec-WebSocket-Protocol: " + std::string(protocol) + "\r\n";
  return answer + "\r\n";
}

}  // namespace postflight::test
