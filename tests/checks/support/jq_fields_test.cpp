#include "checks/support/jq_fields.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "checks/support/jq.hpp"
#include "clients/list_use.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace postflight::test {
namespace {

using nlohmann::json;

json kept(const json& value, const JqFields& fields) {
  if (value.is_object()) {
    auto map = json::object();
    for (const auto& [key, member] : value.items())
      if (const auto* of_member = fields.member(key)) map[key] = kept(member, *of_member);
    return map;
  }
  if (value.is_array()) {
    auto list = json::array();
    for (const auto& element : value) list.push_back(kept(element, fields.element()));
    return list;
  }
  return value;
}

// With other texts in the place of those that are not told apart.
json with_others(const json& value, const JqFields& fields) {
  auto other = value;
  if (value.is_object())
    for (const auto& [key, member] : value.items()) {
      if (const auto* of_member = fields.member(key)) other[key] = with_others(member, *of_member);
    }
  if (value.is_array())
    for (auto& element : other) element = with_others(element, fields.element());
  if (value.is_string() && !fields.tells_text(value.get<std::string>())) {
    other = "other than " + value.get<std::string>();
    CHECK_FALSE(fields.tells_text(other.get<std::string>()));
  }
  return other;
}

std::string kept_by(std::initializer_list<std::string_view> expressions, const char* value) {
  JqFields fields;
  for (const auto expression : expressions) fields.add_read_by(expression);
  return kept(json::parse(value), fields).dump();
}

// libjq 1.6 forgets the key that it is at when an error ends .[] of a map. Keys are kept for a
// thread, so these are those of a thread that does nothing else.
struct LeaksOfLibjq {
#if defined(__SANITIZE_ADDRESS__)
  __lsan::ScopedDisabler are_not_ours;
#endif
};

// What an expression comes to: its outputs, or that it failed and how.
std::string told_here(const JqExpression& expression, const std::string& value) {
  [[maybe_unused]] const LeaksOfLibjq leaks;
  auto with_room = value + std::string(64, ' ');
  const ListItem item(std::string_view(with_room).substr(0, value.size()));
  std::string all;
  try {
    for (const auto& output : expression.evaluate(
             JqValue(item), {std::chrono::system_clock::time_point{},
                             std::chrono::steady_clock::now() + std::chrono::hours(1)}))
      all += (output.is_text ? "text " : "json ") + output.text + "\n";
  } catch (const JqError& error) {
    return std::string("failed: ") + error.what();
  }
  return all;
}

std::string told(const JqExpression& expression, const std::string& value) {
  return std::async(std::launch::async, [&] { return told_here(expression, value); }).get();
}

// Writes expressions and values by chance, the same ones each time.
class Chance {
 public:
  std::string expression(int depth) {
    const auto inner = [&] { return expression(depth - 1); };
    if (depth == 0) {
      switch (number(8)) {
        case 0:
          return ".";
        case 1:
          return is_bound_ ? "$x" : ".a";
        case 2:
          return "\"" + key() + "\"";
        case 3:
          return std::to_string(number(3));
        case 4:
          return "null";
        default:
          return path();
      }
    }
    switch (number(48)) {
      case 0:
      case 1:
      case 2:
        return "(" + inner() + " | " + inner() + ")";
      case 3:
        return "(" + inner() + ", " + inner() + ")";
      case 4:
        return "(" + inner() + " // " + inner() + ")";
      case 5:
        return "([" + path() + "][0] == " + path() + ")";
      case 6:
        return "(" + inner() + " != " + inner() + ")";
      case 7:
        return "(" + inner() + " < " + inner() + ")";
      case 8:
        return "(" + inner() + " and " + inner() + ")";
      case 9:
        return "(" + inner() + " or (" + inner() + " | not))";
      case 10:
        return "(" + inner() + " + " + inner() + ")";
      case 11:
        return "(" + inner() + " - " + inner() + ")";
      case 12:
      case 13:
        return "[" + inner() + "]";
      case 14:
        return "([" + inner() + "][0])";
      case 15:
        return "([" + inner() + "] | length)";
      case 16:
        return "({a: " + path() + ", \"b\": (" + inner() + ")} | ." + key() + ")";
      case 17:
      case 18:
      case 19:
        return "select(" + inner() + ")";
      case 20:
        return "map(" + inner() + ")";
      case 21:
        return "any(" + inner() + "; " + inner() + ")";
      case 22:
        return "all(" + inner() + ")";
      case 23:
        return "first(" + inner() + ")";
      case 24:
        return "(if " + inner() + " then " + inner() + " elif " + inner() + " then " + inner() +
               " else " + inner() + " end)";
      case 25:
      case 26: {
        const auto bound = inner();
        const auto before = std::exchange(is_bound_, true);
        auto text = "(" + bound + " as $x | " + inner() + ")";
        is_bound_ = before;
        return text;
      }
      case 27:
        return "\"t\\(" + inner() + ") \"";
      case 28:
        return "(" + inner() + " | length)";
      case 29:
        return "(" + inner() + " | keys)";
      case 30:
        return "(" + inner() + " | to_entries)";
      case 31:
        return "(" + inner() + " | has(\"" + key() + "\"))";
      case 32:
        return "(" + inner() + " | type)";
      case 33:
        return "(" + inner() + " | tostring)";
      case 34:
        return "condition(\"" + key() + "\")";
      case 35:
        return "error(" + inner() + ")";
      case 36:
        return "map_values(" + inner() + ")";
      case 37:
        return "limit(1; " + inner() + ")";
      case 38:
        return "IN(" + inner() + ")";
      case 39:
        return "sort_by(" + inner() + ")";
      case 40:
        return "(" + inner() + ")[" + inner() + "]";
      case 41:
        return "(" + inner() + "[" + (number(2) == 0 ? "1:" : "0:1") + "])";
      case 42:
        return "(" + inner() + ")" + path();
      case 43:
        return std::string(".[\"abc\"[") + (number(2) == 0 ? "1:2" : "0:1") + "]]";
      case 45:
        return "(" + path() + " as $x | \"" + key() + "\" | limit(3; recurse($x[.]; . != null)))";
      case 46:
        return "select(" + path() + (number(2) == 0 ? " == \"" : " != \"") + key() + "\")";
      case 47:
        return "(" + path() + (number(2) == 0 ? " < \"" : " >= \"") + key() + "\")";
      case 44:
        return "(reduce " + path() + " as $y (null; " + inner() + "))";
      default:
        return path();
    }
  }

