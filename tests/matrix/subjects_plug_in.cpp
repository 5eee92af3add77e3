#include <fmt/format.h>

#include "tests/matrix/subject.hpp"

namespace postflight::matrix {

std::vector<Subject> plug_in_subjects() {
  const auto run = [](const std::string& contract, std::string variant) {
    return Subject{"command.run",
                   std::move(variant),
                   Part::plug_in,
                   {"plug-in"},
                   {},
                   [contract](const Addresses& world) {
                     return fmt::format("{{argv: ['{}', {}], contract: {}, directory: '{}'}}",
                                        world.plug_in, contract, contract, world.plug_in_directory);
                   }};
  };
  return {run("monitoring-plugin", "monitoring plug-in"), run("outcome", "outcome in JSON")};
}

}  // namespace postflight::matrix
