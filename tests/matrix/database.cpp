#include "tests/matrix/database.hpp"

#include <fmt/format.h>

#include "tests/cli/program.hpp"
#include "tests/support/postgres_server.hpp"

namespace postflight::matrix {

namespace {

// A session that was written so long ago.
std::string session(const std::string& table, const std::string& age) {
  return fmt::format(
      "INSERT INTO {} VALUES (now() - interval '{}' + interval '28 days 1 second', "
      "gen_random_uuid(), '{{}}');",
      table, age);
}

// Lines before all others of pg_hba.conf. Every server process that starts afterwards obeys them.
void add_host_rules(const test::PostgresServer& server, const std::string& rules) {
  const auto path = server.value("SHOW hba_file");
  const auto before = server.value("SELECT pg_conf_load_time()");
  const auto old = test::read_file(path);
  test::write_file(path, rules + old);
  server.execute("SELECT pg_reload_conf()");
  while (server.value("SELECT pg_conf_load_time()") == before) continue;
}

std::unique_ptr<test::PostgresServer> standby_of(const test::PostgresServer& primary) {
  return std::make_unique<test::PostgresServer>(test::PostgresServer::StandbyOf{primary});
}

}  // namespace

Database::Database() : server_(std::make_unique<test::PostgresServer>()) {
  for (const auto* role : {reader, rejected_role, tls_role})
    server_->execute(fmt::format("CREATE ROLE {} LOGIN PASSWORD {}", role, quoted_password()));
  add_host_rules(*server_,
                 fmt::format("host all {0} all reject\nhostssl all {1} all scram-sha-256\n"
                             "host all {1} all reject\n",
                             rejected_role, tls_role));
}
Database::~Database() = default;

const test::PostgresServer& Database::standby() const {
  std::call_once(standby_asked_for_, [this] { standby_ = standby_of(*server_); });
  return *standby_;
}

const test::PostgresServer& Database::stale_standby() const {
  std::call_once(stale_standby_asked_for_, [this] {
    stale_standby_ = standby_of(*server_);
    stale_standby_->execute("SELECT pg_wal_replay_pause()");
  });
  return *stale_standby_;
}

std::string Database::quoted_password() const { return "'the reader''s password'"; }

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
