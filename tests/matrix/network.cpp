#include "tests/matrix/network.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <vector>

#include "clients/child_process.hpp"
#include "tests/cli/program.hpp"
#include "tests/world/outpost.hpp"

namespace postflight::matrix {

namespace {

using Connection = test::ScriptedServer::Connection;

void keep(Connection& connection) { connection.wait_for_peer_to_leave(); }

std::string local(int port) { return fmt::format("127.0.0.1:{}", port); }

// A world with one thing of the network in another state.
class Networked : public BrokenWorld {
 public:
  explicit Networked(const World& world) { addresses = world.addresses(); }
  std::vector<std::shared_ptr<void>> parts;
};

Failure network_failure(std::string name, std::set<std::string> reasons,
                        std::function<void(const World&, Networked&)> break_it) {
  Failure failure;
  failure.name = std::move(name);
  failure.reasons = std::move(reasons);
  failure.hits_one_question = false;
  failure.break_world = [break_it = std::move(break_it)](const World& world, Part,
                                                         const std::string&) {
    auto broken = std::make_unique<Networked>(world);
    break_it(world, *broken);
    return broken;
  };
  return failure;
}

}  // namespace

std::string healthy_dns_reply(const test::DnsQuery& query) {
  if (query.name != world::application_host) return test::dns_reply(query, 3, {});
  return test::dns_reply(query, 0, {test::address_record(query.name, known_address)});
}

Network::Network(const Certificates& certificates)
    : names_(healthy_dns_reply), port_(keep), tls_(keep, test::ServerTls{certificates.good, ""}) {
  test::write_file(directory_.path() + "/ca.pem", certificates.authority.certificate_pem());
}

void Network::publish(Addresses& addresses) const {
  addresses.dns_server = addresses.other_dns_server = names_.address();
  addresses.tcp_address = addresses.other_tcp_address = local(port_.port());
  addresses.tls_address = local(tls_.port());
  addresses.tls_ca_file = directory_.path() + "/ca.pem";
}

Failure failing_names(std::string name, std::set<std::string> reasons,
                      test::DnsServer::Script script) {
  return network_failure(std::move(name), std::move(reasons),
                         [script = std::move(script)](const World&, Networked& broken) {
                           auto server = std::make_shared<test::DnsServer>(script);
                           broken.addresses.dns_server = server->address();
                           broken.parts.push_back(std::move(server));
                         });
}

Failure failing_port(std::string name, std::set<std::string> reasons,
                     test::ScriptedServer::Script script) {
  return network_failure(std::move(name), std::move(reasons),
                         [script = std::move(script)](const World&, Networked& broken) {
                           auto server = std::make_shared<test::ScriptedServer>(script);
                           broken.addresses.tcp_address = broken.addresses.tls_address =
                               local(server->port());
                           broken.parts.push_back(std::move(server));
                         });
}

Failure failing_tls(std::string name, std::set<std::string> reasons,
                    std::function<test::ServerTls(const Certificates&)> tls) {
  return network_failure(std::move(name), std::move(reasons),
                         [tls = std::move(tls)](const World& world, Networked& broken) {
                           auto server = std::make_shared<test::ScriptedServer>(
                               keep, tls(world.certificates()));
                           broken.addresses.tls_address = local(server->port());
                           broken.parts.push_back(std::move(server));
                         });
}

Failure elsewhere(std::string name, std::set<std::string> reasons,
                  std::function<std::shared_ptr<void>(Addresses&)> misplace) {
  return network_failure(std::move(name), std::move(reasons),
                         [misplace = std::move(misplace)](const World&, Networked& broken) {
                           broken.parts.push_back(misplace(broken.addresses));
                         });
}

std::shared_ptr<void> silent_port(std::string& address) {
  constexpr int more_than_fit = 8;
  auto sockets = std::make_shared<std::vector<Descriptor>>();
  const auto open = [&](int flags) -> int {
    sockets->emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    return sockets->back().number();
  };
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  const int listener = open(0);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&place), size) != 0 ||
      listen(listener, 0) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&place), &size) != 0)
    throw std::runtime_error("no port for a silent server");
  for (int count = 0; count < more_than_fit; ++count)
    connect(open(SOCK_NONBLOCK), reinterpret_cast<const sockaddr*>(&place), size);
  address = local(ntohs(place.sin_port));
  return sockets;
}

}  // namespace postflight::matrix
