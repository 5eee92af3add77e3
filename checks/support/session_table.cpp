#include "checks/support/session_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "runner/check.hpp"

namespace postflight {
namespace {

// Rows are new when a transaction wrote them that began after the look before, told by xmin: counts
// and expiries alone mislead, as cleanup deletes rows meanwhile and a shorter validity gives new
// rows an earlier expiry than old ones have. xmin is the lower half of the transaction number, so
// it is compared modulo 2^32, and with the numbers given out since: an ancient row whose number
// came round again stays old.
std::string question(const SessionTable& table, bool first) {
  // Without a data column $2 is empty: the parameter must be used for the server to take it.
  const auto logged_in =
      table.data_column.empty()
          ? std::string("$2::text <> ''")
          : fmt::format("coalesce(t.{}::jsonb ? $2::text, false)", table.data_column);
  const auto fresh = first ? std::string("false")
                           : std::string(
                                 "((t.xmin::text::bigint - $3::bigint % 4294967296 + 4294967296) % "
                                 "4294967296) < seen.next_xid - $3::bigint");
  const auto matching =
      first ? std::string("false")
            : std::string(
                  "expires BETWEEN to_timestamp($4::float8) AND now() + $5::float8 * "
                  "interval '1 second'");
  return fmt::format(
      "WITH seen AS (SELECT txid_snapshot_xmax(txid_current_snapshot()) AS next_xid), "
      "sessions AS (SELECT t.{} AS expires, {} AS logged_in, {} AS fresh FROM {} AS t, seen) "
      "SELECT extract(epoch FROM now()) AS now, (SELECT next_xid FROM seen) AS next_xid, "
      "count(*) AS rows, count(*) FILTER (WHERE logged_in) AS logins, "
      "count(*) FILTER (WHERE expires < now() - $1::float8 * interval '1 second') AS overdue, "
      "count(*) FILTER (WHERE expires IS NULL) AS without_expiry, "
      "extract(epoch FROM now() - min(expires)) AS most_overdue, "
      "extract(epoch FROM max(expires) - now()) AS newest, "
      "extract(epoch FROM max(expires) FILTER (WHERE NOT logged_in) - now()) AS newest_anonymous, "
      "count(*) FILTER (WHERE fresh) AS fresh, "
      "count(*) FILTER (WHERE fresh AND NOT logged_in) AS fresh_anonymous, "
      "count(*) FILTER (WHERE fresh AND {}) AS fresh_matching, "
      "count(*) FILTER (WHERE fresh AND NOT logged_in AND {}) AS fresh_matching_anonymous, "
      "extract(epoch FROM max(expires) FILTER (WHERE fresh AND NOT logged_in AND NOT ({})) - "
      "now()) AS fresh_other "
      "FROM sessions",
      table.expires_column, logged_in, fresh, table.table, matching, matching, matching);
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
    return static_cast<std::size_t>(std::max(number(column), 0.0));
  }

  std::optional<Seconds> seconds(std::string_view column) const {
    const auto value = optional_number(column);
    return value ? std::optional(Seconds(*value)) : std::nullopt;
  }

 private:
  const PostgresRows& rows_;
};

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

SessionSample look(Postgres& postgres, const PostgresTarget& target, const SessionTable& table,
                   const SessionRules& rules, const SessionSample* before, const Limits& limits) {
  std::vector<std::string> parameters{fmt::format("{:.3f}", rules.overdue_after.count()),
                                      table.data_column.empty() ? "" : table.claims_key};
  if (before != nullptr) {
    const auto longest = rules.lifetime + rules.tolerance;
    const auto earliest = before->now + (rules.lifetime - rules.tolerance).count();
    parameters.push_back(std::to_string(before->next_xid));
    parameters.push_back(fmt::format("{:.3f}", earliest));
    parameters.push_back(fmt::format("{:.3f}", longest.count()));
  }
  const auto rows = postgres.query(target, question(table, before == nullptr), parameters, limits);
  const Answer answer(rows);
  SessionSample sample;
  sample.now = answer.number("now");
  sample.next_xid = static_cast<std::int64_t>(answer.number("next_xid"));
  sample.rows = answer.count("rows");
  sample.logins = answer.count("logins");
  sample.overdue = answer.count("overdue");
  sample.without_expiry = answer.count("without_expiry");
  sample.most_overdue = answer.seconds("most_overdue");
  sample.newest = answer.seconds("newest");
  sample.newest_anonymous = answer.seconds("newest_anonymous");
  sample.fresh = {answer.count("fresh"), answer.count("fresh_anonymous"),
                  answer.count("fresh_matching"), answer.count("fresh_matching_anonymous"),
                  answer.seconds("fresh_other")};
  if (sample.rows > 0 && !sample.newest)
    throw CannotTell("unreadable", fmt::format("no row of {} has an expiry: {} is NULL in all {}",
                                               table.table, table.expires_column, sample.rows));
  return sample;
}

}  // namespace postflight
