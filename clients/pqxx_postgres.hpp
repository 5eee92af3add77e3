#pragma once

#include "clients/postgres.hpp"

namespace postflight {

// PostgreSQL through libpqxx (6.4 and 7). Each query is one statement on a connection of its own,
// in a read-only transaction that is always rolled back: the extended protocol takes one statement
// only, so none can leave it. Ends by the deadline and on stop even where the server, or the
// look-up of its name, hangs.
class PqxxPostgres : public Postgres {
 public:
  PostgresRows query(const PostgresTarget& target, const std::string& sql,
                     const std::vector<std::string>& parameters, const Limits& limits) override;
};

}  // namespace postflight
