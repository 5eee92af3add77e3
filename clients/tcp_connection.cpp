#include "clients/tcp_connection.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <optional>

#include "clients/child_process.hpp"
#include "clients/connect_address.hpp"
#include "clients/error.hpp"

namespace postflight {
namespace {

using Clock = std::chrono::steady_clock;

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

std::optional<SocketAddress> socket_address(const std::string& text) {
  const auto read = read_connect_address(text);
  if (!read || !read->port) return std::nullopt;
  auto host = read->host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto port = htons(static_cast<std::uint16_t>(std::stoi(*read->port)));
  SocketAddress address;
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = port;
    address.size = sizeof four;
    std::memcpy(&address.bytes, &four, sizeof four);
  } else if (inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = port;
    address.size = sizeof six;
    std::memcpy(&address.bytes, &six, sizeof six);
  } else {
    return std::nullopt;
  }
  return address;
}

class TcpConnection {
 public:
  TcpConnection(const std::string& address, const Limits& limits)
      : address_(address),
        limits_(limits),
        stopped_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        on_stop_(limits.stop, [this] { eventfd_write(stopped_.number(), 1); }) {}

  // False when the other side had taken it and reset it before we saw that it was made: who never
  // takes one answers a refusal.
  bool connect() {
    const auto address = socket_address(address_);
    if (!address) fail(reason::configuration, "this is not an IP address and a port");
    socket_ = Descriptor(::socket(address->bytes.ss_family,
                                  SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (socket_.number() < 0 || stopped_.number() < 0) {
      // A kernel without IPv6 is as good as no way there.
      if (errno == EAFNOSUPPORT) fail(reason::unreachable, "this machine has no IPv6");
      fail(reason::configuration, "no socket can be opened");
    }
    if (::connect(socket_.number(), reinterpret_cast<const sockaddr*>(&address->bytes),
                  address->size) == 0)
      return true;
    if (errno != EINPROGRESS) fail_with(errno);
    const auto began = Clock::now();
    if (!wait(POLLOUT, limits_.deadline)) {
      const auto time = std::chrono::duration<double>(Clock::now() - began).count();
      fail(reason::timeout,
           fmt::format("no answer within {:.1f} s: no connection, no refusal", time),
           "no connection in time");
    }
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0 && error != ECONNRESET) fail_with(error);
    return error == 0;
  }

  TcpEnd watch(std::chrono::milliseconds time) const {
    const auto wanted = Clock::now() + time, moment = std::min(limits_.deadline, wanted);
    while (wait(POLLIN, moment)) {
      std::array<char, 4096> bytes;
      const auto size = recv(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size == 0) return TcpEnd::closed;
      if (size < 0 && errno != EAGAIN && errno != EINTR) return TcpEnd::reset;
    }
    if (moment < wanted)
      fail(reason::timeout,
           "connected, and the time was over before it had been watched long enough");
    return TcpEnd::stayed_open;
  }

 private:
  // False when the moment came first.
  bool wait(short events, Clock::time_point moment) const {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(moment - Clock::now());
      std::array<pollfd, 2> files{pollfd{socket_.number(), events, 0},
                                  pollfd{stopped_.number(), POLLIN, 0}};
      poll(files.data(), files.size(),
           static_cast<int>(std::clamp<long long>(left.count(), 0, 3'600'000)));
      if (limits_.stop.stop_requested()) fail(reason::interrupted, "the run was asked to stop");
      if (files[0].revents != 0) return true;
      if (Clock::now() >= moment) return false;
    }
  }

  [[noreturn]] void fail(std::string_view word, const std::string& why,
                         const std::string& cause = "") const {
    throw ClientError(word, fmt::format("TCP to {}: {}", address_, why),
                      cause.empty() ? "" : fmt::format("TCP to {}: {}", address_, cause));
  }

  [[noreturn]] void fail_with(int error) const {
    switch (error) {
      case ECONNREFUSED:
        fail(reason::refused, "nothing listens there (connection refused)", "connection refused");
      case EHOSTUNREACH:
      case ENETUNREACH:
        fail(reason::unreachable, "there is no route to it", "no route");
      case ETIMEDOUT:
        fail(reason::timeout, "the system gave up waiting: no connection, no refusal",
             "no connection in time");
      default:
        fail(reason::unreachable, std::strerror(error), "no connection");
    }
  }

  const std::string& address_;
  const Limits& limits_;
  Descriptor stopped_, socket_;
  std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace

TcpAnswer connect_tcp(const TcpRequest& request, const Limits& limits) {
  TcpConnection connection(request.address, limits);
  const auto holds = connection.connect();
  // What has arrived by then is a matter of chance: who asks for no watching must not see it.
  if (request.stays_open.count() == 0) return {TcpEnd::stayed_open};
  return {holds ? connection.watch(request.stays_open) : TcpEnd::reset};
}

}  // namespace postflight
