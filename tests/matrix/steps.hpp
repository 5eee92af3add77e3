#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/matrix/failure.hpp"
#include "tests/matrix/subject.hpp"
#include "tests/matrix/world.hpp"

namespace postflight::matrix {

// What a step asks of its part, beside what its program asks before: kubectl's discovery.
struct StepQuestion {
  Question question;               // as the step's program asks it
  std::vector<std::string> peers;  // the subject's questions for the same, the nearest first
};

// A step of an upgrade checklist as a shell command, and the subject that asks the same.
struct Step {
  std::string name;                // "1 endpoints"
  std::string file;                // in tests/matrix/seven_steps
  std::string subject;             // its name
  std::set<std::string> families;  // of failures that it is compared in
  std::vector<StepQuestion> questions;
  std::string no_failures;  // RE2: what fails postflight, and rightly leaves the step unharmed
};

// What somebody who runs the step takes it for: tests/matrix/seven_steps/README.md has the rule.
enum class Reading { passed, failed, error, no_answer, not_asked };

const std::vector<Step>& steps();
const Subject& subject_of(const Step& step);

// Runs the step in that world.
Reading read_step(const Step& step, const Addresses& world);

// The programs that the steps need and that are not here; empty when all are.
std::string missing_programs();

// What the steps say that do not pass in the world in which nothing fails.
std::string complaints_about_health(const World& world);

// The questions that a step is said to ask, and does not.
std::string questions_never_asked(const World& world);

}  // namespace postflight::matrix
