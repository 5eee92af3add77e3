#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "clients/limits.hpp"
#include "clients/postgres.hpp"

namespace postflight {

using Seconds = std::chrono::duration<double>;

// A table of sessions: which column says when a row expires, and which rows are logins.
struct SessionTable {
  std::string table;           // quoted, ready for SQL
  std::string expires_column;  // the same
  std::string data_column;     // the same; empty: no row is known to be a login
  std::string claims_key;      // a row whose data holds this key is a login
};

// "name" or "schema.name" in double quotes for SQL; empty when it is no such name.
std::string quoted_name(const std::string& name);

// The whole table at one moment, by the database's clock.
struct SessionSample {
  double now = 0;             // of the database, seconds since 1970
  bool standby = false;       // of another server, whose rows may come late or never
  std::int64_t next_xid = 0;  // the first transaction that this look cannot have seen
  std::size_t rows = 0, logins = 0, overdue = 0, without_expiry = 0;
  std::optional<Seconds> most_overdue;      // how long ago the oldest expiry was
  std::optional<Seconds> newest;            // how far ahead the farthest expiry is
  std::optional<Seconds> newest_anonymous;  // the same of the rows that are no login
};

// Rows written (inserted or updated) since a sample.
struct FreshRows {
  std::size_t rows = 0, anonymous = 0;
  std::size_t matching = 0, matching_anonymous = 0;  // that live as long as they should
  std::optional<Seconds> other;  // the farthest expiry of the anonymous that do not match
};

// What the rows are held against.
struct SessionRules {
  Seconds lifetime{0};       // of a new row
  Seconds tolerance{0};      // either way
  Seconds overdue_after{0};  // a row that long past its expiry should have been cleaned up
};

// Both ask once, and scan the table: the second without opening the data of old rows. They throw
// ClientError, and CannotTell for an answer of the wrong shape.
SessionSample look_at_table(Postgres& postgres, const PostgresTarget& target,
                            const SessionTable& table, const SessionRules& rules,
                            const Limits& limits);
FreshRows look_for_new_rows(Postgres& postgres, const PostgresTarget& target,
                            const SessionTable& table, const SessionRules& rules,
                            const SessionSample& before, const Limits& limits);

}  // namespace postflight
