#include <fmt/format.h>

#include "tests/matrix/network.hpp"
#include "tests/matrix/subject.hpp"
#include "tests/world/outpost.hpp"

namespace postflight::matrix {

namespace {

Subject subject(std::string kind, std::string variant, std::string family,
                std::function<std::string(const Addresses&)> settings) {
  return {std::move(kind),    std::move(variant), Part::network, {std::move(family)}, {},
          std::move(settings)};
}

}  // namespace

std::vector<Subject> network_subjects() {
  return {subject("dns.resolves", "", "dns",
                  [](const Addresses& world) {
                    return fmt::format("{{names: {}, servers: '{}', must-include: {}}}",
                                       world::application_host, world.dns_server, known_address);
                  }),
          subject("dns.resolves", "several servers", "dns",
                  [](const Addresses& world) {
                    return fmt::format("{{names: {}, servers: ['{}', '{}'], only: 192.0.2.32/27}}",
                                       world::application_host, world.other_dns_server,
                                       world.dns_server);
                  }),
          subject("tcp.connects", "", "tcp",
                  [](const Addresses& world) {
                    return fmt::format("{{address: '{}'}}", world.tcp_address);
                  }),
          subject("tcp.connects", "several servers", "tcp",
                  [](const Addresses& world) {
                    return fmt::format("{{address: ['{}', '{}']}}", world.other_tcp_address,
                                       world.tcp_address);
                  }),
          subject("tcp.connects", "without watching", "tcp",
                  [](const Addresses& world) {
                    return fmt::format("{{address: '{}', stays-open: 0s}}", world.tcp_address);
                  }),
          subject("tls.certificate", "", "tls",
                  [](const Addresses& world) {
                    return fmt::format("{{address: '{}', server-name: {}, ca-file: '{}'}}",
                                       world.tls_address, world::application_host,
                                       world.tls_ca_file);
                  }),
          subject("tls.certificate", "trust not verified", "tls", [](const Addresses& world) {
            return fmt::format("{{address: '{}', server-name: {}, verify-trust: false}}",
                               world.tls_address, world::application_host);
          })};
}

}  // namespace postflight::matrix
