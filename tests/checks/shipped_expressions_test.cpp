// The expressions of checklists/cluster.yaml that ask about pods: there are most of those.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "checks/support/jq.hpp"
#include "checks/support/jq_fields.hpp"
#include "clients/list_use.hpp"
#include "runner/yaml.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace postflight::test {
namespace {

using nlohmann::json;

// By the check's id. Every variable in them is a number of minutes, hours or the like.
std::map<std::string, std::vector<std::string>> expressions_about_pods() {
  std::ifstream file(SOURCE_ROOT "/checklists/cluster.yaml");
  std::stringstream text;
  text << file.rdbuf();
  std::vector<Mistake> mistakes;
  const auto checklist = read_yaml(text.str(), "cluster.yaml", mistakes);
  REQUIRE(mistakes.empty());
  std::map<std::string, std::vector<std::string>> found;
  for (const auto& check : checklist.find("checks")->items) {
    const auto* with = check.find("with");
    const auto* resource = with == nullptr ? nullptr : with->find("resource");
    if (resource == nullptr || resource->text != "pods") continue;
    for (const auto* setting : {"where", "violations", "warnings"}) {
      const auto* expression = with->find(setting);
      if (expression == nullptr) continue;
      auto written = expression->text;
      for (auto at = written.find("${"); at != std::string::npos; at = written.find("${", at))
        written.replace(at, written.find('}', at) + 1 - at, "10");
      found[check.find("id")->text].push_back(written);
    }
  }
  return found;
}

// How many texts it yields; -1 when it fails.
int outputs_of(const std::string& expression, const json& object) {
#if defined(__SANITIZE_ADDRESS__)
  const __lsan::ScopedDisabler leaks_of_libjq;  // of an error inside .[]
#endif
  const JqExpression compiled(expression, {});
  auto text = object.dump();
  const auto size = text.size();
  text.append(64, ' ');
  const ListItem item(std::string_view(text).substr(0, size));
  const JqLimits limits{std::chrono::sys_days{std::chrono::year{2026} / 11 / 27},
                        std::chrono::steady_clock::now() + std::chrono::minutes(1)};
  try {
    return static_cast<int>(compiled.evaluate(JqValue(item), limits).size());
  } catch (const JqError&) {
    return -1;
  }
}

}  // namespace

TEST_CASE("of a pod no value is made of what no shipped expression reads", "[shipped]") {
  JqFields fields;
  for (const auto& [id, expressions] : expressions_about_pods())
    for (const auto& expression : expressions) fields.add_read_by(expression);
  const auto* spec = fields.member("spec");
  const auto* status = fields.member("status");
  REQUIRE(spec != nullptr);
  REQUIRE(status != nullptr);
  CHECK(spec->member("nodeName") != nullptr);
  for (const auto* unread : {"containers", "volumes", "tolerations"})
    CHECK(spec->member(unread) == nullptr);
  for (const auto* list : {"containerStatuses", "initContainerStatuses"}) {
    REQUIRE(status->member(list) != nullptr);
    const auto& container = status->member(list)->element();
    CHECK(container.member("state") != nullptr);
    for (const auto* unread : {"image", "imageID", "containerID", "resources", "volumeMounts"})
      CHECK(container.member(unread) == nullptr);
  }
}

TEST_CASE("a container of which the API says what cannot be is no container that runs well",
          "[shipped]") {
  const auto expressions = expressions_about_pods().at("pods-not-restarting");
  REQUIRE(expressions.size() == 1);
  const auto of = [&](const json& container) {
    return outputs_of(expressions.front(), {{"metadata", {{"name", "web"}}},
                                            {"status", {{"containerStatuses", {container}}}}});
  };
  const json running{{"running", json::object()}};
  CHECK(of({{"state", running}, {"lastState", json::object()}}) == 0);
  CHECK(of({{"state", running}}) == 0);
  CHECK(of({{"state", {{"terminated", nullptr}}}, {"lastState", {{"terminated", nullptr}}}}) == 0);
  CHECK(of({{"name", "c"},
            {"state",
             {{"terminated",
               {{"finishedAt", "2026-11-26T23:59:00Z"},
                {"exitCode", 1},
                {"reason", "OOMKilled"}}}}}}) == 1);
  for (const auto& odd : std::vector<json>{false, true, 7, "text", json::array({1})}) {
    CHECK(of({{"state", {{"terminated", odd}}}}) == -1);
    CHECK(of({{"state", running}, {"lastState", {{"terminated", odd}}}}) == -1);
  }
}

}  // namespace postflight::test
