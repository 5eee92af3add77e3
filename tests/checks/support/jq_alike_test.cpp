#include "checks/support/jq_alike.hpp"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "checks/support/jq_held.hpp"
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

// Answers as jq does, each expression by itself. Each is compiled once.
JqAnswers asked_by_itself(const std::vector<JqExpression>& expressions, const JqValue& object,
                          const JqLimits& when) {
  JqAnswers all;
  for (const auto& expression : expressions) all.emplace_back(expression.evaluate(object, when));
  return all;
}

std::vector<JqExpression> expressions_of(const std::vector<std::string>& texts) {
  std::vector<JqExpression> all;
  for (const auto& text : texts) all.emplace_back(text, Position{});
  return all;
}

// Expressions, and how often what was made of them was asked.
struct Asked {
  explicit Asked(const std::vector<std::string>& texts, int wait = 0)
      : expressions(expressions_of(texts)),
        alike(
            texts,
            [this](const std::vector<std::string>& parts) {
              asked_instead = expressions_of(parts);
              return JqAlike::Ask(
                  [this](const JqValue& object, const JqLimits& when) -> std::optional<JqAnswers> {
                    ++calls;
                    try {
                      return asked_by_itself(asked_instead, object, when);
                    } catch (const JqError&) {
                      return std::nullopt;
                    }
                  });
            },
            std::chrono::seconds(wait)) {}

  const std::vector<JqExpression> expressions;
  std::vector<JqExpression> asked_instead;
  int calls = 0;
  JqAlike alike;

  // What is known of it; else the expressions are asked, which takes them a second.
  std::string answers(const std::string& object, const JqLimits& when = limits) {
    return with_value(object, [&](const JqValue& value) -> std::string {
      const auto known = alike.answers_to(value, when);
      std::string all;
      if (known != nullptr)
        for (const auto& outputs : *known) all += (all.empty() ? "" : " ") + shown(outputs);
      if (known == nullptr || all.find('?') != all.npos) {
        JqAnswers told;
        try {
          told = asked_by_itself(expressions, value, when);
        } catch (const JqError&) {
        }
        alike.note(value, told, std::chrono::seconds(1));
      }
      return known == nullptr ? "nothing known" : all;
    });
  }

  // All of the sample.
  void see(int count, const std::function<std::string(int)>& object) {
    for (int number = 0; number < count; ++number)
      REQUIRE(answers(object(number)) == "nothing known");
  }
};

std::string pod(int number, const std::string& phase) {
  return fmt::format(R"({{"metadata":{{"name":"web-{}"}},"status":{{"phase":"{}"}}}})", number,
                     phase);
}

std::string running(int number) { return pod(number, "Running"); }

constexpr int sample = 64;
constexpr auto* names_what_does_not_run =
    R"jq(select(.status.phase != "Running") | "\(.metadata.name) is \(.status.phase)")jq";

}  // namespace

TEST_CASE("what one object was answered is known of those that are like it", "[jq-alike]") {
  Asked asked({names_what_does_not_run, R"(.status.phase == "Running")"});
  asked.see(sample, running);
  CHECK(asked.calls == 0);
  CHECK(asked.answers(running(100)) == "none <true>");
  CHECK(asked.answers(running(101)) == "none <true>");
  CHECK(asked.calls == 1);
  // Another phase is another kind. What is yielded after the first stage is not known.
  CHECK(asked.answers(pod(102, "Failed")) == "? <false>");
  CHECK(asked.answers(pod(103, "Pending")) == "? <false>");
  CHECK(asked.calls == 2);  // nobody tells those two apart
  CHECK(asked.answers(R"({"metadata":{"name":"web"},"status":{}})") == "? <false>");
  CHECK(asked.answers(R"({"metadata":{"name":"web"},"status":{"phase":["Running"]}})") ==
        "? <false>");
  CHECK(asked.calls == 4);
  CHECK(asked.answers(running(104)) == "none <true>");
  CHECK(asked.calls == 4);
}

TEST_CASE("likes are looked for once asking has taken long", "[jq-alike]") {
  Asked asked({".status.phase"}, 1000);
  asked.see(999 + sample, running);
  CHECK(asked.answers(running(1)) == "<Running>");
}

TEST_CASE("what failed is not known of any", "[jq-alike]") {
  Asked asked({R"(.status.phase.word == null)"});
  const auto* without = R"({"status":{"phase":{}}})";
  asked.see(sample, [&](int) { return without; });
  CHECK(asked.answers(without) == "<true>");
  CHECK(asked.answers(running(1)) == "nothing known");
  CHECK(asked.answers(pod(1, "Failed")) == "nothing known");
  CHECK(asked.answers(without) == "<true>");
}

TEST_CASE("an answer is for one moment", "[jq-alike]") {
  Asked asked({"now > 100"});
  asked.see(sample, running);
  CHECK(asked.answers(running(1)) == "<false>");
  const JqLimits later{std::chrono::system_clock::time_point{} + std::chrono::seconds(200),
                       limits.deadline};
  CHECK(asked.answers(running(1), later) == "<true>");
  CHECK(asked.answers(running(2), later) == "<true>");
  CHECK(asked.answers(running(1)) == "<false>");
}

