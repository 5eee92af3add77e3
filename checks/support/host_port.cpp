#include "checks/support/host_port.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>

#include "checks/support/concurrently.hpp"
#include "checks/support/limits.hpp"
#include "clients/clients.hpp"
#include "clients/error.hpp"

namespace postflight {
namespace {

bool is_host(std::string_view text) {
  constexpr std::size_t longest = 253;
  return !text.empty() && text.size() <= longest && text.front() != '-' &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

}  // namespace

std::string HostPort::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

bool is_ip_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

bool is_host_name(const std::string& text) { return is_host(text) && !is_ip_address(text); }

std::optional<HostPort> read_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  HostPort read{std::string(text.substr(0, colon)), 0};
  const auto digits = text.substr(colon + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), read.port);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.starts_with('-') ||
      read.port < 1 || read.port > 65535)
    return std::nullopt;
  auto& host = read.host;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return is_ip_address(host) && host.find(':') != std::string::npos ? std::optional(read)
                                                                      : std::nullopt;
  }
  return is_host(host) ? std::optional(read) : std::nullopt;
}

std::vector<HostPort> read_host_ports(const Settings& settings, std::string_view name) {
  std::vector<HostPort> list;
  for (const auto& text : settings.texts(name)) {
    if (const auto read = read_host_port(text))
      list.push_back(*read);
    else
      settings.mistake(name, fmt::format("'{}' is neither host:port, ip:port nor [ip]:port", text));
  }
  if (settings.has(name) && settings.texts(name).empty())
    settings.mistake(name, fmt::format("'{}' must name at least one address", name));
  return list;
}

std::string ServerAddress::subject() const {
  return address.empty() || address == wanted.host
             ? wanted.text()
             : fmt::format("{} at {}", wanted.text(), address);
}

std::vector<ServerAddress> addresses_of(const std::vector<HostPort>& wanted,
                                        const CheckContext& context) {
  const auto resolved = concurrently(wanted.size(), [&](std::size_t index) -> HostAddresses {
    const auto& host = wanted[index].host;
    if (is_ip_address(host)) return {{host}};
    auto found = context.clients.names.addresses(host, limits_of(context));
    if (found.list.empty()) throw ClientError(reason::dns, host + " has no address");
    return found;
  });
  std::vector<ServerAddress> endpoints;
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    if (!resolved[index].value) {
      endpoints.push_back({wanted[index], "", resolved[index].error});
      continue;
    }
    for (const auto& address : resolved[index].value->list)
      endpoints.push_back({wanted[index], address, nullptr});
  }
  return endpoints;
}

}  // namespace postflight
