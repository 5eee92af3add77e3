#include "tests/deploy/failure_policy.hpp"

#include <algorithm>

namespace postflight::test {

using Json = nlohmann::json;

std::string action_for_exit_code(const Json& policy, const std::string& container, int exit_code) {
  if (exit_code == 0) return "";  // no failure
  for (const auto& rule : policy.at("rules")) {
    if (!rule.contains("onExitCodes")) continue;
    const auto& wanted = rule.at("onExitCodes");
    if (wanted.value("containerName", container) != container) continue;
    const auto& values = wanted.at("values");
    const bool is_in = std::ranges::find(values, Json(exit_code)) != values.end();
    if (is_in == (wanted.at("operator") == "In")) return rule.at("action");
  }
  return "";
}

std::string action_for_condition(const Json& policy, const std::string& type) {
  for (const auto& rule : policy.at("rules")) {
    if (!rule.contains("onPodConditions")) return "";  // the container's exit code may fit first
    for (const auto& condition : rule.at("onPodConditions"))
      if (condition.at("type") == type && condition.at("status") == "True")
        return rule.at("action");
  }
  return "";
}

}  // namespace postflight::test
