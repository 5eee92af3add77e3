#include "clients/connect_address.hpp"

#include <algorithm>
#include <charconv>

namespace postflight {

namespace {

bool is_port(const std::string& text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

std::optional<ConnectAddress> read_connect_address(const std::string& text) {
  const bool bracketed = text.starts_with('[');
  if (!bracketed && std::count(text.begin(), text.end(), ':') > 1)
    return ConnectAddress{"[" + text + "]", std::nullopt};
  const auto host_end = bracketed ? text.find(']') : 0;
  if (host_end == std::string::npos) return std::nullopt;
  const auto colon = std::min(text.find(':', host_end), text.size());
  if (colon == 0 || (bracketed && colon != host_end + 1)) return std::nullopt;
  if (colon == text.size()) return ConnectAddress{text, std::nullopt};
  ConnectAddress address{text.substr(0, colon), text.substr(colon + 1)};
  if (!is_port(*address.port)) return std::nullopt;
  return address;
}

}  // namespace postflight