  // As it is written without parentheses, and what may be bound with `as` behind it.
  std::string operation() {
    // Of the last six there may be one only.
    static const std::vector<std::string> signs = {",",  "//", "and", "or", "+",  "-",
                                                   "==", "!=", "<",   ">",  "<=", ">="};
    std::string text;
    if (perhaps()) text = expression(static_cast<int>(number(2))) + " " + signs[number(6)] + " ";
    text += expression(static_cast<int>(number(2))) + " " + signs[number(signs.size())] + " ";
    return text + expression(1);
  }
  bool perhaps() { return number(2) == 0; }

  // A map with all the keys that expressions know.
  json object() {
    auto map = json::object();
    for (const auto& key : keys()) map[key] = value(3);
    return map;
  }

  json value(int depth) {
    switch (number(depth == 0 ? 5 : 9)) {
      case 0:
        return nullptr;
      case 1:
        return number(3);
      case 2:
        return key();
      case 3:
        return number(2) == 0;
      case 4:
        return "";
      case 5: {
        auto list = json::array();
        for (auto left = number(4); left > 0; --left) list.push_back(value(depth - 1));
        return list;
      }
      default: {
        auto map = json::object();
        for (auto left = number(5); left > 0; --left) {
          map[key()] = value(depth - 1);
          // And sometimes one that is nearly the same.
          if (auto near = map.begin().value(); number(3) == 0 && near.is_object()) {
            near[key()] = value(0);
            map[key()] = std::move(near);
          }
        }
        return map;
      }
    }
  }

