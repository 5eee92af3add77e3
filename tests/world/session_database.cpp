#include "tests/world/session_database.hpp"

#include <fmt/format.h>

#include <pqxx/pqxx>
#include <random>

namespace postflight::world {
namespace {

constexpr auto ddl = R"sql(
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
)sql";

std::string random_word() {
  std::random_device device;
  std::string word;
  for (int i = 0; i < 20; ++i) word += static_cast<char>('a' + device() % 26);
  return word;
}

// Sessions written every ten minutes up to the newest; every tenth belongs to somebody logged in.
std::string sessions(const SessionTable& table) {
  return fmt::format(
      R"sql(INSERT INTO authentik_providers_proxy_proxysession
        (uuid, session_key, user_id, session_data, expires, expiring)
      SELECT gen_random_uuid(), md5(i::text) || 'SEEDED', NULL,
        CASE WHEN i % 10 = 3 THEN '{{"claims": {{"sub": "someone", "groups": []}}}}'::jsonb
             ELSE '{{}}'::jsonb END,
        now() - make_interval(secs => {0}) - i * interval '10 minutes'
          + make_interval(secs => {1} + 1), true
      FROM generate_series(0, 299) AS i;
      INSERT INTO authentik_providers_proxy_proxysession
        (uuid, session_key, user_id, session_data, expires, expiring)
      SELECT gen_random_uuid(), md5(i::text) || 'OVERDUE', NULL, '{{}}'::jsonb,
        now() - interval '1 day' - i * interval '5 minutes', true
      FROM generate_series(1, {2}) AS i)sql",
      table.newest_row_age.count(), table.validity.count(), table.overdue_rows);
}

}  // namespace

struct SessionDatabase::Writer {
  pqxx::connection connection;
};

const std::string& SessionDatabase::name() {
  static const std::string name = "authentik";
  return name;
}

SessionDatabase::SessionDatabase(const SessionTable& table)
    : table_(table), reader_("session_reader"), reader_password_(random_word()) {
  server_.execute("CREATE DATABASE " + name());
  server_.execute(ddl, name());
  server_.execute(sessions(table), name());
  server_.execute(fmt::format("CREATE ROLE {} LOGIN PASSWORD '{}'", reader_, reader_password_),
                  name());
  server_.execute(
      fmt::format("GRANT SELECT ON authentik_providers_proxy_proxysession TO {}", reader_), name());
  server_.execute("ANALYZE authentik_providers_proxy_proxysession", name());
  writer_.reset(new Writer{pqxx::connection(server_.url(name()))});
}

SessionDatabase::~SessionDatabase() = default;

void SessionDatabase::insert_session(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  pqxx::work transaction(writer_->connection);
  transaction.exec(fmt::format(
      R"sql(INSERT INTO authentik_providers_proxy_proxysession
        (uuid, session_key, user_id, session_data, expires, expiring)
      VALUES (gen_random_uuid(), {}, NULL, '{{}}', now() + make_interval(secs => {} + 1), true))sql",
      transaction.quote(key), table_.validity.count()));
  transaction.commit();
}

}  // namespace postflight::world
