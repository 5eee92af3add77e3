#pragma once

#include <string>
#include <vector>

#include "tests/matrix/cell.hpp"
#include "tests/matrix/steps.hpp"

namespace postflight::matrix {

// One step and its subject, each in a world with the same failure.
struct Comparison {
  const Step* step = nullptr;
  const StepQuestion* question = nullptr;  // null: everything
  Cell ours;
  Reading shell = Reading::error;
};

// Every step in every world of these families: while everything that it asks fails, and while only
// one of its questions does.
std::vector<Comparison> compare(const World& world, const std::vector<Family>& families);

// A section of the page: one table for each family.
std::string comparison_section(const std::string& name, const std::string& title,
                               const std::vector<Family>& families,
                               const std::vector<Comparison>& comparisons);

}  // namespace postflight::matrix
