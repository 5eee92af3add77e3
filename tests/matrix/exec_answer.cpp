#include "tests/matrix/exec_answer.hpp"

#include <openssl/sha.h>

#include "tests/support/websocket_frames.hpp"
#include "tests/world/url.hpp"

namespace postflight::matrix {

namespace {

constexpr char disk_use[] =
    "Filesystem     1024-blocks  Used Available Capacity Mounted on\n"
    "shm                  65536     0     65536       0% /dev/shm\n";

// RFC 6455, 4.2.2: proof that the server read the request.
std::string accepted_key(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return world::base64({reinterpret_cast<const char*>(digest), sizeof digest});
}

}  // namespace

std::string exec_accepted(const world::Request& request) {
  const auto offered = request.header("Sec-WebSocket-Protocol");
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accepted_key(request.header("Sec-WebSocket-Key")) +
         "\r\nSec-WebSocket-Protocol: " + offered.substr(0, offered.find(',')) + "\r\n\r\n";
}

std::string exec_message(char channel, std::string_view payload) {
  return test::frame(test::binary, channel + std::string(payload));
}

std::string exec_end() {
  return test::frame(test::closing, std::string("\x03\xe8", 2));  // 1000: normal
}

std::string healthy_exec(const world::Request& request) {
  std::string output = disk_use;
  if (request.parameter("command") == "ls") output = "session_A\n";
  return exec_accepted(request) + exec_message(1, output) +
         exec_message(3, R"({"metadata":{},"status":"Success"})") + exec_end();
}

}  // namespace postflight::matrix
