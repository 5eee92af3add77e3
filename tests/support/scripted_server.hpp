#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "tests/support/test_authority.hpp"

namespace postflight::test {

// How a scripted server speaks TLS.
struct ServerTls {
  Identity identity;
  std::string client_authority_pem;  // not empty: a certificate of this authority is required
};

// A server on loopback, on a port the system chooses, that does on each connection what its script
// says. Ends, with all its connections, when it is destroyed.
class ScriptedServer {
 public:
  class Connection {
   public:
    virtual ~Connection();
    // A whole request: header and Content-Length's bytes. Empty when the peer is gone.
    std::string read_request();
    // The next bytes, at most that many. Empty when the peer is gone.
    std::string read_some(std::size_t most = 4096);
    std::string read_exactly(std::size_t size);  // less only when the peer is gone
    virtual void write(std::string_view bytes) = 0;
    void wait_for_peer_to_leave();
    // Ends the connection with a reset, without what a closing party owes its peer.
    virtual void reset() = 0;
    // The name that the client asked for in the TLS handshake, or empty.
    virtual std::string server_name() const = 0;

   protected:
    virtual std::string receive(std::size_t most) = 0;

   private:
    std::string ahead_;
  };
  using Script = std::function<void(Connection&)>;

  // The script is called on a thread of each connection, which is closed when it returns.
  explicit ScriptedServer(Script script, std::optional<ServerTls> tls = {});
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  int port() const { return port_; }
  // http(s)://127.0.0.1:port/path
  std::string url(const std::string& path = "/") const;
  std::size_t connections() const { return connections_; }  // accepted so far

 private:
  struct Accepted;
  void accept_all();
  void serve(Accepted& accepted);

  Script script_;
  std::shared_ptr<void> tls_;  // the SSL_CTX
  int listener_ = -1;
  int port_ = 0;
  std::atomic<std::size_t> connections_ = 0;
  std::mutex mutex_;
  bool quit_ = false;
  std::list<Accepted> accepted_;
  std::thread acceptor_;
};

// "HTTP/1.1 200 OK" with a Content-Length and the body; `headers` are whole lines with their ends.
std::string http_answer(std::string_view body, std::string_view headers = "",
                        std::string_view status = "200 OK");

// A port of loopback on which nothing listens.
int unused_port();

}  // namespace postflight::test
