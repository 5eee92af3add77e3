#include "tests/world/http_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <set>
#include <thread>

#include "tests/world/url.hpp"
#include "tests/world/web_socket.hpp"

namespace postflight::world {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;

namespace {

// Only HTTP/1.1 is spoken here, so only that is agreed on.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, ours, sizeof ours - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

std::unique_ptr<asio::ssl::context> make_context(const TlsIdentity& identity) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  context->use_certificate_chain(asio::buffer(identity.certificate_pem));
  context->use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
  if (!identity.client_ca_pem.empty()) {
    context->add_certificate_authority(asio::buffer(identity.client_ca_pem));
    // Without an id, OpenSSL breaks off when a client resumes a session.
    static constexpr unsigned char id[] = "postflight-world";
    SSL_CTX_set_session_id_context(context->native_handle(), id, sizeof id - 1);
    // A stranger's certificate is answered with 401, not by breaking off the handshake.
    SSL_CTX_set_verify(context->native_handle(), SSL_VERIFY_PEER,
                       [](int, X509_STORE_CTX*) { return 1; });
    // Without a name for its sessions, a server that asks for certificates refuses to resume one.
    constexpr unsigned char sessions[] = "stand-in";
    SSL_CTX_set_session_id_context(context->native_handle(), sessions, sizeof(sessions) - 1);
  }
  return context;
}

std::vector<std::string> name_entries(X509_NAME* name, int kind) {
  std::vector<std::string> entries;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(name, kind, at)) >= 0;) {
    const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    entries.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                         static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return entries;
}

std::optional<Holder> holder_of(SSL* tls) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(tls),
                                                                X509_free);
  if (!certificate) return std::nullopt;
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  Holder holder;
  if (const auto names = name_entries(subject, NID_commonName); !names.empty())
    holder.name = names.front();
  holder.groups = name_entries(subject, NID_organizationName);
  holder.trusted = SSL_get_verify_result(tls) == X509_V_OK;
  return holder;
}

using Message = http::request<http::string_body>;

Request to_request(const Message& message) {
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  const auto mark = request.target.find('?');
  request.path = percent_decode(request.target.substr(0, mark), false);
  if (mark != std::string::npos) request.query = parse_query(request.target.substr(mark + 1));
  for (const auto& field : message)
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  request.body = message.body();
  request.wants_websocket = beast::websocket::is_upgrade(message);
  return request;
}

template <class Stream>
void write_in_chunks(Stream& stream, const Answer& answer, http::response<http::empty_body>& head) {
  constexpr std::size_t piece = 4096;
  head.chunked(true);
  http::response_serializer<http::empty_body> serializer(head);
  http::write_header(stream, serializer);
  for (std::size_t at = 0; at < answer.body.size(); at += piece)
    asio::write(stream, http::make_chunk(asio::buffer(answer.body.data() + at,
                                                      std::min(piece, answer.body.size() - at))));
  asio::write(stream, http::make_chunk_last());
}

template <class Stream>
void write_answer(Stream& stream, const Answer& answer, const Message& message) {
  http::response<http::empty_body> head;
  head.version(11);
  head.result(static_cast<unsigned>(answer.status));
  for (const auto& [name, value] : answer.headers) head.insert(name, value);
  if (answer.date) head.set(http::field::date, http_date(*answer.date));
  if (!message.keep_alive()) head.set(http::field::connection, "close");
  if (answer.chunked) return write_in_chunks(stream, answer, head);
  const bool bodiless = answer.status == 204 || answer.status == 304;
  if (!bodiless) head.set(http::field::content_length, std::to_string(answer.body.size()));
  http::response_serializer<http::empty_body> serializer(head);
  http::write_header(stream, serializer);
  if (!bodiless && message.method() != http::verb::head)
    asio::write(stream, asio::buffer(answer.body));
}

// Answers requests until the client leaves or is upgraded.
template <class Stream>
void serve(asio::io_context& loop, Stream& stream, const HttpServer::Handler& handler,
           const std::optional<Holder>& holder) {
  beast::flat_buffer buffer;
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(256 << 10);
    http::read(stream, buffer, parser);
    const Message message = parser.release();
    Request request = to_request(message);
    request.holder = holder;
    const Answer answer = handler(request);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      if (answer.upgrade) return run_web_socket(loop, std::move(stream), message, answer);
    }
    write_answer(stream, answer, message);
    if (!message.keep_alive()) return;
    for (const auto& [name, value] : answer.headers)
      if (name == "Connection" && value == "close") return;
  }
}

}  // namespace

std::string http_date(std::chrono::system_clock::time_point moment) {
  char text[64];
  const std::time_t second =
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(moment));
  std::tm parts{};
  gmtime_r(&second, &parts);
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
}

struct HttpServer::Implementation {
  Handler handler;
  std::unique_ptr<asio::ssl::context> tls;
  asio::io_context loop;
  tcp::acceptor acceptor{loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::mutex mutex;
  std::condition_variable all_left;
  std::set<int> open;  // descriptors of the connections; each thread removes its own
  bool stopping = false;
  std::thread accepting;

  void accept() {
    for (;;) {
      auto connection_loop = std::make_unique<asio::io_context>(1);
      tcp::socket socket(*connection_loop);
      boost::system::error_code error;
      acceptor.accept(socket, error);
      const std::lock_guard lock(mutex);
      if (stopping) return;
      if (error) continue;
      // A duplicate: its number stays taken until it is off the list, so none else is shut down.
      const int descriptor = ::dup(socket.native_handle());
      open.insert(descriptor);
      std::thread([this, descriptor, own = std::move(connection_loop),
                   peer = std::move(socket)]() mutable {
        converse(*own, std::move(peer));
        leave(descriptor);
      }).detach();
    }
  }

  void converse(asio::io_context& connection_loop, tcp::socket socket) {
    try {
      socket.set_option(tcp::no_delay(true));
      if (tls) {
        TlsStream stream(std::move(socket), *tls);
        stream.handshake(asio::ssl::stream_base::server);
        serve(connection_loop, stream, handler, holder_of(stream.native_handle()));
      } else {
        serve(connection_loop, socket, handler, std::nullopt);
      }
    } catch (const std::exception&) {
      // The client left in the middle, or is being sent away: nobody to tell.
    }
  }

  void leave(int descriptor) {
    const std::lock_guard lock(mutex);
    open.erase(descriptor);
    ::close(descriptor);
    if (open.empty()) all_left.notify_all();
  }
};

HttpServer::HttpServer(Handler handler, std::optional<TlsIdentity> tls)
    : implementation_(std::make_unique<Implementation>()) {
  implementation_->handler = std::move(handler);
  if (tls) implementation_->tls = make_context(*tls);
  implementation_->accepting = std::thread([this] { implementation_->accept(); });
}

HttpServer::~HttpServer() {
  {
    const std::lock_guard lock(implementation_->mutex);
    implementation_->stopping = true;
    for (const int descriptor : implementation_->open) ::shutdown(descriptor, SHUT_RDWR);
  }
  ::shutdown(implementation_->acceptor.native_handle(), SHUT_RDWR);  // wakes accept()
  implementation_->accepting.join();
  std::unique_lock lock(implementation_->mutex);
  implementation_->all_left.wait(lock, [this] { return implementation_->open.empty(); });
}

std::uint16_t HttpServer::port() const { return implementation_->acceptor.local_endpoint().port(); }

}  // namespace postflight::world
