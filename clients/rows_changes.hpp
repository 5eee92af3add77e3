#pragma once

#include <functional>
#include <string>
#include <vector>

#include "clients/mutations.hpp"

namespace postflight {

struct RowsChange {
  std::string what;
  int rank = 0;
  std::function<void(PostgresRows&)> apply;
};

// Of rows and values. A query that counts without grouping has one row whatever the world is like,
// and a count is never NULL: there only numbers are changed.
std::vector<RowsChange> rows_changes(const std::string& sql, const PostgresRows& rows,
                                     const std::vector<Plant>& plants);

}  // namespace postflight
