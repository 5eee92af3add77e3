#include "tests/matrix/postgres_front.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/postgres_server.hpp"

namespace postflight::matrix {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Connection = test::ScriptedServer::Connection;

std::size_t length_in(std::string_view four_bytes) {
  std::size_t length = 0;
  for (const char byte : four_bytes) length = length << 8 | static_cast<unsigned char>(byte);
  return length;
}

std::string four_bytes(std::size_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

// Messages to and from the real server.
class Server {
 public:
  explicit Server(int port) : socket_(loop_) {
    socket_.connect({asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
  }
  void send(const std::string& bytes) { asio::write(socket_, asio::buffer(bytes)); }
  std::string read_message() {
    auto message = read(5);
    return message + read(length_in(std::string_view(message).substr(1)) - 4);
  }

 private:
  std::string read(std::size_t size) {
    std::string bytes(size, '\0');
    asio::read(socket_, asio::buffer(bytes));
    return bytes;
  }
  asio::io_context loop_;
  tcp::socket socket_;
};

// One connection of a client, handed on message by message until the moment.
class Relayed {
 public:
  Relayed(Connection& client, int port) : client_(client), server_(port) {}

  // The message with which the moment has come; empty when the conversation ended before.
  std::string hand_on_until(Moment moment) {
    auto startup = client_.read_exactly(4);
    if (startup.size() < 4) return "";
    startup += client_.read_exactly(length_in(startup) - 4);
    if (moment == Moment::asked) return startup;
    server_.send(startup);
    while (true) {
      for (bool answered = false; !answered;) {
        const auto message = server_.read_message();
        if (has_come(moment, message)) return message;
        client_.write(message);
        answered = ends_answer(message);
      }
      if (!hand_on_question()) return "";
    }
  }

 private:
  bool has_come(Moment moment, const std::string& message) {
    const char type = message.front();
    const bool row = type == 'D';
    seen_row_ = seen_row_ || row;
    switch (moment) {
      case Moment::greeting:
        return true;
      case Moment::ready:
        return type == 'Z';
      case Moment::rows:
        return row;
      case Moment::end:
        return seen_row_ && type == 'C';
      default:
        return false;
    }
  }

  // The server waits for the client: ready for a query, or for the next step of logging in.
  static bool ends_answer(const std::string& message) {
    if (message.front() == 'Z') return true;
    if (message.front() != 'R') return false;
    const auto step = length_in(std::string_view(message).substr(5, 4));
    return step != 0 && step != 12;  // logged in; the end of SASL, more follows
  }

  // Messages of the client up to one that is answered.
  bool hand_on_question() {
    while (true) {
      auto message = client_.read_exactly(5);
      if (message.size() < 5) return false;
      message += client_.read_exactly(length_in(std::string_view(message).substr(1)) - 4);
      server_.send(message);
      if (message.front() == 'X') return false;
      if (message.front() == 'Q' || message.front() == 'S' || message.front() == 'p') return true;
    }
  }

  Connection& client_;
  Server server_;
  bool seen_row_ = false;
};

class BeforePostgres : public BrokenWorld {
 public:
  BeforePostgres(const World& world, Moment moment, Maltreatment maltreatment,
                 const std::string& pattern)
      : moment_(moment),
        maltreatment_(std::move(maltreatment)),
        concerned_(pattern.empty() ? ".*" : pattern),
        real_port_(world.database().server().port()),
        server_([this](auto& connection) { converse(connection); }) {
    addresses = world.addresses();
    const auto real = fmt::format(":{}/", real_port_);
    auto& url = addresses.database_url;
    url.replace(url.find(real), real.size(), fmt::format(":{}/", server_.port()));
    // What is relayed is read here, so it must not be encrypted; who answers nonsense to
    // everything meets clients as they are.
    if (moment_ != Moment::connected || !pattern.empty())
      url += "?sslmode=disable&gssencmode=disable";
  }
  ~BeforePostgres() override { patience_.end(); }

 private:
  void converse(Connection& connection) {
    const bool concerned = RE2::FullMatch(std::to_string(++count_), concerned_);
    if (concerned && moment_ == Moment::connected) return maltreatment_(connection, "", patience_);
    try {
      Relayed relayed(connection, real_port_);
      // No message of PostgreSQL is a moment of a connection that is not concerned.
      const auto message = relayed.hand_on_until(concerned ? moment_ : Moment::connected);
      if (!message.empty()) maltreatment_(connection, message, patience_);
    } catch (const boost::system::system_error&) {
      // The server ended the conversation, and so does this one.
    }
  }

  const Moment moment_;
  const Maltreatment maltreatment_;
  const RE2 concerned_;
  const int real_port_;
  std::atomic<int> count_ = 0;
  Patience patience_;
  test::ScriptedServer server_;  // ends before what it uses
};

}  // namespace

Failure failing_postgres(std::string name, std::set<std::string> reasons, Moment moment,
                         Maltreatment maltreatment) {
  Failure failure;
  failure.name = std::move(name);
  failure.reasons = std::move(reasons);
  failure.break_world = [moment, maltreatment = std::move(maltreatment)](
                            const World& world, Part, const std::string& pattern) {
    return std::make_unique<BeforePostgres>(world, moment, maltreatment, pattern);
  };
  return failure;
}

std::string fatal_message(const std::string& sqlstate, const std::string& text) {
  std::string fields;
  for (const auto& field : {"SFATAL", "VFATAL"}) fields += std::string(field) + '\0';
  fields += "C" + sqlstate + '\0' + "M" + text + '\0' + '\0';
  return "E" + four_bytes(fields.size() + 4) + fields;
}

}  // namespace postflight::matrix
