#include "tests/world/delay_relay.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <string>
#include <thread>

namespace postflight::world {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

// One connection. Each burst is written when it is due; bursts do not add up to longer delays.
class Pair : public std::enable_shared_from_this<Pair> {
 public:
  Pair(tcp::socket client, std::chrono::milliseconds delay)
      : client_(std::move(client)),
        server_(client_.get_executor()),
        timer_(client_.get_executor()),
        delay_(delay) {}

  void start(std::uint16_t port) {
    server_.async_connect(tcp::endpoint(asio::ip::address_v4::loopback(), port),
                          [self = shared_from_this()](error_code error) {
                            if (error) return;
                            error_code ignored;
                            self->client_.set_option(tcp::no_delay(true), ignored);
                            self->server_.set_option(tcp::no_delay(true), ignored);
                            self->read_client();
                            self->read_server();
                          });
  }

 private:
  struct Burst {
    Clock::time_point due;
    std::string bytes;  // empty: the server has ended
  };

  void read_client() {
    client_.async_read_some(asio::buffer(from_client_), [self = shared_from_this()](
                                                            error_code error, std::size_t size) {
      if (error) return self->end_of_client();
      asio::async_write(self->server_, asio::buffer(self->from_client_.data(), size),
                        [self](error_code failed, std::size_t) {
                          if (!failed) self->read_client();
                        });
    });
  }

  void end_of_client() {
    error_code ignored;
    server_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void read_server() {
    server_.async_read_some(asio::buffer(from_server_), [self = shared_from_this()](
                                                            error_code error, std::size_t size) {
      self->enqueue(
          {Clock::now() + self->delay_, error ? "" : std::string(self->from_server_.data(), size)});
      if (!error) self->read_server();
    });
  }

  void enqueue(Burst burst) {
    waiting_.push_back(std::move(burst));
    if (waiting_.size() == 1) wait();
  }

  void wait() {
    timer_.expires_at(waiting_.front().due);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->deliver();
    });
  }

  void deliver() {
    error_code ignored;
    if (waiting_.front().bytes.empty()) {
      client_.shutdown(tcp::socket::shutdown_both, ignored);
      return;
    }
    asio::async_write(client_, asio::buffer(waiting_.front().bytes),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        self->waiting_.pop_front();
                        if (error) {
                          error_code unimportant;
                          self->server_.shutdown(tcp::socket::shutdown_both, unimportant);
                        } else if (!self->waiting_.empty()) {
                          self->wait();
                        }
                      });
  }

  tcp::socket client_, server_;
  asio::steady_timer timer_;
  std::chrono::milliseconds delay_;
  std::array<char, 16384> from_client_{}, from_server_{};
  std::deque<Burst> waiting_;
};

}  // namespace

struct DelayRelay::Implementation {
  std::uint16_t server_port;
  std::chrono::milliseconds delay;
  asio::io_context loop{1};
  tcp::acceptor acceptor{loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::thread thread{};

  void accept() {
    acceptor.async_accept([this](error_code error, tcp::socket client) {
      if (!error) std::make_shared<Pair>(std::move(client), delay)->start(server_port);
      accept();
    });
  }
};

DelayRelay::DelayRelay(std::uint16_t server_port, std::chrono::milliseconds delay)
    : implementation_(new Implementation{server_port, delay}) {
  implementation_->accept();
  implementation_->thread = std::thread([this] { implementation_->loop.run(); });
}

DelayRelay::~DelayRelay() {
  implementation_->loop.stop();
  implementation_->thread.join();
}

std::uint16_t DelayRelay::port() const { return implementation_->acceptor.local_endpoint().port(); }

}  // namespace postflight::world
