#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/matrix/failure.hpp"

namespace postflight::matrix {

// The real database, in a state in which it does not answer as it should.
class Altered : public BrokenWorld {
 public:
  explicit Altered(const World& world);

  const World& world() const { return world_; }
  // Runs SQL as the superuser. {table} is a table of sessions of this world alone, to which no
  // visit writes; {name} a name that nobody else has; {reader} the role that we are.
  void execute(const std::string& sql);
  std::string filled_in(const std::string& sql);
  // Asks as that role, of that table, in that database.
  void use_role(const std::string& role);
  void use_table(const std::string& table);
  void use_database(const std::string& database);
  void use_server(int port);
  // A port that is taken and on which nobody listens.
  void use_port_of_nobody();
  // A statement whose transaction stays open as long as this lives.
  void hold(const std::string& sql);

 private:
  const World& world_;
  std::string table_, name_;
  std::vector<std::shared_ptr<void>> held_;
};

// What `alter` does to the world fails whatever is asked of its database.
Failure altered_database(std::string name, std::set<std::string> reasons,
                         std::function<void(Altered&)> alter);

}  // namespace postflight::matrix
