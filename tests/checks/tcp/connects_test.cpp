#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "clients/error.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

const CheckKind& kind() { return *find_kind("tcp.connects"); }

// A world in which app.example.com has two addresses; what an address does is told by its end.
struct PortsWorld : RecordedWorld {
  PortsWorld() {
    names.hosts["app.example.com"] = {{"192.0.2.1", "2001:db8::2"}};
    connections.connected = [this](const TcpRequest& request) -> TcpAnswer {
      const auto found = behaviour.find(request.address);
      if (found == behaviour.end()) return {TcpEnd::stayed_open};
      return found->second(request.address);
    };
  }
  using Behaviour = std::function<TcpAnswer(const std::string&)>;
  std::map<std::string, Behaviour> behaviour;
};

const PortsWorld::Behaviour refuses = [](const std::string& address) -> TcpAnswer {
  throw ClientError(reason::refused, "TCP to " + address + ": nothing listens there");
};
const PortsWorld::Behaviour is_silent = [](const std::string& address) -> TcpAnswer {
  throw ClientError(reason::timeout, "TCP to " + address + ": no answer", address + ": silent");
};

constexpr auto both = "{address: 'app.example.com:443'}";
constexpr auto one = "{address: 'app.example.com:443', reach: any}";

}  // namespace

TEST_CASE("every address of a name is connected to", "[tcp.connects]") {
  PortsWorld world;
  const auto outcome = world.run(kind(), both);
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  REQUIRE(outcome.evidence.size() == 2);
  CHECK(outcome.evidence[0].subject == "app.example.com:443 at 192.0.2.1");
  CHECK(outcome.evidence[1].subject == "app.example.com:443 at 2001:db8::2");
  CHECK(outcome.evidence[0].expected == "accepts connections and keeps them for 250ms");
  CHECK(outcome.summary == "2 addresses of 1 server accept connections");
}

TEST_CASE("a refusal is the server's own fault, silence is nobody's", "[tcp.connects]") {
  PortsWorld world;
  world.behaviour["192.0.2.1:443"] = refuses;
  const auto refused = world.run(kind(), both);
  CHECK(refused.status == Status::failed);
  CHECK(refused.summary == "app.example.com:443 at 192.0.2.1: refused: nothing listens there");
  world.behaviour["192.0.2.1:443"] = is_silent;
  const auto silent = world.run(kind(), both);
  CHECK(silent.status == Status::errored);
  CHECK(silent.reason == "timeout");
  CHECK(silent.evidence[0].expected == refused.evidence[0].expected);
  CHECK(silent.examined == 1);
  world.behaviour["[2001:db8::2]:443"] = refuses;
  CHECK(world.run(kind(), both).status == Status::failed);
}

TEST_CASE("a connection that is ended at once was not accepted", "[tcp.connects]") {
  for (const auto end : {TcpEnd::closed, TcpEnd::reset}) {
    PortsWorld world;
    world.behaviour["192.0.2.1:443"] = [end](const std::string&) { return TcpAnswer{end}; };
    const auto outcome = world.run(kind(), both);
    CHECK(outcome.status == Status::failed);
    CHECK(outcome.summary.find(end == TcpEnd::closed ? "closed at once" : "reset at once") !=
          std::string::npos);
  }
}

TEST_CASE("where any address will do, one that connects is enough", "[tcp.connects]") {
  PortsWorld world;
  world.behaviour["192.0.2.1:443"] = refuses;
  const auto outcome = world.run(kind(), one);
  CHECK(outcome.status == Status::passed);
  REQUIRE(outcome.evidence.size() == 1);
  CHECK(outcome.evidence[0].observed ==
        "192.0.2.1: refused: nothing listens there; 2001:db8::2: connected");
  world.behaviour["[2001:db8::2]:443"] = is_silent;
  const auto unknown = world.run(kind(), one);
  CHECK(unknown.status == Status::errored);
  CHECK(unknown.reason == "timeout");
  world.behaviour["[2001:db8::2]:443"] = refuses;
  const auto failed = world.run(kind(), one);
  CHECK(failed.status == Status::failed);
  CHECK(failed.evidence[0].expected == outcome.evidence[0].expected);
}

TEST_CASE("any address of each server is asked for, not of all of them together",
          "[tcp.connects]") {
  PortsWorld world;
  world.behaviour["192.0.2.9:25"] = refuses;
  const auto outcome =
      world.run(kind(), "{address: ['app.example.com:443', '192.0.2.9:25'], reach: any}");
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.evidence.size() == 2);
}

TEST_CASE("a name that does not resolve is unknown, and the other servers are asked all the same",
          "[tcp.connects]") {
  PortsWorld world;
  for (const auto* more : {"", ", reach: any"}) {
    const auto outcome = world.run(
        kind(), std::string("{address: ['gone.example.com:443', '192.0.2.1:25']") + more + "}");
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "dns");
    CHECK(outcome.examined == 1);
    CHECK(outcome.evidence.at(0).subject == "gone.example.com:443");
  }
}

TEST_CASE("a name without any address is unknown, as an edited recording may have it",
          "[tcp.connects]") {
  PortsWorld world;
  world.names.hosts["app.example.com"] = {};
  for (const auto* with : {both, one}) {
    const auto outcome = world.run(kind(), with);
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "dns");
  }
}

TEST_CASE("how long a connection is watched is the checklist's to say", "[tcp.connects]") {
  PortsWorld world;
  std::chrono::milliseconds watched{-1};
  world.behaviour["192.0.2.1:22"] = [](const std::string&) { return TcpAnswer{}; };
  world.connections.connected = [&](const TcpRequest& request) {
    watched = request.stays_open;
    return TcpAnswer{};
  };
  const auto outcome = world.run(kind(), "{address: '192.0.2.1:22', stays-open: 0s}");
  CHECK(watched.count() == 0);
  CHECK(outcome.evidence.at(0).expected == "accepts connections");
  CHECK(outcome.evidence.at(0).subject == "192.0.2.1:22");
}

TEST_CASE("addresses that are none are mistakes", "[tcp.connects]") {
  for (const auto* with :
       {"{address: []}", "{address: app.example.com}", "{address: 'app.example.com:0'}",
        "{address: 'app.example.com:65536'}", "{address: 'app.example.com:-1'}",
        "{address: '2001:db8::1:443x'}", "{address: '[app]:443'}", "{address: ':443'}",
        "{address: 'a b:443'}", "{address: 'https://app.example.com:443'}",
        "{address: 'a:1', reach: some}", "{address: 'a:1', stays-open: 2m}"}) {
    INFO(with);
    CHECK(mistakes_in(kind(), with).size() == 1);
  }
  CHECK(mistakes_in(kind(), "{address: ['[2001:db8::1]:443', '192.0.2.1:1', 'a-b.c:65535']}")
            .empty());
}

}  // namespace postflight::test
