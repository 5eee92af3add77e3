#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "tests/world/certificates.hpp"
#include "tests/world/child_process.hpp"
#include "tests/world/scenario.hpp"

namespace postflight::world {

// A real nginx that plays both parts of the edge: the ingress with TLS for the application's host,
// and the auth proxy that asks the outpost and falls back to Basic auth when it does not answer.
class Edge {
 public:
  // `outpost_port` is where the outpost's Service leads; nothing when it has no endpoint, and then
  // connections to it are refused. Throws std::runtime_error with nginx's words when it does not
  // start.
  Edge(const std::filesystem::path& directory, const Certificate& certificate,
       const Scenario& scenario, std::optional<std::uint16_t> outpost_port);
  ~Edge();
  std::uint16_t port() const { return port_; }

 private:
  class Port;
  std::uint16_t port_ = 0;
  std::unique_ptr<Port> nobody_;  // held so that nobody else comes to listen there
  std::unique_ptr<ChildProcess> nginx_;
};

}  // namespace postflight::world