 private:
  std::size_t number(std::size_t below) { return random_() % below; }
  static const std::vector<std::string>& keys() {
    static const std::vector<std::string> keys = {"a", "b", "c", "type", "status", "conditions"};
    return keys;
  }
  std::string key() { return keys()[number(keys().size())]; }
  std::string path() {
    std::string text = "." + key();
    for (auto left = number(4); left > 0; --left) {
      static const std::vector<std::string> steps = {"[]", "[]?", "[0]", "?"};
      switch (const auto step = number(8)) {
        case 0:
        case 1:
        case 2:
        case 3:
          if (steps[step] != "?" || !text.ends_with('?')) text += steps[step];
          break;
        case 4:
          text += "[\"" + key() + "\"]";
          break;
        case 5:
          text += ".\"" + key() + "\"";
          break;
        default:
          text += "." + key() + "?";
      }
    }
    return text;
  }

  std::minstd_rand random_{20261127};
  bool is_bound_ = false;
};

// The same for jq; but not understood, so that all of the value is there for it.
std::string hidden(const std::string& expression) {
  return "(" + expression + ") | reduce . as $all (null; $all)";
}

}  // namespace

TEST_CASE("of a value there is what an expression reads", "[jq-fields]") {
  constexpr auto* pod =
      R"({"metadata":{"name":"web","labels":{"a":"1","b":"2"}},"spec":{"containers":[{"name":"c","env":[{}]}]},)"
      R"("status":{"phase":"Running","conditions":[{"type":"Ready","status":"True","message":"m"}]}})";
  CHECK(kept_by({".status.phase"}, pod) == R"({"status":{"phase":"Running"}})");
  CHECK(kept_by({".spec.containers[].name", "select(.metadata.name != null) | empty"}, pod) ==
        R"({"metadata":{"name":"web"},"spec":{"containers":[{"name":"c"}]}})");
  CHECK(kept_by({"condition(\"Ready\") | select(.status == \"True\") | empty"}, pod) ==
        R"({"status":{"conditions":[{"status":"True","type":"Ready"}]}})");
  CHECK(kept_by({"[.spec.containers[]] | length"}, pod) == R"({"spec":{"containers":[{}]}})");
  CHECK(kept_by({".metadata | length"}, pod) == R"({"metadata":{"labels":{},"name":"web"}})");
  CHECK(kept_by({".metadata.labels[\"b\"] as $b | .spec | select($b == \"2\") | \"x\""}, pod) ==
        R"({"metadata":{"labels":{"b":"2"}},"spec":{}})");
  CHECK(kept_by({".metadata.labels[] | select(. == \"1\")"}, pod) ==
        R"({"metadata":{"labels":{"a":"1","b":"2"}}})");
  CHECK(kept_by({"\"\\(.metadata.labels)\""}, pod) ==
        R"({"metadata":{"labels":{"a":"1","b":"2"}}})");
  CHECK(kept_by({"select(has(\"xy\"[0:1]))"}, R"({"x":1,"y":{}})") == R"({"x":1,"y":{}})");
  // Everything, where that is what it reads, or where nobody knows.
  for (const auto* all : {".", "tojson", "keys as $k | $k", "..", "def f: .a; f",
                          "reduce .a as $x (.; .b)", "to_entries", ".[\"a\", \"b\"]", "{a: .}",
                          ". as {a: $x} | $x", ".a |= 1", "@json", "$__loc__"})
    CHECK(kept_by({all}, R"({"x":{"y":[1]}})") ==
          (std::string_view(all).starts_with("keys") ? R"({"x":{}})" : R"({"x":{"y":[1]}})"));
}

