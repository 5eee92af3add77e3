#pragma once

#include <curl/curl.h>

#include <chrono>
#include <vector>

namespace postflight {

// How a transfer ended. `code` tells only where the other two are false.
struct TransferEnd {
  CURLcode code = CURLE_OK;
  bool overdue = false;      // the deadline passed
  bool connected = false;    // of an overdue one: the TCP connection was there
  bool interrupted = false;  // a stop was asked for
};

// The sockets that libcurl opens for one transfer, which no program that is started meanwhile
// inherits.
class TransferSockets {
 public:
  TransferSockets() = default;
  TransferSockets(const TransferSockets&) = delete;
  TransferSockets& operator=(const TransferSockets&) = delete;

  // Must outlive the transfer.
  void watch(CURL* easy);

  // libcurl itself tells of a connection only once its TLS handshake is done.
  bool any_is_connected() const;

 private:
  static curl_socket_t on_open(void* user, curlsocktype purpose, curl_sockaddr* address) noexcept;

  std::vector<curl_socket_t> sockets_;
};

// Once for the process, however often it is called. Throws ClientError configuration.
void initialize_libcurl();

// Ends whatever blocks inside libcurl, behind the caller's own deadline. False: it has passed.
bool bound_transfer(CURL* easy, std::chrono::steady_clock::time_point deadline);

inline constexpr int longest_poll = 1000;  // milliseconds

// To that moment, rounded up, at most that long.
int milliseconds_to(std::chrono::steady_clock::time_point moment);

}  // namespace postflight
