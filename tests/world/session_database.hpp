#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "tests/support/postgres_server.hpp"

namespace postflight::world {

// What is wrong with the session table; the defaults are the healthy table.
struct SessionTable {
  std::chrono::seconds validity{28 * 86400};
  std::chrono::seconds newest_row_age{40};  // when the last session was written
  int overdue_rows = 0;                     // past their end, and never cleaned up
};

// A real PostgreSQL with authentik's real session table (as Django creates it) and sessions in it.
class SessionDatabase {
 public:
  explicit SessionDatabase(const SessionTable& table);
  ~SessionDatabase();

  int port() const { return server_.port(); }
  // A role that may only SELECT.
  const std::string& reader() const { return reader_; }
  const std::string& reader_password() const { return reader_password_; }
  static const std::string& name();

  // What an outpost does for a visitor without a cookie. Safe to call from many threads.
  void insert_session(const std::string& key);

 private:
  struct Writer;
  SessionTable table_;
  test::PostgresServer server_;
  std::string reader_, reader_password_;
  std::mutex mutex_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace postflight::world
