#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

#include "checks/support/findings.hpp"
#include "checks/support/limits.hpp"
#include "checks/support/pattern.hpp"
#include "checks/support/postgres_settings.hpp"
#include "checks/support/text.hpp"
#include "clients/clients.hpp"
#include "runner/check.hpp"
#include "text/counted.hpp"

namespace postflight {
extern constinit const CheckKind postgres_query;

namespace {

constexpr Setting expect_fields[] = {
    {"column", SettingType::text, "name of a column of the answer", true},
    {"equals", SettingType::text, "the value, as PostgreSQL writes it: t and f for booleans"},
    {"not-equals", SettingType::text, "what the value must not be"},
    {"matches", SettingType::pattern, "regular expression found in the value"},
    {"min", SettingType::number, "the value is a number, at least this"},
    {"max", SettingType::number, "the value is a number, at most this"},
    {"is-null", SettingType::flag, "true: the value is NULL", false, "false"},
    {"not-null", SettingType::flag, "true: the value is not NULL, whatever it is", false, "false"},
};

constexpr Setting settings_of_query[] = {
    postgres_url_setting,
    postgres_password_setting,
    postgres_password_file_setting,
    postgres_password_secret_setting,
    {"sql", SettingType::text,
     "one query that reads: SELECT, WITH, VALUES, TABLE or SHOW. It runs in a read-only "
     "transaction",
     true},
    {"expect", SettingType::objects, "what every row must hold", false, {}, expect_fields},
    {"rows", SettingType::integer, "how many rows there are, exactly"},
    {"min-rows", SettingType::integer,
     "how many rows at least; 1 when neither this nor 'rows' is given"},
    {"max-rows", SettingType::integer, "how many rows at most"},
};

constexpr std::size_t most_rows_told = 10;  // that fail one expectation

// What one value is held against.
struct Expectation {
  std::string column;
  std::optional<std::string> equals, not_equals;
  std::optional<Pattern> matches;
  std::optional<double> min, max;
  bool null = false, not_null = false;

  std::string text() const {
    std::vector<std::string> parts;
    if (equals) parts.push_back(fmt::format("'{}'", *equals));
    if (not_equals) parts.push_back(fmt::format("not '{}'", *not_equals));
    if (matches) parts.push_back("matching " + matches->text());
    if (min) parts.push_back(fmt::format("at least {}", *min));
    if (max) parts.push_back(fmt::format("at most {}", *max));
    if (null) parts.emplace_back("NULL");
    if (not_null) parts.emplace_back("not NULL");
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  // Throws CannotTell for a value that should be a number and is none.
  bool holds(const std::optional<std::string>& value) const {
    if (!value || null) return null && !value;
    if (equals && *value != *equals) return false;
    if (not_equals && *value == *not_equals) return false;
    if (matches && !matches->found_in(*value)) return false;
    if (!min && !max) return true;
    const auto number = number_of(*value);
    return (!min || number >= *min) && (!max || number <= *max);
  }

 private:
  static double number_of(const std::string& value) {
    double number = 0;
    const auto* end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc{} || rest != end || std::isnan(number))
      throw CannotTell("unreadable", fmt::format("'{}' is not a number", excerpt(value)));
    return number;
  }
};

struct WantedRows {
  std::int64_t min = 1;
  std::optional<std::int64_t> max;

  bool holds(std::size_t rows) const {
    const auto count = static_cast<std::int64_t>(rows);
    return count >= min && (!max || count <= *max);
  }
  std::string text() const {
    if (max && *max == min) return fmt::format("exactly {}", min);
    return max ? fmt::format("{} to {}", min, *max) : fmt::format("at least {}", min);
  }
};

std::string shown(const std::optional<std::string>& value) {
  return value ? fmt::format("'{}'", excerpt(*value)) : "NULL";
}

class QueryJudge {
 public:
  QueryJudge(const std::vector<Expectation>& expected, const WantedRows& wanted,
             const PostgresRows& answer)
      : expected_(expected), wanted_(wanted), answer_(answer) {}

