#include <fmt/format.h>

#include "tests/matrix/subject.hpp"

namespace postflight::matrix {

namespace {

const std::set<std::string> on_postgres{"postgres-connection", "postgres-state"};

std::string database_of(const Addresses& world) {
  return fmt::format("url: '{}', password: \"{}\"", world.database_url, world.database_password);
}

Subject query() {
  return {"postgres.query", "", Part::database, on_postgres, {}, [](const Addresses& world) {
            return fmt::format(
                "{{{}, sql: \"SELECT count(*) AS sessions, max(expires) > now() AS valid FROM "
                "{}\", expect: [{{column: sessions, min: 1}}, {{column: valid, equals: t}}]}}",
                database_of(world), world.session_table);
          }};
}

Subject growth() {
  return {"postgres.session-growth",
          "with a request",
          Part::database,
          on_postgres,
          {{"first look", "^1$"}, {"look for new rows", "[2-9]|[0-9]{2,}"}},
          [](const Addresses& world) {
            return fmt::format(
                "{{{}, table: {}, growth: {{request: {{url: '{}', resolve: '{}', ca-file: '{}'}}}}"
                "}}",
                database_of(world), world.session_table, world.edge_url, world.edge_address,
                world.edge_ca_file);
          }};
}

Subject one_look() {
  return {"postgres.session-growth",
          "one look",
          Part::database,
          on_postgres,
          {},
          [](const Addresses& world) {
            return fmt::format("{{{}, table: {}}}", database_of(world), world.session_table);
          }};
}

}  // namespace

std::vector<Subject> database_subjects() { return {query(), growth(), one_look()}; }

}  // namespace postflight::matrix
