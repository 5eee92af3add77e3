#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/matrix/failure.hpp"

namespace postflight::matrix {

// A kind with settings that pass in the healthy world: a column of the tables.
struct Subject {
  std::string kind;
  std::string variant;              // what sets it apart from other columns of its kind, or empty
  Part part = Part::kubernetes;     // that fails
  std::set<std::string> families;   // of failures that can hit it
  std::vector<Question> questions;  // that it asks of the part, in order
  std::function<std::string(const Addresses&)> settings;  // the YAML of `with`

  std::string name() const { return variant.empty() ? kind : kind + " (" + variant + ")"; }
};

const std::vector<Subject>& subjects();
std::vector<Subject> database_subjects();
std::vector<Subject> command_subjects();
std::vector<Subject> plug_in_subjects();
std::vector<Subject> network_subjects();
std::vector<Subject> prometheus_subjects();

}  // namespace postflight::matrix