TEST_CASE("texts are told apart where an expression looks at them", "[jq-fields]") {
  const auto told = [](std::string_view expression, std::string_view text) {
    JqFields fields;
    fields.add_read_by(expression);
    const auto* of_a = fields.member("a");
    return of_a != nullptr && of_a->tells_text(text);
  };
  for (const auto* equal : {"select(.a == \"x\") | null", "select(\"x\" != .a) | null",
                            "(.a // \"\") == \"x\"", ".a as $a | .b | $a == \"x\""}) {
    INFO(equal);
    CHECK(told(equal, "x"));
    CHECK_FALSE(told(equal, "y"));
  }
  for (const auto* nothing : {"select(.a == null) | null", ".a == 3", ".a and .b", ".a | not",
                              "if .a then 1 else 2 end", "[.a] | length", ".a == true"}) {
    INFO(nothing);
    CHECK_FALSE(told(nothing, "x"));
  }
  for (const auto* all :
       {".a", ".a < \"x\"", "\"x\" >= .a", ".a == .b", ".a | length", ".a == \"x\\(.b)\"",
        ".a == \"\\u0041\"", ".a | test(\"x\")", "\"\\(.a)\"", ".a | IN(\"x\")",
        ".a + \"x\" == \"xx\"", ".b[.a]", "[.a] == [\"x\"]", "{c: .a} == {}", ".a[0:1] == \"x\""}) {
    INFO(all);
    CHECK(told(all, "x"));
    CHECK(told(all, "y"));
  }
}

TEST_CASE("an expression has stages", "[jq-fields]") {
  const auto stages = [](std::string_view expression) {
    std::string all;
    for (const auto stage : JqFields::stages_of(expression)) all += std::string(stage) + "\n";
    return all;
  };
  CHECK(stages(".a").empty());
  CHECK(stages(".a|.b | .c") == ".a\n.a|.b \n");
  CHECK(stages("select(.a | .b) | [.c | .d] | {e: (.f | .g)} | .h[.i | .j]") ==
        "select(.a | .b) \nselect(.a | .b) | [.c | .d] \n"
        "select(.a | .b) | [.c | .d] | {e: (.f | .g)} \n");
  CHECK(stages(".a as $x | .b | $x") == ".a as $x | .b \n");
  CHECK(stages("(.a < .b) as $x | .c // .d | $x") == "(.a < .b) as $x | .c // .d \n");
  // What stands behind an operator is asked before what is in front of it.
  for (const auto* sign : {",", "//", "and", "or", "==", "<", "+", "-", "*", "%"}) {
    INFO(sign);
    CHECK(stages(std::string(".a ") + sign + " .b as $x | .c | .d").empty());
    CHECK(stages(std::string(".a ") + sign + " .b | .c") == std::string(".a ") + sign + " .b \n");
  }
  CHECK(stages("-.a as $x | .b | .c").empty());
  CHECK(stages("if .a | .b then .c | .d else .e | .f end | \"\\(.g | .h) | x\" # | y\n | .i") ==
        "if .a | .b then .c | .d else .e | .f end \n"
        "if .a | .b then .c | .d else .e | .f end | \"\\(.g | .h) | x\" # | y\n \n");
  for (const auto* unknown : {".a | def f: .b | .c; f | .d", "reduce .a as $x (0; .b | .c) | .d",
                              "label $out | .a | break $out", "try .a | .b", ".a |= .b | .c",
                              ". as [$a] ?// $a | .b | .c", ".a | )"}) {
    INFO(unknown);
    CHECK(stages(unknown).empty());
  }
}

TEST_CASE("what is deeper than anybody writes reads everything", "[jq-fields]") {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (; times > 0; --times) all += text;
    return all;
  };
  constexpr int many = 100'000;
  for (const auto& deep :
       {"." + repeated("a.", many) + "a", "." + repeated("[]", many),
        repeated("(", many) + "." + repeated(")", many), repeated("-", many) + ".a",
        ".a" + repeated(" | .a", many), ".a" + repeated(" // .a", many),
        ".a" + repeated(", .a", many), repeated("[", many) + repeated("]", many)}) {
    INFO(deep.substr(0, 10));
    JqFields fields;
    fields.add_read_by(deep);
    CHECK(fields.member("a") != nullptr);
  }
}

