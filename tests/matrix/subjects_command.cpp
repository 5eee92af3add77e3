#include <fmt/format.h>

#include "tests/matrix/subject.hpp"

namespace postflight::matrix {

std::vector<Subject> command_subjects() {
  const auto plan = [](std::string variant, std::string more) {
    return Subject{"terraform.plan-clean",
                   std::move(variant),
                   Part::command,
                   {"command"},
                   {},
                   [more = std::move(more)](const Addresses& world) {
                     return fmt::format("{{directory: '{}', argv: ['{}']{}}}",
                                        world.terraform_directory, world.terraform, more);
                   }};
  };
  return {plan("", ""), plan("known drift allowed", ", allow: ['terraform_data.*', 'output.*']"),
          plan("without refresh", ", refresh: false")};
}

}  // namespace postflight::matrix