  Outcome judge() {
    const auto count = answer_.rows.size();
    const bool enough = wanted_.holds(count);
    findings_.add(enough ? Status::passed : Status::failed, "rows of the answer", wanted_.text(),
                  counted(count, "row"));
    if (!enough) summary_ = fmt::format("{}, {} expected", counted(count, "row"), wanted_.text());
    for (const auto& expectation : expected_) judge_column(expectation);
    if (summary_.empty()) summary_ = summary_of_pass();
    // An empty answer that the checklist asks for is one thing examined: the answer.
    return findings_.outcome(summary_, std::max<std::size_t>(count, 1));
  }

 private:
  std::size_t index_of(const std::string& column) const {
    if (std::ranges::count(answer_.columns, column) > 1)
      throw CannotTell("unreadable", fmt::format("the answer has several columns '{}': give them "
                                                 "names with AS",
                                                 column));
    const auto found = std::ranges::find(answer_.columns, column);
    if (found == answer_.columns.end())
      throw CannotTell("not-found", fmt::format("the answer has no column '{}'; it has: {}", column,
                                                fmt::join(answer_.columns, ", ")));
    return static_cast<std::size_t>(found - answer_.columns.begin());
  }

  // The row's number, and its first value where that helps to find it.
  std::string subject(std::size_t row, std::size_t column) const {
    const auto name = "column " + answer_.columns[column];
    if (answer_.rows.size() == 1) return name;
    const auto& first = answer_.rows[row].front();
    return column == 0 || !first
               ? fmt::format("row {}, {}", row + 1, name)
               : fmt::format("row {} ({}), {}", row + 1, excerpt(*first, 60), name);
  }

  void judge_column(const Expectation& expectation) {
    const auto column = index_of(expectation.column);
    std::size_t right = 0, wrong = 0;
    Status untold = Status::errored;  // failed once one of the rows left out is
    for (std::size_t row = 0; row < answer_.rows.size(); ++row) {
      const auto& value = answer_.rows[row].at(column);
      try {
        if (expectation.holds(value)) {
          ++right;
          continue;
        }
        if (++wrong > most_rows_told) {
          untold = Status::failed;
          continue;
        }
        tell(fmt::format("{}: {}, {} expected", subject(row, column), shown(value),
                         expectation.text()));
        findings_.add(Status::failed, subject(row, column), expectation.text(), shown(value));
      } catch (const CannotTell& unknown) {
        if (++wrong > most_rows_told) continue;
        tell(subject(row, column) + ": " + unknown.what());
        findings_.add_unknown(subject(row, column), expectation.text(), unknown.reason(),
                              unknown.what());
      }
    }
    if (wrong > most_rows_told)
      findings_.add(untold, "column " + expectation.column, expectation.text(),
                    fmt::format("not so in {} more rows", wrong - most_rows_told));
    if (right > 0)
      findings_.add(Status::passed, "column " + expectation.column, expectation.text(),
                    answer_.rows.size() == 1 ? shown(answer_.rows[0].at(column))
                    : wrong == 0             ? fmt::format("so in all {} rows", right)
                                 : fmt::format("so in {} of {} rows", right, right + wrong));
  }

  // The first fault is the summary.
  void tell(std::string fault) {
    if (summary_.empty()) summary_ = std::move(fault);
  }

  std::string summary_of_pass() const {
    auto text = counted(answer_.rows.size(), "row");
    for (std::size_t index = 0; index < expected_.size() && !answer_.rows.empty(); ++index) {
      const auto& expectation = expected_[index];
      text += fmt::format("{}{} {}", index == 0 ? ": " : ", ", expectation.column,
                          answer_.rows.size() == 1
                              ? shown(answer_.rows[0].at(index_of(expectation.column)))
                              : expectation.text());
    }
    return text;
  }

  const std::vector<Expectation>& expected_;
  const WantedRows& wanted_;
  const PostgresRows& answer_;
  Findings findings_;
  std::string summary_;
};

class QueryCheck : public Check {
 public:
  QueryCheck(PostgresSource source, std::string sql, std::vector<Expectation> expected,
             WantedRows wanted)
      : source_(std::move(source)),
        sql_(std::move(sql)),
        expected_(std::move(expected)),
        wanted_(wanted) {}

  std::vector<std::string> kubernetes_paths() const override { return source_.kubernetes_paths(); }

