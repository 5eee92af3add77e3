#pragma once

#include <atomic>
#include <memory>
#include <mutex>
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
  // Servers that follow it: one to the moment, the other only up to its start. Made when asked for.
  const test::PostgresServer& standby() const;
  const test::PostgresServer& stale_standby() const;

  static constexpr char reader[] = "reader";
  // Roles with the reader's password: pg_hba.conf rejects one, and wants TLS of the other.
  static constexpr char rejected_role[] = "rejected", tls_role[] = "encrypted";
  std::string url() const;  // of a role that may only read, without its password
  const std::string& password() const { return password_; }
  std::string quoted_password() const;  // for SQL
  // A table that nobody else writes to, so that cells do not see each other's sessions.
  std::string new_table() const;
  // What the outpost does when somebody comes without a session.
  void visit(const std::string& table) const;

 private:
  std::unique_ptr<test::PostgresServer> server_;
  std::string password_ = "the reader's password";
  mutable std::atomic<int> tables_ = 0;
  mutable std::once_flag standby_asked_for_, stale_standby_asked_for_;
  mutable std::unique_ptr<test::PostgresServer> standby_, stale_standby_;  // end before server_
};

}  // namespace postflight::matrix
