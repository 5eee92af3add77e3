#include "tests/world/database.hpp"

#include <fmt/format.h>

#include <pqxx/pqxx>

#include "tests/world/random.hpp"

namespace postflight::world {

namespace {

// As Django's schema editor writes it for authentik's migration 0016_proxysession.
constexpr char table_definition[] = R"(
CREATE TABLE "authentik_providers_proxy_proxysession" (
  "expires" timestamp with time zone NULL, "expiring" boolean NOT NULL,
  "uuid" uuid NOT NULL PRIMARY KEY, "session_key" text NOT NULL UNIQUE,
  "user_id" uuid NULL, "session_data" jsonb NOT NULL);
CREATE INDEX "authentik_providers_prox_session_key_ccd17ab5_like"
  ON "authentik_providers_proxy_proxysession" ("session_key" text_pattern_ops);
CREATE INDEX "authentik_providers_proxy_proxysession_user_id_417a2ed1"
  ON "authentik_providers_proxy_proxysession" ("user_id");
CREATE INDEX "authentik_p_user_id_44328e_idx"
  ON "authentik_providers_proxy_proxysession" ("user_id");
)";

// 52 characters of A-Z2-7, as the base32 of 32 random bytes; `n` makes it differ from row to row.
constexpr char random_key[] =
    "(SELECT string_agg(substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 1 + floor(random() * 32)::int,"
    " 1), '') FROM generate_series(1, 52) WHERE n IS NOT NULL)";

constexpr char logged_in[] =
    R"('{"claims": {"sub": "8d7c3a", "email": "person@example.com",)"
    R"( "preferred_username": "person", "groups": ["people"], "sid": "5d1f"}}')";

// `count` rows written evenly between two moments, each valid for `lifetime`.
std::string insert_rows(int count, const std::string& data, std::chrono::seconds oldest,
                        std::chrono::seconds newest, std::chrono::seconds lifetime) {
  return fmt::format(
      "INSERT INTO {} (uuid, session_key, user_id, session_data, expires, expiring) "
      "SELECT gen_random_uuid(), {}, NULL, {}::jsonb, now() - "
      "make_interval(secs => {} + ({} - {}) * (n - 1.0) / {}) + make_interval(secs => {}), true "
      "FROM generate_series(1, {}) AS n;\n",
      session_table, random_key, data, newest.count(), oldest.count(), newest.count(), count,
      lifetime.count(), count);
}

std::string rows_of(const Scenario& scenario) {
  using namespace std::chrono_literals;
  const auto lifetime = scenario.validity + 1s;
  const auto oldest = scenario.validity - 1h;  // older ones are past their time and cleaned up
  std::string sql = insert_rows(1800, "'{}'", oldest, scenario.last_write, lifetime);
  // A login prolongs its row to the end of the token, which began a little later.
  sql += insert_rows(24, logged_in, oldest, scenario.last_write + 20min, scenario.validity);
  if (scenario.overdue_rows > 0)
    sql += insert_rows(scenario.overdue_rows, "'{}'", scenario.validity + 72h,
                       scenario.validity + 1h, lifetime);
  return sql;
}

}  // namespace

Database::Database(const Scenario& scenario)
    : reader_password_(random_base32(20)), writer_password_(random_base32(20)) {
  server_.execute("CREATE DATABASE authentik");
  std::string sql = table_definition;
  sql += fmt::format("CREATE ROLE authentik LOGIN PASSWORD '{}';\n", writer_password_);
  sql += fmt::format("CREATE ROLE {} LOGIN PASSWORD '{}';\n", reader_role, reader_password_);
  sql += fmt::format("GRANT SELECT ON {} TO {};\n", session_table, reader_role);
  sql += fmt::format("GRANT SELECT{} ON {} TO authentik;\n",
                     scenario.outpost_may_write ? ", INSERT, UPDATE" : "", session_table);
  sql += rows_of(scenario);
  server_.execute(sql, "authentik");
}

std::string Database::writer_url() const {
  return fmt::format("postgresql://authentik:{}@127.0.0.1:{}/authentik?sslmode=disable",
                     writer_password_, port());
}

SessionStore::SessionStore(const std::string& url) : connection_(url) {}

SessionStore::Session SessionStore::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  pqxx::work transaction(connection_);
  const auto rows = transaction.exec(fmt::format(
      "SELECT session_data ? 'claims' FROM {} WHERE session_key = {} AND expires > now()",
      session_table, transaction.quote(key)));
  if (rows.size() != 1) return Session::unknown;
  return rows[0][0].as<bool>() ? Session::logged_in : Session::anonymous;
}

void SessionStore::save(const std::string& key, std::chrono::seconds lifetime) {
  const std::lock_guard lock(mutex_);
  pqxx::work transaction(connection_);
  transaction.exec(fmt::format(
      "INSERT INTO {} (uuid, session_key, user_id, session_data, expires, expiring) VALUES "
      "(gen_random_uuid(), {}, NULL, '{{}}', now() + make_interval(secs => {}), true) "
      "ON CONFLICT (session_key) DO UPDATE SET expires = excluded.expires",
      session_table, transaction.quote(key), lifetime.count()));
  transaction.commit();
}

}  // namespace postflight::world