  Outcome run(const CheckContext& context) const override {
    const auto answer =
        context.clients.postgres.query(source_.target(context), sql_, {}, limits_of(context));
    return QueryJudge(expected_, wanted_, answer).judge();
  }

 private:
  PostgresSource source_;
  std::string sql_;
  std::vector<Expectation> expected_;
  WantedRows wanted_;
};

// The first word, in lower case, behind comments and opening brackets.
std::string first_word(std::string_view sql) {
  while (!sql.empty()) {
    const auto is_blank = sql[0] == '(' || std::isspace(static_cast<unsigned char>(sql[0])) != 0;
    if (is_blank)
      sql.remove_prefix(1);
    else if (sql.starts_with("--"))
      sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
    else if (sql.starts_with("/*"))
      sql.remove_prefix(std::min(sql.find("*/") + 2, sql.size()));
    else
      break;
  }
  std::string word;
  for (const unsigned char c : sql) {
    if (std::isalpha(c) == 0) break;
    word += static_cast<char>(std::tolower(c));
  }
  return word;
}

Expectation read_expectation(const Settings& settings) {
  Expectation expectation;
  expectation.column = settings.text("column");
  if (settings.has("equals")) expectation.equals = settings.text("equals");
  if (settings.has("not-equals")) expectation.not_equals = settings.text("not-equals");
  if (settings.has("matches")) expectation.matches = Pattern(settings.text("matches"));
  expectation.min = settings.optional_number("min");
  expectation.max = settings.optional_number("max");
  expectation.null = settings.flag("is-null");
  expectation.not_null = settings.flag("not-null");
  const bool of_value = expectation.equals || expectation.not_equals || expectation.matches ||
                        expectation.min || expectation.max || expectation.not_null;
  if (!of_value && !expectation.null)
    settings.mistake("column",
                     fmt::format("nothing is expected of the column '{}': give one of "
                                 "equals, not-equals, matches, min, max, is-null, not-null",
                                 expectation.column));
  if (of_value && expectation.null)
    settings.mistake("is-null", "a value that is NULL can meet nothing else");
  if (expectation.min && expectation.max && *expectation.min > *expectation.max)
    settings.mistake("max", "'max' must not be less than 'min'");
  return expectation;
}

WantedRows read_wanted_rows(const Settings& settings) {
  const auto exactly = settings.optional_integer("rows");
  WantedRows wanted{settings.optional_integer("min-rows").value_or(1),
                    settings.optional_integer("max-rows")};
  if (exactly && (settings.has("min-rows") || settings.has("max-rows")))
    settings.mistake("rows", "give either 'rows' or 'min-rows' and 'max-rows'");
  else if (wanted.max && *wanted.max < wanted.min)
    settings.mistake("max-rows",
                     "'max-rows' must not be less than 'min-rows', which is 1 when it "
                     "is left out; for no rows at all give rows: 0");
  if (exactly.value_or(0) < 0 || wanted.min < 0)
    settings.mistake(exactly ? "rows" : "min-rows", "a number of rows must not be negative");
  return exactly ? WantedRows{*exactly, exactly} : wanted;
}

std::unique_ptr<Check> create_query(const Settings& settings) {
  const auto sql = settings.text("sql");
  const auto word = first_word(sql);
  constexpr std::string_view reading[] = {"select", "with", "values", "table", "show"};
  if (settings.has("sql") && std::ranges::find(reading, word) == std::end(reading))
    settings.mistake("sql",
                     "'sql' must be a query that reads: SELECT, WITH, VALUES, TABLE or SHOW");
  std::vector<Expectation> expected;
  for (const auto& expectation : settings.objects("expect"))
    expected.push_back(read_expectation(expectation));
  const bool of_rows = settings.has("rows") || settings.has("min-rows") || settings.has("max-rows");
  if (expected.empty() && !of_rows)
    settings.mistake("sql", "nothing is expected of the answer: give 'expect' or a number of rows");
  return std::make_unique<QueryCheck>(PostgresSource(settings), sql, std::move(expected),
                                      read_wanted_rows(settings));
}

}  // namespace

constinit const CheckKind postgres_query{
    "postgres.query", "a read-only SQL query answers with the expected rows and values",
    settings_of_query, create_query};

}  // namespace postflight
