#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runner/check.hpp"

namespace postflight {

// The facts of the same question asked several times, told once where the answers agree: "10 of 10
// answers: status 302", and "answers 3 and 7 of 10: status 401" where they do not. The answers to
// one question are the facts of the same subject and expectation.
std::vector<Evidence> fold_answers(const std::vector<std::vector<Evidence>>& answers);

// "answers 3 and 7 of 10"; `which` counts from 0 and is not empty. Long lists are cut.
std::string answers_text(const std::vector<std::size_t>& which, std::size_t total);

}  // namespace postflight
