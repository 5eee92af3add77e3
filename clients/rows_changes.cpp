#include "clients/rows_changes.hpp"

#include <algorithm>
#include <cctype>

#include "clients/text_changes.hpp"

namespace postflight {
namespace {

using Changes = std::vector<RowsChange>;
using Row = std::vector<std::optional<std::string>>;

constexpr std::size_t most_rows = 8;  // that are changed one by one
constexpr std::size_t many = 1000;

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The words and brackets of SQL that decide whether it always answers with one row.
bool always_has_one_row(const std::string& sql) {
  const auto text = in_lower_case(sql);
  const auto has = [&](const char* part) { return text.find(part) != std::string::npos; };
  return has("count(") && !has("group by") && !has("having") && !has("limit") && !has("union") &&
         !has("returning");
}

void add(Changes& changes, std::string what, int rank, std::function<void(PostgresRows&)> apply) {
  changes.push_back({std::move(what), rank, std::move(apply)});
}

// In the column's rows from `first` to `last`; NULL stays.
void edit_cells(Changes& changes, std::size_t column, std::size_t first, std::size_t last,
                const std::string& what, int rank,
                std::function<void(std::optional<std::string>&)> edit) {
  add(changes, what, rank, [column, first, last, edit = std::move(edit)](PostgresRows& answer) {
    for (std::size_t row = first; row < std::min(last, answer.rows.size()); ++row)
      if (column < answer.rows[row].size()) edit(answer.rows[row][column]);
  });
}

void add_cell_changes(const PostgresRows& rows, std::size_t column, bool may_be_null,
                      const std::vector<Plant>& plants, Changes& changes) {
  const auto& name = rows.columns[column];
  const auto sample = std::ranges::find_if(
      rows.rows, [&](const Row& row) { return column < row.size() && row[column].has_value(); });
  const auto& word = sample == rows.rows.end() ? std::string("0") : *(*sample)[column];
  auto words = word_changes(word);
  for (const auto& plant : plants)
    if (!plant.is_name)
      words.push_back({"becomes " + plant.about, 1, [plant](const auto&) { return plant.text; }});
  const auto each_of = [&](const std::string& what, int rank, const auto& edit) {
    edit_cells(changes, column, 0, rows.rows.size(), "column " + name + ": " + what, rank, edit);
    for (std::size_t row = 0; rows.rows.size() > 1 && row < std::min(rows.rows.size(), most_rows);
         ++row)
      edit_cells(changes, column, row, row + 1,
                 "column " + name + ", row " + std::to_string(row + 1) + ": " + what, rank + 2,
                 edit);
  };
  for (const auto& change : words)
    each_of(change.what, change.rank, [apply = change.apply](std::optional<std::string>& cell) {
      cell = apply(cell.value_or("0"));
    });
  if (may_be_null)
    each_of("becomes NULL", 1, [](std::optional<std::string>& cell) { cell.reset(); });
}

// As when the table held more: more of the last row, or one where there was none.
void add_rows(PostgresRows& answer, std::size_t count) {
  const auto row = answer.rows.empty() ? Row(answer.columns.size(), std::optional<std::string>("1"))
                                       : answer.rows.back();
  for (std::size_t added = 0; added < count; ++added) answer.rows.push_back(row);
}

void add_row_changes(const PostgresRows& rows, Changes& changes) {
  if (!rows.rows.empty())
    add(changes, "no rows", 0, [](PostgresRows& answer) { answer.rows.clear(); });
  for (std::size_t row = 0; rows.rows.size() > 1 && row < std::min(rows.rows.size(), most_rows);
       ++row)
    add(changes, "row " + std::to_string(row + 1) + " removed", 0, [row](PostgresRows& answer) {
      if (row < answer.rows.size())
        answer.rows.erase(answer.rows.begin() + static_cast<std::ptrdiff_t>(row));
    });
  add(changes, "one more row", 0, [](PostgresRows& answer) { add_rows(answer, 1); });
  add(changes, "a thousand more rows", 0, [](PostgresRows& answer) { add_rows(answer, many); });
}

}  // namespace

std::vector<RowsChange> rows_changes(const std::string& sql, const PostgresRows& rows,
                                     const std::vector<Plant>& plants) {
  Changes changes;
  const bool one_row = rows.rows.size() == 1 && always_has_one_row(sql);
  if (!one_row) add_row_changes(rows, changes);
  for (std::size_t column = 0; column < rows.columns.size(); ++column) {
    const bool counts = one_row && rows.rows[0].size() > column && rows.rows[0][column] &&
                        std::ranges::all_of(*rows.rows[0][column],
                                            [](unsigned char c) { return std::isdigit(c) != 0; });
    add_cell_changes(rows, column, !counts, counts ? std::vector<Plant>{} : plants, changes);
  }
  return changes;
}

}  // namespace postflight
