#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "tests/world/certificates.hpp"

namespace postflight::world {

struct EdgeBehaviour {
  bool is_protected = true;     // false: the app is served without asking the outpost
  bool outpost_answers = true;  // false: nothing listens where the edge looks for the outpost
};

// A real nginx as the edge of terminal.example.com: every request is put to the outpost with
// auth_request; what the outpost says to an unknown visitor is handed on, and when it does not
// answer there is Basic auth, "Emergency Access". Everything nginx writes is in `directory`.
class Edge {
 public:
  Edge(const std::string& directory, const CertificateAuthority& authority,
       std::uint16_t outpost_port, const EdgeBehaviour& behaviour);
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  static const std::string& host();
  std::uint16_t port() const { return port_; }

 private:
  void start(int listener);

  std::string directory_;
  std::uint16_t port_ = 0;
  int nobody_listens_ = -1;  // a port that is taken and never answers
  pid_t pid_ = -1;
};

}  // namespace postflight::world
