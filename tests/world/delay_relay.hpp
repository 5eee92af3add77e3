#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace postflight::world {

// A TCP relay on loopback that hands on what the server sends so much later, and what the client
// sends at once: every answer takes at least that long, as it does over a distance.
class DelayRelay {
 public:
  DelayRelay(std::uint16_t server_port, std::chrono::milliseconds delay);
  ~DelayRelay();
  DelayRelay(const DelayRelay&) = delete;
  DelayRelay& operator=(const DelayRelay&) = delete;
  std::uint16_t port() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace postflight::world
