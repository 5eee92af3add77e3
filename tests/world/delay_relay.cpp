#include "tests/world/delay_relay.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace postflight::world {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool send_all(int to, const char* data, std::size_t size) {
  while (size > 0) {
    const auto sent = send(to, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

DelayRelay::DelayRelay(int server_port, std::chrono::milliseconds delay)
    : server_port_(server_port), delay_(delay) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || bind(listener_, generic, length) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, generic, &length) != 0)
    throw std::runtime_error("the latency relay found no port");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

DelayRelay::~DelayRelay() {
  ending_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::scoped_lock lock(mutex_);
    for (const auto descriptor : open_) shutdown(descriptor, SHUT_RDWR);
  }
  for (auto& relay : relays_) relay.join();
  for (const auto descriptor : open_) close(descriptor);
  close(listener_);
}

void DelayRelay::accept_all() {
  while (!ending_) {
    const auto client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) break;
    relays_.emplace_back([this, client] { relay(client); });
  }
}

void DelayRelay::relay(int client) {
  const auto server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  {
    const std::scoped_lock lock(mutex_);
    open_.push_back(client);
    open_.push_back(server);
  }
  const auto address = loopback(server_port_);
  const int at_once = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    std::array<char, 65536> buffer{};
    std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    while (!ending_ && poll(ends.data(), ends.size(), -1) > 0) {
      const bool from_client = ends[0].revents != 0;
      if (!from_client) std::this_thread::sleep_for(delay_);
      const auto got = recv(from_client ? client : server, buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      if (!send_all(from_client ? server : client, buffer.data(), static_cast<std::size_t>(got)))
        break;
    }
  }
  shutdown(client, SHUT_RDWR);
  shutdown(server, SHUT_RDWR);
}

}  // namespace postflight::world
