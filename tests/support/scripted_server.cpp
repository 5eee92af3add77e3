#include "tests/support/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace postflight::test {

namespace {

using Connection = ScriptedServer::Connection;

class PlainConnection : public Connection {
 public:
  explicit PlainConnection(int socket) : socket_(socket) {}
  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto written = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (written <= 0) return;  // the peer is gone: its own test says whether that is right
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void reset() override {
    const linger at_once{1, 0};  // makes the close a reset
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  std::string server_name() const override { return ""; }

 protected:
  std::string receive(std::size_t most) override {
    std::string bytes(most, '\0');
    const auto size = recv(socket_, bytes.data(), bytes.size(), 0);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return bytes;
  }
  const int socket_;
};

class TlsConnection : public PlainConnection {
 public:
  TlsConnection(int socket, SSL_CTX* context) : PlainConnection(socket), tls_(SSL_new(context)) {
    SSL_set_fd(tls_, socket);
    accepted_ = SSL_accept(tls_) == 1;
  }
  ~TlsConnection() override {
    if (accepted_ && !reset_) SSL_shutdown(tls_);
    SSL_free(tls_);
    ERR_clear_error();
  }
  bool accepted() const { return accepted_; }
  void write(std::string_view bytes) override {
    std::size_t written = 0;
    if (!bytes.empty()) SSL_write_ex(tls_, bytes.data(), bytes.size(), &written);
  }
  void reset() override {
    reset_ = true;
    PlainConnection::reset();
  }
  std::string server_name() const override {
    const auto* name = SSL_get_servername(tls_, TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? name : "";
  }

 protected:
  std::string receive(std::size_t most) override {
    std::string bytes(most, '\0');
    std::size_t size = 0;
    if (SSL_read_ex(tls_, bytes.data(), bytes.size(), &size) != 1) size = 0;
    bytes.resize(size);
    return bytes;
  }

 private:
  SSL* tls_;
  bool accepted_ = false, reset_ = false;
};

template <typename Thing, typename Read>
std::shared_ptr<Thing> from_pem(const std::string& pem, Read read, void (*release)(Thing*)) {
  BIO* memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  Thing* thing = read(memory, nullptr, nullptr, nullptr);
  BIO_free(memory);
  if (thing == nullptr) throw std::runtime_error("a test's PEM cannot be read");
  return {thing, release};
}

// The certificates behind the first are sent as they stand there.
void add_rest_of_chain(SSL_CTX* context, const std::string& pem) {
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  for (auto at = pem.find(end); at != pem.npos; at = pem.find(end, at + 1)) {
    const auto rest = pem.substr(at + end.size());
    if (rest.find(end) == rest.npos) return;
    auto* certificate = from_pem<X509>(rest, PEM_read_bio_X509, [](X509*) {}).get();
    if (SSL_CTX_add_extra_chain_cert(context, certificate) != 1)
      throw std::runtime_error("a test's chain cannot be used");
  }
}

std::shared_ptr<SSL_CTX> make_context(const ServerTls& tls) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  const auto certificate =
      from_pem<X509>(tls.identity.certificate_pem, PEM_read_bio_X509, X509_free);
  const auto key = from_pem<EVP_PKEY>(tls.identity.key_pem, PEM_read_bio_PrivateKey, EVP_PKEY_free);
  if (SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
    throw std::runtime_error("a test's certificate cannot be used");
  add_rest_of_chain(context.get(), tls.identity.certificate_pem);
  const std::string session_context = "postflight";
  SSL_CTX_set_session_id_context(context.get(),
                                 reinterpret_cast<const unsigned char*>(session_context.data()),
                                 static_cast<unsigned int>(session_context.size()));
  if (!tls.client_authority_pem.empty()) {
    const auto authority = from_pem<X509>(tls.client_authority_pem, PEM_read_bio_X509, X509_free);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

// A socket of loopback, bound to a port that the system chose.
std::pair<int, int> bound_socket() {
  const int bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bound < 0 || bind(bound, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(bound, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no socket on loopback");
  return {bound, ntohs(address.sin_port)};
}

std::size_t content_length(const std::string& head) {
  constexpr std::string_view name = "\r\nContent-Length: ";
  const auto at = head.find(name);
  std::size_t length = 0;
  if (at != std::string::npos)
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  return length;
}

}  // namespace

Connection::~Connection() = default;

std::string Connection::read_some(std::size_t most) {
  if (ahead_.empty()) return receive(most);
  auto bytes = ahead_.substr(0, most);
  ahead_.erase(0, bytes.size());
  return bytes;
}

std::string Connection::read_exactly(std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    const auto more = read_some(size - bytes.size());
    if (more.empty()) break;
    bytes += more;
  }
  return bytes;
}

std::string Connection::read_request() {
  std::string request;
  std::size_t head = std::string::npos;
  while ((head = request.find("\r\n\r\n")) == std::string::npos) {
    const auto more = read_some();
    if (more.empty()) return "";
    request += more;
  }
  const auto whole = head + 4 + content_length(request);
  if (request.size() < whole) request += read_exactly(whole - request.size());
  ahead_ = request.substr(std::min(whole, request.size())) + ahead_;
  request.resize(std::min(whole, request.size()));
  return request;
}

void Connection::wait_for_peer_to_leave() {
  while (!read_some().empty()) continue;
}

struct ScriptedServer::Accepted {
  int socket = -1;  // -1 once it is closed; guarded by the server's mutex
  std::thread thread;
};

ScriptedServer::ScriptedServer(Script script, std::optional<ServerTls> tls)
    : script_(std::move(script)) {
  if (tls) tls_ = make_context(*tls);
  std::tie(listener_, port_) = bound_socket();
  if (listen(listener_, 1024) != 0) throw std::runtime_error("cannot listen on loopback");
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::scoped_lock lock(mutex_);
    quit_ = true;
    for (auto& accepted : accepted_)
      if (accepted.socket >= 0) shutdown(accepted.socket, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);  // ends accept
  acceptor_.join();
  close(listener_);
  for (auto& accepted : accepted_) accepted.thread.join();
}

std::string ScriptedServer::url(const std::string& path) const {
  return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_) + path;
}

void ScriptedServer::accept_all() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::scoped_lock lock(mutex_);
    if (quit_ || socket < 0) {
      if (socket >= 0) close(socket);
      return;
    }
    ++connections_;
    const int at_once = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    auto& accepted = accepted_.emplace_back();
    accepted.socket = socket;
    accepted.thread = std::thread([this, &accepted] { serve(accepted); });
  }
}

void ScriptedServer::serve(Accepted& accepted) {
  sigset_t broken_pipe;  // OpenSSL writes without MSG_NOSIGNAL
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  int socket = -1;
  {
    const std::scoped_lock lock(mutex_);
    socket = accepted.socket;
  }
  if (tls_) {
    TlsConnection connection(socket, static_cast<SSL_CTX*>(tls_.get()));
    if (connection.accepted()) {
      script_(connection);
    } else {
      // Closing with unread bytes would be a reset, which may overtake the alert.
      shutdown(socket, SHUT_WR);
      std::array<char, 4096> unread;
      while (recv(socket, unread.data(), unread.size(), 0) > 0) continue;
    }
  } else {
    PlainConnection connection(socket);
    script_(connection);
  }
  const std::scoped_lock lock(mutex_);
  close(socket);
  accepted.socket = -1;
}

std::string http_answer(std::string_view body, std::string_view headers, std::string_view status) {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

int unused_port() {
  const auto [bound, port] = bound_socket();
  close(bound);
  return port;
}

}  // namespace postflight::test
