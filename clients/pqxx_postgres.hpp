#pragma once

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "clients/postgres.hpp"

namespace postflight {

// PostgreSQL through libpqxx (6.4 and 7). Each query is one statement on a connection of its own,
// in a read-only transaction that is always rolled back: the extended protocol takes one statement
// only, so none can leave it. A table whose row security would hide rows from us is an error
// (forbidden), never a table with fewer rows. Ends by the deadline and on stop even where the
// server, or the look-up of its name, hangs.
class PqxxPostgres : public Postgres {
 public:
  PqxxPostgres();
  // Waits for connections that were given up while they were being made: libpq cannot be told to
  // stop, but ends by itself after 10 seconds for each address it tries.
  ~PqxxPostgres() override;
  PqxxPostgres(const PqxxPostgres&) = delete;
  PqxxPostgres& operator=(const PqxxPostgres&) = delete;

  PostgresRows query(const PostgresTarget& target, const std::string& sql,
                     const std::vector<std::string>& parameters, const Limits& limits) override;

  // True when the destructor would wait.
  bool waits_for_servers() const;

 private:
  struct Conversation;
  struct LeftBehind {
    std::shared_ptr<Conversation> conversation;
    std::thread thread;
  };
  static PostgresRows ask(Conversation& conversation);
  static void talk(Conversation& conversation);
  void leave_behind(LeftBehind left);

  mutable std::mutex mutex_;
  std::vector<LeftBehind> left_behind_;
};

}  // namespace postflight
