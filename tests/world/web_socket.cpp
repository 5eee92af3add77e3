#include "tests/world/web_socket.hpp"

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <list>

namespace postflight::world {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using TlsStream = asio::ssl::stream<asio::ip::tcp::socket>;
using boost::system::error_code;

namespace {

class BeastWebSocket : public WebSocket {
 public:
  BeastWebSocket(asio::io_context& loop, TlsStream stream)
      : loop_(loop), stream_(std::move(stream)) {}

  void run(const beast::http::request<beast::http::string_body>& request, const Answer& answer) {
    stream_.set_option(websocket::stream_base::decorator([&](websocket::response_type& response) {
      response.set(beast::http::field::sec_websocket_protocol, answer.protocol);
    }));
    stream_.auto_fragment(false);
    stream_.accept(request);
    answer.upgrade(*this);
    receive();
    loop_.run();
  }

  void send(std::string message, bool text) override {
    queue_.push_back({std::move(message), text});
    if (queue_.size() == 1) write();
  }

  void on_message(Bytes receive) override { on_message_ = std::move(receive); }

  void watch(int descriptor, Bytes receive) override {
    watched_.emplace_back(loop_, descriptor, std::move(receive));
    read(watched_.back());
  }

  void close() override {
    closing_ = true;
    if (queue_.empty()) say_goodbye();
  }

 private:
  struct Watched {
    Watched(asio::io_context& loop, int descriptor, Bytes on_bytes)
        : stream(loop, descriptor), receive(std::move(on_bytes)) {}
    asio::posix::stream_descriptor stream;
    Bytes receive;
    std::array<char, 4096> buffer{};
  };

  struct Frame {
    std::string message;
    bool text;
  };

  void read(Watched& watched) {
    watched.stream.async_read_some(
        asio::buffer(watched.buffer), [this, &watched](error_code error, std::size_t size) {
          if (error == asio::error::operation_aborted) return;
          watched.receive(std::string_view(watched.buffer.data(), error ? 0 : size));
          if (error) return;
          // A slow client slows down what is read, as with a real pipe.
          if (queue_.size() < 16)
            read(watched);
          else
            paused_.push_back(&watched);
        });
  }

  void write() {
    stream_.text(queue_.front().text);
    stream_.binary(!queue_.front().text);
    stream_.async_write(asio::buffer(queue_.front().message),
                        [this](error_code error, std::size_t) {
                          if (error) return loop_.stop();
                          queue_.pop_front();
                          if (!queue_.empty()) return write();
                          if (closing_) return say_goodbye();
                          for (Watched* watched : std::exchange(paused_, {})) read(*watched);
                        });
  }

  void say_goodbye() {
    stream_.async_close(websocket::close_reason(websocket::close_code::normal),
                        [this](error_code) { loop_.stop(); });
  }

  void receive() {
    stream_.async_read(buffer_, [this](error_code error, std::size_t) {
      if (error) {
        if (!closing_) loop_.stop();  // the client left: what it started ends too
        return;
      }
      const std::string message = beast::buffers_to_string(buffer_.data());
      buffer_.clear();
      if (on_message_) on_message_(message);
      receive();
    });
  }

  asio::io_context& loop_;
  websocket::stream<TlsStream> stream_;
  beast::flat_buffer buffer_;
  std::deque<Frame> queue_;
  std::list<Watched> watched_;
  std::vector<Watched*> paused_;
  Bytes on_message_;
  bool closing_ = false;
};

}  // namespace

void run_web_socket(asio::io_context& loop, TlsStream stream,
                    const beast::http::request<beast::http::string_body>& request,
                    const Answer& answer) {
  BeastWebSocket(loop, std::move(stream)).run(request, answer);
}

}  // namespace postflight::world