TEST_CASE("nobody looks for likes where there are none", "[jq-alike]") {
  // Where all are different.
  Asked names({".metadata.name"});
  names.see(sample + 10, running);
  CHECK(names.asked_instead.empty());

  // Where one expression names each, so that it has to be asked anyway.
  Asked others({R"(.status.phase == "Running")", ".metadata.name"});
  others.see(sample + 10, running);
  CHECK(others.asked_instead.empty());

  // Where most yield something.
  Asked failed({names_what_does_not_run});
  failed.see(sample + 10,
             [](int number) { return pod(number, number % 3 == 0 ? "Running" : "Failed"); });
  CHECK(failed.asked_instead.empty());

  // Alike at first, and never again: it is given up, and asks no more.
  Asked at_first({".status.phase"});
  at_first.see(sample, running);
  for (int number = 0; number < 2000; ++number)
    at_first.answers(pod(number, fmt::format("Phase{}", number)));
  CHECK(at_first.calls <= 512);

  Asked well_at_first({names_what_does_not_run});
  well_at_first.see(sample, running);
  for (int number = 0; number < 1000; ++number) well_at_first.answers(pod(number, "Failed"));
  CHECK(well_at_first.answers(running(1)) == "nothing known");
}

TEST_CASE("values are told as different as they are", "[jq-alike]") {
  JqFields all;
  all.add_read_by("tojson");
  std::set<std::string> told;
  const std::vector<std::string> values = {"null",
                                           "true",
                                           "false",
                                           "0",
                                           "1",
                                           "-1",
                                           "0.5",
                                           "1e300",
                                           "9007199254740993",
                                           "[]",
                                           "{}",
                                           "[[]]",
                                           "[[],[]]",
                                           "[[[]]]",
                                           "[null]",
                                           "[null,null]",
                                           R"("")",
                                           R"("n")",
                                           R"(["n"])",
                                           R"(["",""])",
                                           R"(["n","n"])",
                                           R"(["nn"])",
                                           R"(["n\u0000"])",
                                           R"({"a":{}})",
                                           R"({"a":null})",
                                           R"({"a":[]})",
                                           R"({"a":{"b":1}})",
                                           R"({"a":{},"b":1})",
                                           R"({"b":1,"a":{}})",
                                           R"({"ab":1})",
                                           R"({"a":"b"})",
                                           R"({"a":["b"]})",
                                           R"([{"a":"b"}])",
                                           R"([{},{}])",
                                           R"([{"a":1},{"b":1}])",
                                           R"([{"a":1,"b":1}])",
                                           R"([[1,2],[3]])",
                                           R"([[1],[2,3]])",
                                           R"([[1],2,[3]])",
                                           R"({"a":[1],"b":[2]})",
                                           R"({"a":[1,2]})"};
  for (const auto& value : values)
    told.insert(with_value(value, [&](const JqValue& made) { return made.held().likeness(all); }));
  CHECK(told.size() == values.size());
}

// One object may be of two lists: what was asked of it for one is no answer for the other, also
// where asking for that other ends early.
TEST_CASE("an expression that cannot be asked leaves no other list's answers", "[jq-alike]") {
  const JqExpression a1(R"(select(.x == 1) | "a1")", {}), a2(R"(select(.x == 2) | "a2")", {}),
      b1(R"(select(.x == 3) | "b1")", {}), b2(R"("wrong")", {}),
      long_work("last(range(100000000))", {});
  const auto asked_alone = [](const JqExpression& expression) {
    return std::vector<JqQuestion>{{{}, {expression}}};
  };
  REQUIRE(JqExpression::compile(
              {{{{}, {a1}}, {{}, {a2}}}, {{{}, {b1}}, {{}, {b2}}}, asked_alone(long_work)})
              .empty());
  const auto now = std::chrono::steady_clock::now();
  const JqLimits late{{}, now}, in_time{{}, now + std::chrono::seconds(2)};
  const std::string text = R"({"x":7})";
  with_value(text, [&](const JqValue& object) {
    CHECK(a1.evaluate(object, limits).empty());
    std::jthread at_work([&] {
      with_value(text, [&](const JqValue& other) {
        CHECK_THROWS_AS(long_work.evaluate(other, in_time), JqError);
      });
    });
    // The program is taken when others are told so.
    bool is_taken = false;
    while (!is_taken && std::chrono::steady_clock::now() < in_time.deadline) {
      try {
        with_value(text, [&](const JqValue& other) { return b1.evaluate(other, late); });
      } catch (const JqError& error) {
        is_taken =
            std::string_view(error.what()).find("took all the time") != std::string_view::npos;
      }
    }
    REQUIRE(is_taken);
    CHECK_THROWS_AS(b1.evaluate(object, late), JqError);
    const auto outputs = b2.evaluate(object, limits);
    REQUIRE(outputs.size() == 1);
    CHECK(outputs.front().text == "wrong");
  });
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
  for (int number = 0; number < 3000; ++number) {
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