TEST_CASE("an expression says the same of what it reads as of the whole value", "[jq-fields]") {
  Chance chance;
  std::size_t sound = 0, outputs = 0, smaller = 0, others = 0;
  for (int round = 0; round < 6; ++round) {
    std::vector<std::string> texts;
    std::vector<std::vector<JqQuestion>> apart, whole;
    std::vector<JqQuestion> together;
    for (int left = 40; left > 0; --left) {
      const auto text = chance.expression(2 + left % 3);
      const JqExpression alone(text, {}), beside(text, {}), reference(hidden(text), {});
      INFO(text);
      REQUIRE(JqExpression::compile({{{{}, {alone}}}}).empty());
      texts.push_back(text);
      apart.push_back({{{}, {alone}}});
      together.push_back({{}, {beside}});
      whole.push_back({{{}, {reference}}});
    }
    REQUIRE(JqExpression::compile(whole).empty());
    REQUIRE(JqExpression::compile({together}).empty());
    for (int left = 25; left > 0; --left) {
      const auto value = left % 5 == 0 ? chance.value(4) : chance.object();
      const auto text = value.dump();
      for (std::size_t at = 0; at < texts.size(); ++at) {
        INFO(texts[at] << "\n" << text);
        const auto wanted = told(whole[at][0].then[0], text);
        CHECK(told(apart[at][0].then[0], text) == wanted);
        CHECK(told(together[at].then[0], text) == wanted);
        ++sound;
        outputs += wanted.starts_with("failed") ? 0 : 1;
        JqFields fields;
        fields.add_read_by(texts[at]);
        smaller += kept(value, fields) != value ? 1 : 0;
        if (const auto other = with_others(value, fields); other != value) {
          const auto said = told(whole[at][0].then[0], other.dump());
          INFO(other.dump());
          CHECK((said == wanted || (said.starts_with("failed") && wanted.starts_with("failed"))));
          ++others;
        }
      }
    }
  }
  // That much of it was worth asking.
  CHECK(sound > 4000);
  CHECK(outputs > sound / 4);
  CHECK(smaller > sound / 16);
  CHECK(others > sound / 16);
}

TEST_CASE("what yields nothing up to a stage yields nothing at all", "[jq-fields]") {
  Chance chance;
  std::size_t empty = 0, others = 0;
  for (int round = 0; round < 6; ++round) {
    std::vector<std::vector<JqQuestion>> asked;
    std::vector<std::string> texts;
    for (int left = 30; left > 0; --left) {
      std::string text;
      for (int stages = 2 + left % 3; stages > 0; --stages) {
        if (stages > 1 && chance.perhaps())
          text += (chance.perhaps() ? chance.operation() : chance.expression(1)) + " as $x | ";
        text += chance.perhaps() ? chance.operation() : chance.expression(1 + left % 2);
        if (stages > 1) text += " | ";
      }
      const JqExpression whole(text, {});
      INFO(text);
      REQUIRE(JqExpression::compile({{{{}, {whole}}}}).empty());
      texts.push_back(text);
      asked.push_back({{{}, {whole}}});
      for (const auto stage : JqFields::stages_of(text))
        asked.back().push_back({{}, {JqExpression("(" + std::string(stage) + "\n) | null", {})}});
      REQUIRE(JqExpression::compile({asked.back()}).empty());
    }
    for (int left = 10; left > 0; --left) {
      const auto value = chance.object().dump();
      for (const auto& questions : asked) {
        const auto& whole = questions.front().then[0];
        const auto wanted = told(whole, value);
        for (std::size_t at = 1; at < questions.size(); ++at) {
          INFO(questions[at].then[0].text() << "\nof " << whole.text() << "\n" << value);
          if (!told(questions[at].then[0], value).empty()) {
            ++others;
            continue;
          }
          CHECK(wanted.empty());
          ++empty;
        }
      }
    }
  }
  CHECK(empty > 300);
  CHECK(others > 300);
}

}  // namespace postflight::test
