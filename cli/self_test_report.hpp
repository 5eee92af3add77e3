#pragma once

#include <string>
#include <vector>

#include "cli/self_test.hpp"

namespace postflight {

// One line a check; with `verbose` also which changes went unnoticed and which facts nothing made
// fail.
std::string self_test_text(const std::vector<TestedCheck>& checks, bool verbose);

// postflight.selftest/v1: docs/selftest.md tells the fields.
std::string self_test_json(const std::string& checklist, const std::vector<TestedCheck>& checks,
                           int exit_code);

// 1: a check is vacuous or green without an answer; 2: a blocking check was not tested, or nothing
// was; else 0.
int self_test_exit_code(const std::vector<TestedCheck>& checks);

}  // namespace postflight
