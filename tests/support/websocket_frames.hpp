#pragma once

#include <string>
#include <string_view>

namespace postflight::test {

// Operations of WebSocket frames (RFC 6455, 5.2).
enum FrameOperation { continuation = 0, text = 1, binary = 2, closing = 8, ping = 9, pong = 10 };
enum FrameEnd { not_final, final_frame };

// A frame as a server sends it.
std::string frame(FrameOperation operation, std::string_view payload, FrameEnd end = final_frame);

// The payload of a frame that a client sent, which is masked and shorter than 126 bytes.
std::string unmasked(std::string_view frame);

// The answer that accepts a WebSocket, whatever its key was; `protocol` may be empty.
std::string websocket_accepted(std::string_view protocol = "");

}  // namespace postflight::test
