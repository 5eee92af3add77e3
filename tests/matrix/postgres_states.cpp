#include "tests/matrix/postgres_states.hpp"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <pqxx/pqxx>

#include "tests/support/postgres_server.hpp"

namespace postflight::matrix {

namespace {

std::atomic<int> names = 0;

struct Nobody {
  boost::asio::io_context loop;
  boost::asio::ip::tcp::socket socket{loop, boost::asio::ip::tcp::v4()};
};

struct OpenTransaction {
  explicit OpenTransaction(const std::string& url) : connection(url), transaction(connection) {}
  pqxx::connection connection;
  pqxx::work transaction;
};

void replace(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

Altered::Altered(const World& world) : world_(world), name_(fmt::format("broken_{}", ++names)) {
  addresses = world.addresses();
}

std::string Altered::filled_in(const std::string& sql) {
  auto text = sql;
  if (table_.empty() && text.find("{table}") != text.npos) table_ = world_.database().new_table();
  replace(text, "{table}", table_);
  replace(text, "{name}", name_);
  replace(text, "{reader}", Database::reader);
  replace(text, "{password}", world_.database().quoted_password());
  return text;
}

void Altered::execute(const std::string& sql) {
  world_.database().server().execute(filled_in(sql));
}

void Altered::use_role(const std::string& role) {
  replace(addresses.database_url, std::string("//") + Database::reader + "@",
          "//" + filled_in(role) + "@");
}

void Altered::use_table(const std::string& table) { addresses.session_table = filled_in(table); }

void Altered::use_database(const std::string& database) {
  auto& url = addresses.database_url;
  url.replace(url.rfind('/') + 1, url.npos, filled_in(database));
}

void Altered::use_server(int port) {
  replace(addresses.database_url, fmt::format(":{}/", world_.database().server().port()),
          fmt::format(":{}/", port));
}

void Altered::use_port_of_nobody() {
  auto nobody = std::make_shared<Nobody>();
  nobody->socket.bind({boost::asio::ip::address_v4::loopback(), 0});
  use_server(nobody->socket.local_endpoint().port());
  held_.push_back(nobody);
}

void Altered::hold(const std::string& sql) {
  auto open = std::make_shared<OpenTransaction>(world_.database().server().url());
  open->transaction.exec(filled_in(sql));
  held_.push_back(open);
}

Failure altered_database(std::string name, std::set<std::string> reasons,
                         std::function<void(Altered&)> alter) {
  Failure failure;
  failure.name = std::move(name);
  failure.reasons = std::move(reasons);
  failure.hits_one_question = false;
  failure.break_world = [alter = std::move(alter)](const World& world, Part, const std::string&) {
    auto altered = std::make_unique<Altered>(world);
    alter(*altered);
    return altered;
  };
  return failure;
}

}  // namespace postflight::matrix
