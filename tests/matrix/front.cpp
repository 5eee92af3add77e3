#include "tests/matrix/front.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fstream>
#include <optional>

#include "tests/support/temporary_directory.hpp"
#include "tests/world/cluster.hpp"
#include "tests/world/outpost.hpp"
#include "tests/world/url.hpp"

namespace postflight::matrix {

namespace {

constexpr char nowhere[] = "nowhere.invalid";  // RFC 2606: never resolves

world::Request read_request(const std::string& text) {
  world::Request request;
  const auto line = text.substr(0, text.find("\r\n"));
  const auto parts = world::split(line, ' ');
  request.method = parts.at(0);
  request.target = parts.at(1);
  const auto mark = request.target.find('?');
  request.path = world::percent_decode(request.target.substr(0, mark), false);
  if (mark != std::string::npos)
    request.query = world::parse_query(request.target.substr(mark + 1));
  for (auto at = line.size() + 2; at < text.size();) {
    const auto end = text.find("\r\n", at);
    const auto colon = text.find(": ", at);
    if (end == at || colon == std::string::npos || colon > end) break;
    request.headers.emplace_back(text.substr(at, colon - at),
                                 text.substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  request.wants_websocket = request.header("Upgrade") == "websocket";
  return request;
}

// A port that is taken and on which nobody listens: connections to it are refused.
class Nobody {
 public:
  Nobody() : socket_(loop_, boost::asio::ip::tcp::v4()) {
    socket_.bind({boost::asio::ip::address_v4::loopback(), 0});
  }
  int port() const { return socket_.local_endpoint().port(); }

 private:
  boost::asio::io_context loop_;
  boost::asio::ip::tcp::socket socket_;
};

class Fronted : public BrokenWorld {
 public:
  Fronted(const World& world, Part part, Door door, Reply reply, const std::string& pattern)
      : world_(world), door_(door), reply_(std::move(reply)), concerned_(pattern) {
    addresses = world.addresses();
    if (part == Part::edge) {
      addresses.session_table = world.database().new_table();
      right_answer_ = [this](const auto& request) {
        return world_.edge_answer(request, addresses.session_table);
      };
    } else {
      right_answer_ = [this](const auto& request) { return world_.api_answer(request); };
    }
    if (door != Door::refused && door != Door::unresolvable)
      server_ = std::make_unique<test::ScriptedServer>(
          [this](auto& connection) { converse(connection); }, tls());
    if (part == Part::edge)
      publish_edge();
    else
      publish_cluster();
  }
  ~Fronted() override { patience_.end(); }
  std::string trouble() const override {
    return reply_ && met_ == 0 ? "nothing that was asked met the failure" : "";
  }
  bool was_met() const override { return door_ != Door::open || met_ > 0; }

 private:
  std::optional<test::ServerTls> tls() const {
    const auto& certificates = world_.certificates();
    switch (door_) {
      case Door::silent:
        return std::nullopt;
      case Door::expired:
        return test::ServerTls{certificates.expired, ""};
      case Door::wrong_host:
        return test::ServerTls{certificates.wrong_host, ""};
      case Door::untrusted:
        return test::ServerTls{certificates.untrusted, ""};
      case Door::rejects_us:
        return test::ServerTls{certificates.good, certificates.stranger.certificate_pem()};
      default:
        return test::ServerTls{certificates.good, ""};
    }
  }

  void converse(test::ScriptedServer::Connection& connection) {
    if (door_ == Door::silent) return connection.wait_for_peer_to_leave();
    for (;;) {
      const auto text = connection.read_request();
      if (text.empty()) return;
      const auto request = read_request(text);
      if (reply_ && RE2::PartialMatch(request.target, concerned_)) {
        ++met_;
        const auto then = reply_({connection, request, ++count_, patience_, right_answer_, met_});
        if (then == Then::close) return;
      } else {
        connection.write(right_answer_(request));
        if (request.wants_websocket) return connection.wait_for_peer_to_leave();
      }
    }
  }

  int port() const { return server_ ? server_->port() : nobody_.port(); }

  std::string file(const std::string& name, const std::string& text) const {
    const auto path = directory_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  void publish_cluster() {
    const auto& certificates = world_.certificates();
    addresses.kubeconfig =
        file("kubeconfig",
             fmt::format("apiVersion: v1\nkind: Config\ncurrent-context: world\n"
                         "contexts: [{{name: world, context: {{cluster: world, user: world}}}}]\n"
                         "clusters:\n- name: world\n  cluster: {{server: 'https://{}:{}', "
                         "certificate-authority-data: {}}}\n"
                         "users:\n- name: world\n  user:\n    token: {}\n"
                         "    client-certificate-data: {}\n    client-key-data: {}\n",
                         door_ == Door::unresolvable ? nowhere : "127.0.0.1", port(),
                         world::base64(certificates.authority.certificate_pem()),
                         world::reader_token, world::base64(certificates.client.certificate_pem),
                         world::base64(certificates.client.key_pem)));
  }

  void publish_edge() {
    const bool named = door_ != Door::unresolvable;
    const std::string origin =
        std::string("https://") + (named ? world::application_host : nowhere);
    addresses.edge_url = origin + "/";
    addresses.health_url = origin + "/health";
    addresses.edge_address = named ? fmt::format("127.0.0.1:{}", port()) : "";
    const auto& certificates = world_.certificates();
    addresses.edge_ca_file = file("edge-ca.pem", certificates.authority.certificate_pem());
    addresses.edge_certificate_file = file("client.pem", certificates.client.certificate_pem);
    addresses.edge_key_file = file("client.key", certificates.client.key_pem);
  }

  const World& world_;
  const Door door_;
  const Reply reply_;
  const RE2 concerned_;
  const test::TemporaryDirectory directory_;
  std::function<std::string(const world::Request&)> right_answer_;
  const Nobody nobody_;
  std::atomic<int> count_ = 0;
  std::atomic<int> met_ = 0;
  Patience patience_;
  std::unique_ptr<test::ScriptedServer> server_;  // ends before what it uses
};

}  // namespace

BrokenWorld::~BrokenWorld() = default;

bool Patience::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return ended_; });
}

void Patience::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void Exchange::answer_rightly() const {
  --met;  // before whoever asked can be done with the answer
  send(healthy());
}

std::unique_ptr<BrokenWorld> world_behind(const World& world, Part part, Door door, Reply reply,
                                          const std::string& pattern) {
  return std::make_unique<Fronted>(world, part, door, std::move(reply), pattern);
}

Failure failing_reply(std::string name, std::set<std::string> reasons, Reply reply) {
  Failure failure{std::move(name), std::move(reasons)};
  failure.break_world = [reply = std::move(reply)](const World& world, Part part,
                                                   const std::string& pattern) {
    return world_behind(world, part, Door::open, reply, pattern);
  };
  return failure;
}

Failure failing_door(std::string name, std::set<std::string> reasons, Door door) {
  Failure failure{std::move(name), std::move(reasons)};
  failure.hits_one_question = false;
  failure.break_world = [door](const World& world, Part part, const std::string&) {
    return world_behind(world, part, door, {}, "");
  };
  return failure;
}

}  // namespace postflight::matrix
