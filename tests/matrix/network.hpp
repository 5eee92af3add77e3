#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/matrix/failure.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::matrix {

// What is the name and the address of, in the healthy world.
inline constexpr char known_address[] = "192.0.2.40";

// A DNS server that knows the edge's host, a port that takes connections, and a TLS server. Safe to
// use from many threads.
class Network {
 public:
  explicit Network(const Certificates& certificates);
  void publish(Addresses& addresses) const;

 private:
  const test::TemporaryDirectory directory_;
  test::DnsServer names_;
  test::ScriptedServer port_, tls_;
};

std::string healthy_dns_reply(const test::DnsQuery& query);

// A DNS server that answers so, a port whose connections are treated so, a TLS server that shows
// that certificate of the world.
Failure failing_names(std::string name, std::set<std::string> reasons,
                      test::DnsServer::Script script);
Failure failing_port(std::string name, std::set<std::string> reasons,
                     test::ScriptedServer::Script script);
Failure failing_tls(std::string name, std::set<std::string> reasons,
                    std::function<test::ServerTls(const Certificates&)> tls);
// Only where things are is wrong: `misplace` changes it. What it returns lives as long as the
// world.
Failure elsewhere(std::string name, std::set<std::string> reasons,
                  std::function<std::shared_ptr<void>(Addresses&)> misplace);

// A port that answers neither yes nor no, as long as the result lives: its queue is full.
std::shared_ptr<void> silent_port(std::string& address);

}  // namespace postflight::matrix
