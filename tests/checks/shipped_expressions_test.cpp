// The expressions of checklists/cluster.yaml that ask about pods: there are most of those.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "checks/support/jq.hpp"
#include "checks/support/jq_alike.hpp"
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

const JqLimits limits{std::chrono::sys_days{std::chrono::year{2026} / 11 / 27},
                      std::chrono::steady_clock::time_point::max()};

// Runs `look` with what jq is given of that object.
template <typename Look>
auto with_value(const json& object, Look look) {
#if defined(__SANITIZE_ADDRESS__)
  const __lsan::ScopedDisabler leaks_of_libjq;  // of an error inside .[]
#endif
  auto text = object.dump();
  const auto size = text.size();
  text.append(64, ' ');
  const ListItem item(std::string_view(text).substr(0, size));
  return look(JqValue(item));
}

// Nothing when it fails.
std::optional<std::vector<std::string>> outputs(const JqExpression& expression,
                                                const JqValue& value,
                                                const JqLimits& when = limits) {
  std::vector<std::string> texts;
  try {
    for (auto& output : expression.evaluate(value, when)) texts.push_back(std::move(output.text));
  } catch (const JqError&) {
    return std::nullopt;
  }
  return texts;
}

// How many texts it yields; -1 when it fails.
int outputs_of(const std::string& expression, const json& object) {
  return with_value(object, [&](const JqValue& value) {
    const auto texts = outputs(JqExpression(expression, {}), value);
    return texts ? static_cast<int>(texts->size()) : -1;
  });
}

json recorded(const std::string& name) {
  return json::parse(std::ifstream(FIXTURES "/kubernetes/" + name));
}

// The pod with something else in each place of its status and in some others, one at a time.
std::vector<json> changed(const json& pod) {
  std::vector<json> all;
  const auto change = [&](const json::json_pointer& at) {
    static const json others[] = {nullptr,
                                  true,
                                  7,
                                  "",
                                  "Failed",
                                  "2026-11-26T23:59:00Z",
                                  "False",
                                  json::array(),
                                  json::object(),
                                  {{"reason", "Error"}}};
    for (const auto& other : others) {
      all.push_back(pod);
      all.back()[at] = other;
    }
  };
  for (const auto* place : {"/metadata/deletionTimestamp", "/metadata/creationTimestamp",
                            "/metadata/ownerReferences", "/spec/nodeName", "/spec/restartPolicy"})
    change(json::json_pointer(place));
  const auto flat = pod.at("status").flatten();
  for (const auto& [place, value] : flat.items())
    if (place.find("volumeMounts") == place.npos) change(json::json_pointer("/status" + place));
  return all;
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

// Of ten thousand pods, most are answered without asking jq: docs/decisions/0016.
TEST_CASE("what is known of pods that are alike is what the shipped expressions say of each",
          "[shipped]") {
  std::vector<std::string> texts;
  std::vector<JqExpression> each;
  std::vector<JqQuestion> together;
  for (const auto& [id, expressions] : expressions_about_pods())
    for (const auto& expression : expressions) {
      texts.push_back(expression);
      each.emplace_back(expression, Position{});
      together.push_back({{}, {each.back()}});
    }
  REQUIRE(JqExpression::compile({together}).empty());
  const auto compile = [&](const std::vector<std::string>& parts) -> JqAlike::Ask {
    CHECK(parts.size() == texts.size());
    std::vector<JqExpression> asked;
    for (const auto& part : parts) asked.emplace_back(part, Position{});
    return [asked](const JqValue& value, const JqLimits& when) -> std::optional<JqAnswers> {
      JqAnswers answers;
      try {
        for (const auto& part : asked) answers.emplace_back(part.evaluate(value, when));
      } catch (const JqError&) {
        return std::nullopt;
      }
      return answers;
    };
  };
  const JqLimits later{std::chrono::sys_days{std::chrono::year{2027} / 1 / 1}, limits.deadline};
  JqAlike alike(texts, compile, {});
  auto pod = recorded("pod.json");
  for (int number = 0; number < 64; ++number) {
    pod["metadata"]["name"] = "web-" + std::to_string(number);
    pod["spec"]["nodeName"] = "node-" + std::to_string(number);
    pod["metadata"]["creationTimestamp"] =
        "2026-11-27T00:00:" + std::to_string(10 + number % 50) + "Z";
    with_value(pod, [&](const JqValue& value) {
      CHECK(alike.answers_to(value, later) == nullptr);
      alike.note(value, JqAnswers(texts.size(), std::vector<JqOutput>()), std::chrono::seconds(1));
    });
  }
  with_value(pod, [&](const JqValue& value) {
    const auto known = alike.answers_to(value, later);
    REQUIRE(known != nullptr);
    for (const auto& answer : *known) CHECK(answer);
  });

  std::vector<json> pods = changed(pod);
  const auto trouble = recorded("trouble_pods_list.json");
  for (const auto& in_trouble : trouble.at("items")) {
    pods.push_back(in_trouble);
    for (auto& other : changed(in_trouble)) pods.push_back(std::move(other));
  }
  std::size_t known_of = 0, yielding = 0, failing = 0;
  for (const auto& one : pods)
    with_value(one, [&](const JqValue& value) {
      const auto known = alike.answers_to(value, later);
      for (std::size_t at = 0; at < each.size(); ++at) {
        const auto wanted = outputs(each[at], value, later);
        yielding += wanted && !wanted->empty() ? 1 : 0;
        failing += wanted ? 0 : 1;
        if (known == nullptr || !(*known)[at]) continue;
        ++known_of;
        std::vector<std::string> said;
        for (const auto& output : *(*known)[at]) said.push_back(output.text);
        if (said == wanted) continue;
        INFO(texts[at] << "\n" << one.dump(1));
        CHECK(said == wanted);
      }
      return 0;
    });
  CHECK(known_of > 3000);
  CHECK(yielding > 300);
  CHECK(failing > 100);
}

}  // namespace postflight::test
