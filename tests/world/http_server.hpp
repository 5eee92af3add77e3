#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postflight::world {

using Headers = std::vector<std::pair<std::string, std::string>>;

// What a client certificate says of its holder; `trusted` is false when no known CA signed it.
struct Holder {
  std::string name;                 // common name
  std::vector<std::string> groups;  // organisations
  bool trusted = false;
};

struct Request {
  std::string method;
  std::string target;                                      // as sent
  std::string path;                                        // percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Headers headers;
  std::string body;
  std::optional<Holder> holder;
  bool wants_websocket = false;

  std::string header(std::string_view name) const;     // in any case; empty when absent
  std::string parameter(std::string_view name) const;  // the first; empty when absent
  bool has_parameter(std::string_view name) const;
};

// One upgraded connection with an event loop of its own. All calls come from inside that loop.
class WebSocket {
 public:
  using Bytes = std::function<void(std::string_view)>;
  virtual ~WebSocket();
  virtual void send(std::string message, bool text) = 0;
  // Hands on what can be read from the descriptor (owned from now on), and nothing at its end.
  virtual void watch(int descriptor, Bytes receive) = 0;
  virtual void on_message(Bytes receive) = 0;
  virtual void close() = 0;  // with code 1000, after everything sent
};

struct Answer {
  int status = 200;
  Headers headers;
  std::string body;
  bool chunked = false;  // in pieces, without a Content-Length
  // The Date, cut to whole seconds; nothing: none.
  std::optional<std::chrono::system_clock::time_point> date = std::chrono::system_clock::now();
  // When set, the connection is upgraded instead, with `protocol` as its subprotocol. The function
  // and what it captures live as long as the connection.
  std::function<void(WebSocket&)> upgrade;
  std::string protocol;
};

// As a Date header has it: whole seconds.
std::string http_date(std::chrono::system_clock::time_point moment);

struct TlsIdentity {
  std::string certificate_pem, key_pem, client_ca_pem;
};

// HTTP/1.1 with keep-alive on a loopback port that the system chose, one thread a connection.
// Ends every connection in its destructor.
class HttpServer {
 public:
  using Handler = std::function<Answer(const Request&)>;
  HttpServer(Handler handler, std::optional<TlsIdentity> tls);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  std::uint16_t port() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace postflight::world
