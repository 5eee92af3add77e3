#include "checks/support/record_values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "checks/support/text.hpp"

namespace postflight {
namespace {

using Bytes = std::vector<unsigned char>;  // 4 or 16 of an address

std::optional<Bytes> bytes_of(int family, const std::string& address) {
  Bytes bytes(family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr));
  if (inet_pton(family, address.c_str(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

std::optional<Bytes> bytes_of(const std::string& address) {
  const auto four = bytes_of(AF_INET, address);
  return four ? four : bytes_of(AF_INET6, address);
}

struct Network {
  Bytes address;
  std::size_t bits = 0;
};

std::optional<Network> network_of(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto address = bytes_of(std::string(text.substr(0, slash)));
  if (!address) return std::nullopt;
  Network network{*address, 0};
  const auto digits = text.substr(slash + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), network.bits);
  if (error != std::errc() || end != digits.data() + digits.size() ||
      network.bits > address->size() * 8)
    return std::nullopt;
  return network;
}

std::string normal_name(std::string_view name) {
  if (name.size() > 1 && name.ends_with('.')) name.remove_suffix(1);
  return lower_case(name);
}

}  // namespace

std::optional<std::string> record_value(std::string_view type, std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (type == "TXT" || type == "CAA") return std::string(text);
  if (type != "A" && type != "AAAA") return normal_name(text);
  const int family = type == "A" ? AF_INET : AF_INET6;
  const auto bytes = bytes_of(family, std::string(text));
  if (!bytes) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> normal{};
  inet_ntop(family, bytes->data(), normal.data(), normal.size());
  return normal.data();
}

bool is_network(std::string_view text) { return network_of(text).has_value(); }

bool is_in_network(const std::string& address, std::string_view text) {
  const auto network = network_of(text);
  const auto bytes = bytes_of(address);
  if (!network || !bytes || bytes->size() != network->address.size()) return false;
  for (std::size_t bit = 0; bit < network->bits; ++bit) {
    const auto mask = 0x80u >> bit % 8;
    if (((bytes->at(bit / 8) ^ network->address.at(bit / 8)) & mask) != 0) return false;
  }
  return true;
}

}  // namespace postflight
