#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace postflight::world {

// A loopback TCP relay that hands on what the client sends at once and what the server answers
// only after a delay: latency for a server that has no such setting.
class DelayRelay {
 public:
  DelayRelay(int server_port, std::chrono::milliseconds delay);
  ~DelayRelay();
  DelayRelay(const DelayRelay&) = delete;
  DelayRelay& operator=(const DelayRelay&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  void accept_all();
  void relay(int client);

  int server_port_;
  std::chrono::milliseconds delay_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::vector<int> open_;  // descriptors to shut down at the end
  std::vector<std::thread> relays_;
  std::thread acceptor_;
};

}  // namespace postflight::world
