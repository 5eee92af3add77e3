#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <pqxx/connection>
#include <string>

#include "tests/support/postgres_server.hpp"
#include "tests/world/scenario.hpp"

namespace postflight::world {

inline constexpr char session_table[] = "authentik_providers_proxy_proxysession";
inline constexpr char reader_role[] = "postflight_reader";  // may SELECT, nothing else

// The database of authentik with its table of proxy sessions, and rows as months of visits leave
// them: most of visitors who never logged in, a few of those who did, none past its time.
class Database {
 public:
  explicit Database(const Scenario& scenario);

  int port() const { return server_.port(); }
  const std::string& reader_password() const { return reader_password_; }
  std::string writer_url() const;  // with the password of the outpost's role

 private:
  test::PostgresServer server_;
  std::string reader_password_, writer_password_;
};

// The outpost's store of sessions, in its role. Safe to use from many threads.
class SessionStore {
 public:
  explicit SessionStore(const std::string& url);
  enum class Session { unknown, anonymous, logged_in };
  Session find(const std::string& key);
  // Adds an anonymous session or prolongs it. Throws what PostgreSQL says.
  void save(const std::string& key, std::chrono::seconds lifetime);

 private:
  std::mutex mutex_;
  pqxx::connection connection_;
};

}  // namespace postflight::world
