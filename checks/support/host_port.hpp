#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/check.hpp"

namespace postflight {

// A host (a name, or an IP address without brackets) and a port.
struct HostPort {
  std::string host;
  int port = 0;
  std::string text() const;  // host:port or [ip]:port
};

// Reads host:port, ip:port or [ip]:port. Nothing for other text.
std::optional<HostPort> read_host_port(std::string_view text);

bool is_ip_address(const std::string& text);
// Letters, digits, '-', '_' and '.', and no IP address.
bool is_host_name(const std::string& text);

// The setting's texts read so; what cannot be read is a mistake, and so is none at all.
std::vector<HostPort> read_host_ports(const Settings& settings, std::string_view name);

// One address at which something is asked for.
struct ServerAddress {
  HostPort wanted;
  std::string address;  // an IP address; empty: none was found, `error` says why
  std::exception_ptr error;

  // "app.example.com:443 at 192.0.2.1", or the address alone where it is what the checklist names.
  std::string subject() const;
  HostPort at() const { return {address, wanted.port}; }
};

// Every address that each of the hosts has, in order.
std::vector<ServerAddress> addresses_of(const std::vector<HostPort>& wanted,
                                        const CheckContext& context);

// `reach`: whether every address has to answer, or one of each host.
inline constexpr std::string_view reaches[] = {"all", "any"};
inline constexpr Setting reach_setting{
    "reach",
    SettingType::text,
    "all: every address that a name resolves to must answer; any: one of each name",
    false,
    "all",
    {},
    reaches};

}  // namespace postflight
