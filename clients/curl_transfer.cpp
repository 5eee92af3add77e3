#include "clients/curl_transfer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "clients/error.hpp"

namespace postflight {

namespace {

long long milliseconds_left(std::chrono::steady_clock::time_point moment) {
  return std::chrono::ceil<std::chrono::milliseconds>(moment - std::chrono::steady_clock::now())
      .count();
}

bool is_connected(int socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

}  // namespace

// libcurl's own would be inherited by a program that is started meanwhile.
curl_socket_t TransferSockets::on_open(void* user, curlsocktype, curl_sockaddr* address) noexcept {
  try {
    auto& sockets = static_cast<TransferSockets*>(user)->sockets_;
    sockets.reserve(sockets.size() + 1);
    const auto opened =
        ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (opened < 0) return CURL_SOCKET_BAD;
    sockets.push_back(opened);
    return opened;
  } catch (...) {
    return CURL_SOCKET_BAD;
  }
}

void TransferSockets::watch(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &TransferSockets::on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
}

bool TransferSockets::any_is_connected() const {
  return std::ranges::any_of(sockets_, is_connected);
}

void initialize_libcurl() {
  static const auto result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK)
    throw ClientError(reason::configuration,
                      "libcurl does not start: " + std::string(curl_easy_strerror(result)));
}

bool bound_transfer(CURL* easy, std::chrono::steady_clock::time_point deadline) {
  const auto left = milliseconds_left(deadline);
  // Else ending a transfer while its name is looked up waits for the resolver, and with it every
  // other transfer.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::clamp<long long>(left + 1000, 1000, 1LL << 30)));
  return left > 0;
}

int milliseconds_to(std::chrono::steady_clock::time_point moment) {
  return static_cast<int>(std::clamp<long long>(milliseconds_left(moment), 0, longest_poll));
}

}  // namespace postflight
