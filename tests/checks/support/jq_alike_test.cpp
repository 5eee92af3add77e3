#include "checks/support/jq_alike.hpp"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "clients/list_use.hpp"

namespace postflight::test {
namespace {

const JqLimits limits{std::chrono::system_clock::time_point{},
                      std::chrono::steady_clock::time_point::max()};

// Runs `look` with a value of that text.
template <typename Look>
auto with_value(const std::string& text, Look look) {
  const auto with_room = text + std::string(64, ' ');
  const ListItem item(std::string_view(with_room).substr(0, text.size()));
  return look(item.as<JqValue>());
}

std::string shown(const std::optional<std::vector<JqOutput>>& outputs) {
  if (!outputs) return "?";
  if (outputs->empty()) return "none";
  std::string all;
  for (const auto& output : *outputs) all += "<" + output.text + ">";
  return all;
}

// Answers as jq does, each expression by itself, and counts how often it was asked.
struct Asked {
  std::vector<std::string> expressions;
  int calls = 0;

  JqAlike::Compile compile() {
    return [this](const std::vector<std::string>& texts) {
      expressions = texts;
      return JqAlike::Ask(
          [this](const JqValue& object, const JqLimits& when) -> std::optional<JqAnswers> {
            ++calls;
            JqAnswers all;
            try {
              for (const auto& text : expressions)
                all.emplace_back(JqExpression(text, {}).evaluate(object, when));
            } catch (const JqError&) {
              return std::nullopt;
            }
            return all;
          });
    };
  }
};

std::string answers(JqAlike& alike, const std::string& object, const JqLimits& when = limits) {
  return with_value(object, [&](const JqValue& value) {
    const auto known = alike.answers_to(value, when);
    if (known == nullptr) return std::string("nothing known");
    std::string all;
    for (const auto& outputs : *known) all += (all.empty() ? "" : " ") + shown(outputs);
    return all;
  });
}

std::string pod(int number, const std::string& phase) {
  return fmt::format(R"({{"metadata":{{"name":"web-{}"}},"status":{{"phase":"{}"}}}})", number,
                     phase);
}

// What comes before it begins, and the sample but for its last.
void see_first(JqAlike& alike, int wait, const std::string& object = "") {
  for (int number = 0; number < wait + 63; ++number)
    REQUIRE(answers(alike, object.empty() ? pod(number, "Running") : object) == "nothing known");
}

}  // namespace

TEST_CASE("what one object was answered is known of those that are like it", "[jq-alike]") {
  Asked asked;
  JqAlike alike({R"jq(select(.status.phase != "Running") | "\(.metadata.name) is \(.status.phase)")jq",
                 R"(.status.phase == "Running")", ".metadata.name"},
                asked.compile(), 10);
  see_first(alike, 10);
  CHECK(asked.calls == 0);
  // The first only up to where it names the object; the last tells all apart.
  CHECK(answers(alike, pod(100, "Running")) == "none <true> ?");
  CHECK(asked.expressions.size() == 2);
  CHECK(answers(alike, pod(101, "Running")) == "none <true> ?");
  CHECK(asked.calls == 1);
  // Another phase is another kind. What is yielded after the first stage is not known.
  CHECK(answers(alike, pod(102, "Failed")) == "? <false> ?");
  CHECK(answers(alike, pod(103, "Pending")) == "? <false> ?");
  CHECK(asked.calls == 2);  // nobody tells those two apart
  CHECK(answers(alike, R"({"metadata":{"name":"web"},"status":{}})") == "? <false> ?");
  CHECK(asked.calls == 3);
}

TEST_CASE("what failed is not known of any", "[jq-alike]") {
  Asked asked;
  JqAlike alike({R"(.status.phase.word == null)"}, asked.compile(), 0);
  see_first(alike, 0, R"({"status":{"phase":{}}})");
  CHECK(answers(alike, R"({"status":{"phase":{}}})") == "<true>");
  CHECK(answers(alike, R"({"status":{"phase":"Running"}})") == "nothing known");
  CHECK(answers(alike, R"({"status":{"phase":"Failed"}})") == "nothing known");
  CHECK(answers(alike, R"({"status":{"phase":{}}})") == "<true>");
}

TEST_CASE("an answer is for one moment", "[jq-alike]") {
  Asked asked;
  JqAlike alike({"now > 100"}, asked.compile(), 0);
  see_first(alike, 0);
  CHECK(answers(alike, pod(1, "Running")) == "<false>");
  const JqLimits later{std::chrono::system_clock::time_point{} + std::chrono::seconds(200),
                       limits.deadline};
  CHECK(answers(alike, pod(1, "Running"), later) == "<true>");
  CHECK(answers(alike, pod(2, "Running"), later) == "<true>");
  CHECK(answers(alike, pod(1, "Running")) == "<false>");
}

TEST_CASE("nobody looks for likes where there are none", "[jq-alike]") {
  Asked asked;
  JqAlike all_different({".metadata.name", "select(.metadata.name == .status.phase) | 1"},
                        asked.compile(), 0);
  for (int number = 0; number < 100; ++number)
    CHECK(answers(all_different, pod(number, "Running")) == "nothing known");
  CHECK(asked.expressions.empty());

  // Alike at first, and never again: it is given up, and asks no more.
  JqAlike at_first({".status.phase"}, asked.compile(), 0);
  see_first(at_first, 0);
  for (int number = 0; number < 2000; ++number)
    answers(at_first, pod(number, fmt::format("Phase{}", number)));
  CHECK(asked.calls < 300);
  CHECK(answers(at_first, pod(1, "Phase1")) == "nothing known");
}

TEST_CASE("expressions about a large list come to the same as about each object by itself",
          "[jq-alike]") {
  const std::vector<std::string> texts = {
      R"jq(select(.status.phase != "Running") | "\(.metadata.name) is \(.status.phase)")jq",
      R"([.status.containerStatuses[]? | select(.ready == false)] as $not | select(($not | length) > 0) | $not[].name)",
      R"(select(.status.phase == "Odd") | .metadata.name | error)",
      R"(select(.status.restarts > 2) | .status.restarts | tostring)"};
  std::vector<JqQuestion> together;
  std::vector<JqExpression> apart;
  for (const auto& text : texts) {
    together.push_back({{}, {JqExpression(text, {})}});
    // As jq has it; and not understood here, so that nothing is known of its stages.
    apart.emplace_back("reduce . as $all (null; $all) | " + text, Position{});
  }
  REQUIRE(JqExpression::compile({together}).empty());
  const auto outcome = [](const JqExpression& expression, const JqValue& value) {
    try {
      return shown(expression.evaluate(value, limits));
    } catch (const JqError& error) {
      return std::string("failed: ") + error.what();
    }
  };
  std::size_t outputs = 0, failures = 0;
  for (int number = 0; number < 1500; ++number) {
    const auto* phase = number % 97 == 0 ? "Odd" : number % 31 == 0 ? "Failed" : "Running";
    const auto object = fmt::format(
        R"({{"metadata":{{"name":"web-{0}"}},"status":{{"phase":"{1}","restarts":{2},"containerStatuses":)"
        R"([{{"name":"c{0}","ready":{3}}}]}}}})",
        number, phase, number % 5 == 0 ? number % 4 : 0, number % 53 != 0);
    INFO(object);
    with_value(object, [&](const JqValue& value) {
      for (std::size_t at = 0; at < texts.size(); ++at) {
        const auto wanted = outcome(apart[at], value);
        CHECK(outcome(together[at].then[0], value) == wanted);
        outputs += wanted == "none" ? 0 : 1;
        failures += wanted.starts_with("failed") ? 1 : 0;
      }
    });
  }
  CHECK(outputs > 100);
  CHECK(failures > 10);
}

}  // namespace postflight::test
