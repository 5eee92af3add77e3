#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace postflight::test {
class PostgresServer;
}

namespace postflight::matrix {

// A real PostgreSQL with tables of sessions as a healthy outpost leaves them. Safe to use from many
// threads.
class Database {
 public:
  Database();
  ~Database();

  const test::PostgresServer& server() const { return *server_; }
  std::string url() const;  // of a role that may only read, without its password
  const std::string& password() const { return password_; }
  // A table that nobody else writes to, so that cells do not see each other's sessions.
  std::string new_table() const;
  // What the outpost does when somebody comes without a session.
  void visit(const std::string& table) const;

 private:
  std::unique_ptr<test::PostgresServer> server_;
  std::string password_ = "the reader's password";
  mutable std::atomic<int> tables_ = 0;
};

}  // namespace postflight::matrix
