#pragma once

#include <optional>
#include <string>

namespace postflight {

// Where to connect to instead of a URL's host.
struct ConnectAddress {
  std::string host;  // IPv6 in brackets
  std::optional<std::string> port;
};

// Reads "ip", "ip:port", "[ip]", "[ip]:port" or a bare IPv6. Nothing for other text.
std::optional<ConnectAddress> read_connect_address(const std::string& text);

}  // namespace postflight
