#include "tests/matrix/database.hpp"

#include <fmt/format.h>

#include "tests/support/postgres_server.hpp"

namespace postflight::matrix {

namespace {

constexpr char reader[] = "reader";

// A session that was written so long ago.
std::string session(const std::string& table, const std::string& age) {
  return fmt::format(
      "INSERT INTO {} VALUES (now() - interval '{}' + interval '28 days 1 second', "
      "gen_random_uuid(), '{{}}');",
      table, age);
}

}  // namespace

Database::Database() : server_(std::make_unique<test::PostgresServer>()) {
  server_->execute(
      fmt::format("CREATE ROLE {} LOGIN PASSWORD '{}'", reader, "the reader''s password"));
}
Database::~Database() = default;

std::string Database::url() const { return server_->url_of(reader); }

std::string Database::new_table() const {
  const auto table = fmt::format("sessions_{}", ++tables_);
  server_->execute(fmt::format("CREATE TABLE {0} (expires timestamptz, session_key uuid, "
                               "session_data jsonb); GRANT SELECT ON {0} TO {1};",
                               table, reader) +
                   session(table, "2 minutes") + session(table, "3 hours") +
                   session(table, "20 days"));
  return table;
}

void Database::visit(const std::string& table) const {
  server_->execute(session(table, "0 seconds"));
}

}  // namespace postflight::matrix
