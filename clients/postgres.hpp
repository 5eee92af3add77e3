#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/limits.hpp"

namespace postflight {

// Where a database is. What is empty comes from libpq's environment (PGHOST, PGUSER, ...).
struct PostgresTarget {
  std::string url;       // postgresql://user@host:port/database?sslmode=..., or key=value text
  std::string password;  // a secret; wins over one in the URL
};

struct PostgresRows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  // nothing is SQL NULL
};

// PostgreSQL, read only: each call is one read-only transaction of its own, with connect and
// statement timeouts from the limits. Safe to use from many threads. Throws ClientError; the
// message carries the server's text and SQLSTATE.
class Postgres {
 public:
  virtual ~Postgres();
  // `parameters` fill $1, $2, ...
  virtual PostgresRows query(const PostgresTarget& target, const std::string& sql,
                             const std::vector<std::string>& parameters, const Limits& limits) = 0;
  // The password in a file that holds nothing else; line ends at its end are dropped. Throws
  // ClientError configuration.
  virtual std::string password_in(const std::string& file, const Limits& limits);
};

}  // namespace postflight
