#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/limits.hpp"

namespace postflight {

struct HttpHeader {
  std::string name;
  std::string value;
};

// How to trust and be trusted. PEM texts win over files. Empty trust means the system's.
struct TlsSettings {
  std::string ca_file, ca_pem;
  std::string certificate_file, certificate_pem;  // ours, for the server to check
  std::string key_file, key_pem;
  std::string server_name;  // the name to ask for and verify, where it is not the URL's host
  bool verify = true;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<HttpHeader> headers;
  std::string body;
  TlsSettings tls;
  std::string
      resolve;  // an address (ip, ip:port or [ip]:port) to connect to instead of the URL's host
  std::string proxy;                  // URL; empty means none: the environment is not consulted
  int follow_redirects = 0;           // how many at most
  bool fresh_connection = false;      // do not reuse one: another replica may answer
  bool want_certificates = false;     // fill in HttpResponse::certificates
  std::size_t body_limit = 8u << 20;  // bytes; a longer body, or WebSocket message, is too-large
  std::size_t likely_size = 0;        // of the body, bytes, where the caller has an idea of it
};

struct HttpTimings {  // since the request began
  std::chrono::milliseconds connected{0}, first_byte{0}, total{0};
};

struct HttpCertificate {  // of the server's chain, leaf first
  std::string subject, issuer;
  std::chrono::system_clock::time_point not_before{}, not_after{};
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  // of the last response, in order, names as sent
  std::string body;
  std::string url;             // the one that answered: differs after redirects
  std::string remote_address;  // ip:port
  HttpTimings timings;
  std::vector<HttpCertificate> certificates;

  // The first header of that name in any case, or nothing.
  std::optional<std::string> header(std::string_view name) const;
  std::vector<std::string> all_headers(std::string_view name) const;
};

struct WebSocketResponse {
  int status = 0;        // 101, or what the server answered instead
  std::string protocol;  // the subprotocol it chose; empty means it named none
  bool closed = false;   // a close frame came: the conversation ended, it was not cut off
  int close_code = 0;    // of the close frame; 0 when it carried none
};

// HTTP and WebSocket. Safe to use from many threads. Throws ClientError when there is no whole
// answer; any status is an answer.
class Http {
 public:
  virtual ~Http();
  virtual HttpResponse send(const HttpRequest& request, const Limits& limits) = 0;

  // Upgrades a GET to a WebSocket and hands each whole message to `receive`, on another thread,
  // until the server closes or `receive` returns false. Nothing is sent but what the protocol asks
  // for.
  virtual WebSocketResponse listen(const HttpRequest& request,
                                   const std::vector<std::string>& protocols,
                                   const std::function<bool(std::string_view message)>& receive,
                                   const Limits& limits) = 0;
};

}  // namespace postflight
