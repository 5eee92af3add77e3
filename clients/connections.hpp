#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "clients/certificates.hpp"
#include "clients/limits.hpp"

namespace postflight {

struct TcpRequest {
  std::string address;                      // ip:port or [ip]:port
  std::chrono::milliseconds stays_open{0};  // how long the connection is watched
};

// How a connection that was made ended while it was watched.
enum class TcpEnd { stayed_open, closed, reset };

struct TcpAnswer {
  TcpEnd end = TcpEnd::stayed_open;
  bool operator==(const TcpAnswer&) const = default;
};

struct TlsRequest {
  std::string host;  // a name or an IP address
  int port = 0;
  std::string address;      // an IP address to connect to; empty: what the host resolves to
  std::string server_name;  // to ask for (SNI); empty: the host, where it is a name
  std::string ca_file;      // whom to trust; empty: the system's authorities
  bool verify = true;       // false: TlsAnswer::distrust stays empty
};

struct TlsAnswer {
  std::vector<Certificate> chain;  // as the server sent it, the leaf first; not empty
  std::string distrust;            // why its issuer is not trusted; empty: it is
  bool operator==(const TlsAnswer&) const = default;
};

// TCP connections and TLS handshakes, with nothing said afterwards. Safe to use from many threads.
// Throws ClientError when no connection comes about.
class Connections {
 public:
  virtual ~Connections();
  virtual TcpAnswer connect(const TcpRequest& request, const Limits& limits) = 0;
  // Whatever certificate is shown, wrong ones too, is an answer.
  virtual TlsAnswer handshake(const TlsRequest& request, const Limits& limits) = 0;
};

}  // namespace postflight
