#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace postflight::test {

// What the Job controller does with a pod whose container ended so: the action of the first rule
// that fits (https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy).
// "" when no rule fits, which counts as Count.
std::string action_for_exit_code(const nlohmann::json& policy, const std::string& container,
                                 int exit_code);
std::string action_for_condition(const nlohmann::json& policy, const std::string& type);

}  // namespace postflight::test
