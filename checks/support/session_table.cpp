#include "checks/support/session_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "runner/check.hpp"

namespace postflight {
namespace {

// True for a login. Without a data column $1 is empty: a parameter must be used to be accepted.
std::string is_login(const SessionTable& table) {
  return table.data_column.empty()
             ? std::string("$1::text <> ''")
             : fmt::format("coalesce(t.{}::jsonb ? $1::text, false)", table.data_column);
}

// OFFSET 0 keeps the planner from asking every row several times whether it is a login.
std::string table_question(const SessionTable& table) {
  return fmt::format(
      "SELECT extract(epoch FROM now()) AS now, pg_is_in_recovery()::int AS standby, "
      "txid_snapshot_xmax(txid_current_snapshot()) AS next_xid, count(*) AS rows, "
      "count(*) FILTER (WHERE login) AS logins, "
      "count(*) FILTER (WHERE expires < now() - $2::float8 * interval '1 second') AS overdue, "
      "count(*) FILTER (WHERE expires IS NULL) AS without_expiry, "
      "extract(epoch FROM now() - min(expires)) AS most_overdue, "
      "extract(epoch FROM max(expires) - now()) AS newest, "
      "extract(epoch FROM max(expires) FILTER (WHERE NOT login) - now()) AS newest_anonymous "
      "FROM (SELECT t.{} AS expires, {} AS login FROM {} AS t OFFSET 0) AS sessions",
      table.expires_column, is_login(table), table.table);
}

// A row is new when a transaction wrote it that began after the look before, told by xmin: counts
// and expiries alone mislead, as cleanup deletes rows meanwhile and a shorter validity gives new
// rows an earlier expiry than old ones have. xmin is the lower half of the transaction number, so
// it is compared modulo 2^32, and with the numbers given out since: an ancient row whose number
// came round again stays old.
std::string new_rows_question(const SessionTable& table) {
  return fmt::format(
      "SELECT count(*) AS rows, count(*) FILTER (WHERE NOT login) AS anonymous, "
      "count(*) FILTER (WHERE matching) AS matching, "
      "count(*) FILTER (WHERE matching AND NOT login) AS matching_anonymous, "
      "extract(epoch FROM max(expires) FILTER (WHERE NOT matching AND NOT login) - now()) AS other "
      "FROM (SELECT t.{0} AS expires, {1} AS login, t.{0} BETWEEN to_timestamp($3::float8) AND "
      "now() + $4::float8 * interval '1 second' AS matching FROM {2} AS t, "
      "(SELECT txid_snapshot_xmax(txid_current_snapshot()) AS next_xid OFFSET 0) AS seen "
      "WHERE ((t.xmin::text::bigint - $2::bigint % 4294967296 + 4294967296) % 4294967296) < "
      "seen.next_xid - $2::bigint OFFSET 0) AS sessions",
      table.expires_column, is_login(table), table.table);
}

// Reads the one row of the answer by column name.
class Answer {
 public:
  explicit Answer(const PostgresRows& rows) : rows_(rows) {
    if (rows.rows.size() != 1 || rows.rows[0].size() != rows.columns.size())
      throw CannotTell("unreadable", "the database did not answer with one row of totals");
  }

  std::optional<double> optional_number(std::string_view column) const {
    const auto found = std::ranges::find(rows_.columns, column);
    if (found == rows_.columns.end())
      throw CannotTell("unreadable", fmt::format("the database left out the column {}", column));
    const auto& text = rows_.rows[0][static_cast<std::size_t>(found - rows_.columns.begin())];
    if (!text) return std::nullopt;
    double number = 0;
    const auto* end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc{} || rest != end || !std::isfinite(number))
      throw CannotTell("unreadable",
                       fmt::format("the database answered '{}' as {}", *text, column));
    return number;
  }

  double number(std::string_view column) const {
    const auto value = optional_number(column);
    if (!value)
      throw CannotTell("unreadable", fmt::format("the database answered NULL as {}", column));
    return *value;
  }

  std::size_t count(std::string_view column) const {
    constexpr double most = 1e15;  // a double holds every whole number up to there
    const auto value = number(column);
    if (value < 0 || value > most || value != std::floor(value))
      throw CannotTell("unreadable", fmt::format("the database answered {} as {}", value, column));
    return static_cast<std::size_t>(value);
  }

  std::optional<Seconds> seconds(std::string_view column) const {
    const auto value = optional_number(column);
    return value ? std::optional(Seconds(*value)) : std::nullopt;
  }

 private:
  const PostgresRows& rows_;
};

std::string claims_key(const SessionTable& table) {
  return table.data_column.empty() ? "" : table.claims_key;
}

std::string as_text(Seconds seconds) { return fmt::format("{:.3f}", seconds.count()); }

}  // namespace

std::string quoted_name(const std::string& name) {
  std::string quoted, part;
  int parts = 0;
  for (const char c : name + ".") {
    if (c != '.') {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '-';
      if (!plain) return {};
      part += c;
      continue;
    }
    if (part.empty() || part.size() > 63 || ++parts > 2) return {};
    quoted += fmt::format("{}\"{}\"", quoted.empty() ? "" : ".", part);
    part.clear();
  }
  return quoted;
}

SessionSample look_at_table(Postgres& postgres, const PostgresTarget& target,
                            const SessionTable& table, const SessionRules& rules,
                            const Limits& limits) {
  const auto rows = postgres.query(target, table_question(table),
                                   {claims_key(table), as_text(rules.overdue_after)}, limits);
  const Answer answer(rows);
  SessionSample sample;
  sample.now = answer.number("now");
  sample.standby = answer.number("standby") != 0;
  sample.next_xid = static_cast<std::int64_t>(answer.count("next_xid"));
  sample.rows = answer.count("rows");
  sample.logins = answer.count("logins");
  sample.overdue = answer.count("overdue");
  sample.without_expiry = answer.count("without_expiry");
  sample.most_overdue = answer.seconds("most_overdue");
  sample.newest = answer.seconds("newest");
  sample.newest_anonymous = answer.seconds("newest_anonymous");
  if (sample.rows > 0 && !sample.newest)
    throw CannotTell("unreadable", fmt::format("no row of {} has an expiry: {} is NULL in all {}",
                                               table.table, table.expires_column, sample.rows));
  return sample;
}

FreshRows look_for_new_rows(Postgres& postgres, const PostgresTarget& target,
                            const SessionTable& table, const SessionRules& rules,
                            const SessionSample& before, const Limits& limits) {
  const auto earliest = Seconds(before.now) + rules.lifetime - rules.tolerance;
  const auto rows = postgres.query(target, new_rows_question(table),
                                   {claims_key(table), std::to_string(before.next_xid),
                                    as_text(earliest), as_text(rules.lifetime + rules.tolerance)},
                                   limits);
  const Answer answer(rows);
  return {answer.count("rows"), answer.count("anonymous"), answer.count("matching"),
          answer.count("matching_anonymous"), answer.seconds("other")};
}

}  // namespace postflight
