#pragma once

#include <string>
#include <vector>

#include "tests/matrix/cell.hpp"

namespace postflight::matrix {

// A step of an upgrade checklist as a shell command, and the subject that asks the same.
struct Step {
  std::string name;     // "1 endpoints"
  std::string file;     // in tests/matrix/seven_steps
  std::string subject;  // its name
};

// What somebody who runs the step takes it for: tests/matrix/seven_steps/README.md has the rule.
enum class Reading { passed, failed, error, no_answer, not_asked };

// One step and its subject, each in a world with the same failure.
struct Comparison {
  const Step* step = nullptr;
  Cell ours;
  Reading shell = Reading::error;
};

// The programs that the steps need and that are not here; empty when all are.
std::string missing_programs();

// What the steps say that do not pass in the world in which nothing fails.
std::string complaints_about_health(const World& world);

// Every step in every world of these families that its subject meets.
std::vector<Comparison> compare(const World& world, const std::vector<Family>& families);

// A section of the page: one table for each family.
std::string comparison_section(const std::string& name, const std::string& title,
                               const std::vector<Family>& families,
                               const std::vector<Comparison>& comparisons);

}  // namespace postflight::matrix
