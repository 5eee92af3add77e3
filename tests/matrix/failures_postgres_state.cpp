#include "tests/matrix/postgres_states.hpp"
#include "tests/matrix/replies.hpp"
#include "tests/support/postgres_server.hpp"

namespace postflight::matrix {

namespace {

using Alter = std::function<void(Altered&)>;

// Another role than ours, made by that SQL.
Failure of_role(std::string name, std::set<std::string> reasons, const std::string& sql) {
  return altered_database(std::move(name), std::move(reasons), [sql](Altered& world) {
    world.execute(sql);
    world.use_role("{name}");
  });
}

// Another database than ours.
Failure of_database(std::string name, std::set<std::string> reasons, const std::string& sql) {
  return altered_database(std::move(name), std::move(reasons), [sql](Altered& world) {
    world.execute("CREATE DATABASE {name} TEMPLATE template0");
    world.execute(sql);
    world.use_database("{name}");
  });
}

// A table of our own, altered by that SQL.
Failure of_table(std::string name, std::set<std::string> reasons, const std::string& sql) {
  return altered_database(std::move(name), std::move(reasons), [sql](Altered& world) {
    world.execute(sql);
    world.use_table("{table}");
  });
}

// A view on a table of our own, in place of it. {columns} are the right ones.
Failure of_view(std::string name, std::set<std::string> reasons, const std::string& select) {
  return altered_database(std::move(name), std::move(reasons), [select](Altered& world) {
    world.execute("CREATE VIEW {name} AS " + select + "; GRANT SELECT ON {name} TO {reader}");
    world.use_table("{name}");
  });
}

Failure of_standby(std::string name, const test::PostgresServer& (Database::*standby)() const) {
  return altered_database(std::move(name), {"standby"}, [standby](Altered& world) {
    world.use_server((world.world().database().*standby)().port());
  });
}

std::vector<Failure> logins() {
  return {altered_database("wrong password", {"unauthorized"},
                           [](Altered& world) { world.addresses.database_password = "wrong"; }),
          altered_database("no such role", {"unauthorized"},
                           [](Altered& world) { world.use_role("{name}"); }),
          of_role("a role that may not log in", {"unauthorized"},
                  "CREATE ROLE {name} NOLOGIN PASSWORD {password}"),
          of_role("a password that has expired", {"unauthorized"},
                  "CREATE ROLE {name} LOGIN PASSWORD {password} VALID UNTIL '2020-01-01'"),
          altered_database("pg_hba.conf rejects us", {"unauthorized"},
                           [](Altered& world) { world.use_role(Database::rejected_role); }),
          altered_database("pg_hba.conf wants TLS, the URL forbids it", {"unauthorized"},
                           [](Altered& world) {
                             world.use_role(Database::tls_role);
                             world.addresses.database_url += "?sslmode=disable";
                           }),
          altered_database(
              "the URL wants TLS, the server has none", {"tls"},
              [](Altered& world) { world.addresses.database_url += "?sslmode=verify-full"; }),
          of_role("too many connections of the role", {"server-error"},
                  "CREATE ROLE {name} LOGIN PASSWORD {password} CONNECTION LIMIT 0")};
}

std::vector<Failure> databases() {
  return {altered_database("no such database", {"not-found"},
                           [](Altered& world) { world.use_database("{name}"); }),
          of_database("no right to connect to the database", {"forbidden"},
                      "REVOKE CONNECT ON DATABASE {name} FROM PUBLIC"),
          of_database("too many connections to the database", {"server-error"},
                      "ALTER DATABASE {name} CONNECTION LIMIT 0"),
          of_database("the database takes no connections", {"server-error"},
                      "ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
          of_standby("a standby that has stopped replaying", &Database::stale_standby),
          of_standby("a standby that is up to date", &Database::standby),
          of_role("a read-only server (default_transaction_read_only)", {},
                  "CREATE ROLE {name} LOGIN PASSWORD {password}; GRANT {reader} TO {name}; "
                  "ALTER ROLE {name} SET default_transaction_read_only = on")};
}

std::vector<Failure> tables() {
  return {
      altered_database("no such table", {"not-found"},
                       [](Altered& world) { world.use_table("{name}"); }),
      altered_database("no such schema", {"not-found"},
                       [](Altered& world) { world.use_table("{name}.sessions"); }),
      of_table("no such column", {"not-found"}, "ALTER TABLE {table} DROP COLUMN expires"),
      of_table("no right to the table", {"forbidden"}, "REVOKE SELECT ON {table} FROM {reader}"),
      altered_database("no right to the schema", {"forbidden"},
                       [](Altered& world) {
                         world.execute(
                             "CREATE SCHEMA {name}; ALTER TABLE {table} SET SCHEMA {name}");
                         world.use_table("{name}.{table}");
                       }),
      of_table("no right to a column", {"forbidden"},
               "REVOKE SELECT ON {table} FROM {reader}; "
               "GRANT SELECT (session_key) ON {table} TO {reader}"),
      of_table("row security that hides every row", {"forbidden"},
               "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
      to_the_deadline(altered_database("a locked table", {"timeout"},
                                       [](Altered& world) {
                                         world.hold("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
                                         world.use_table("{table}");
                                       })),
      altered_database("a locked table, and a lock_timeout of the role", {"timeout"},
                       [](Altered& world) {
                         world.execute(
                             "CREATE ROLE {name} LOGIN PASSWORD {password}; "
                             "GRANT {reader} TO {name}; "
                             "ALTER ROLE {name} SET lock_timeout = '100ms'");
                         world.hold("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
                         world.use_role("{name}");
                         world.use_table("{table}");
                       }),
      to_the_deadline(of_view("a query without end", {"timeout"},
                              "SELECT s.* FROM {table} AS s, pg_sleep(600)")),
      of_view("a query that an administrator cancels", {"server-error"},
              "SELECT * FROM {table} WHERE pg_cancel_backend(pg_backend_pid()) AND "
              "pg_sleep(1) IS NOT NULL"),
      of_view("a connection that an administrator ends", {"unreachable"},
              "SELECT * FROM {table} WHERE pg_terminate_backend(pg_backend_pid()) AND "
              "pg_sleep(1) IS NOT NULL")};
}

std::vector<Failure> values() {
  return {of_table("no row", {"nothing-examined"}, "TRUNCATE {table}"),
          of_table("NULL where a value is expected", {"unreadable"},
                   "UPDATE {table} SET expires = NULL"),
          of_view("a view whose expiry is text", {"rejected"},
                  "SELECT 'tomorrow' AS expires, session_key, session_data FROM {table}"),
          of_view("a view whose expiry is a number", {"rejected"},
                  "SELECT 1799999999 AS expires, session_key, session_data FROM {table}"),
          of_view("a view that divides by zero", {"unreadable"},
                  "SELECT now() + interval '1 day' / (SELECT 0) AS expires, session_key, "
                  "session_data FROM {table}")};
}

}  // namespace

Family postgres_state_failures() {
  Family family{"postgres-state", "PostgreSQL: logins, rights, tables", logins()};
  for (const auto& part : {databases(), tables(), values()})
    family.failures.insert(family.failures.end(), part.begin(), part.end());
  return family;
}

}  // namespace postflight::matrix
