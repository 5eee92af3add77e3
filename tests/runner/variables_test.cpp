#include <catch2/catch_test_macros.hpp>

#include <map>

#include "tests/runner/checklist_reading.hpp"

namespace postflight::test {
namespace {

using Words = std::vector<std::string>;

// A checklist with these variables and one check with these settings.
std::string with(const std::string& vars, const std::string& settings) {
  return "checklist: c\nvars:\n" + vars + "checks:\n  - id: one\n    title: t\n" +
         "    kind: test.echo\n    with:\n" + settings;
}

Outcome run(const Checklist& checklist) {
  return checklist.entries.at(0).check->run({recorded_clients(), {}, {}, {}});
}

// What the setting `text` was read as.
std::string text_of(const std::string& vars, const std::string& text,
                    const ChecklistSources& from = sources()) {
  return run(read(with(vars, "      text: " + text + "\n"), from)).summary;
}

Words observed(const Checklist& checklist) {
  Words all;
  for (const auto& fact : run(checklist).evidence)
    all.push_back(fact.subject + "=" + fact.observed);
  return all;
}

ChecklistSources outside(std::vector<std::pair<std::string, std::string>> set,
                         std::map<std::string, std::string> environment = {},
                         std::map<std::string, std::string> files = {}) {
  auto from = sources();
  const auto look_up = [](std::map<std::string, std::string> in) {
    return [in = std::move(in)](const std::string& name) -> std::optional<std::string> {
      const auto found = in.find(name);
      return found == in.end() ? std::nullopt : std::optional(found->second);
    };
  };
  from.set = std::move(set);
  from.environment = look_up(std::move(environment));
  from.read_file = look_up(std::move(files));
  return from;
}

TEST_CASE("a variable is replaced anywhere in a text", "[variables]") {
  CHECK(text_of("  a: x\n", "${a}") == "x");
  CHECK(text_of("  a: x\n  b: y\n", "\"<${a}-${b}${a}>\"") == "<x-yx>");
  CHECK(text_of("  a: 5\n", "${a}s") == "5s");
  CHECK(text_of("  a.b-c_d: x\n", "${a.b-c_d}") == "x");
}

TEST_CASE("dollars that begin no variable stay, and $${ writes a literal one", "[variables]") {
  CHECK(text_of("  a: x\n", "a$b $ {c} $1$") == "a$b $ {c} $1$");
  CHECK(text_of("  a: x\n", "$${a} $$${a} ${a}$") == "${a} $${a} x$");
  CHECK(text_of("  a: x\n", "\"$$$\"") == "$$$");
}

TEST_CASE("variables are replaced in every text of a check", "[variables]") {
  const auto entry = read(R"(
checklist: ${v}
about: about ${v}
vars: {v: x, wait: 10s, list: [p, q], base: b}
checks:
  - {id: b, title: t, kind: test.echo}
  - id: id-${v}
    title: title ${v}
    kind: test.echo
    section: section ${v}
    hint: hint ${v}
    page: https://example.com/${v}
    needs: ["${base}"]
    tags: ${list}
    timeout: ${wait}
    wait: {for: ${wait}, every: ${wait}}
    waive: {reason: "${v}", until: 2030-01-01}
)");
  CHECK(entry.name == "x");
  CHECK(entry.about == "about x");
  const auto& check = entry.entries.at(1);
  CHECK(check.id == "id-x");
  CHECK(check.title == "title x");
  CHECK(check.section == "section x");
  CHECK(check.hint == "hint x");
  CHECK(check.page == "https://example.com/x");
  CHECK(check.needs == Words{"b"});
  CHECK(check.tags == Words{"p", "q"});
  CHECK(check.timeout == std::chrono::seconds(10));
  CHECK(check.wait.patience == std::chrono::seconds(10));
  CHECK(check.waiver->reason == "x");
}

TEST_CASE("a text that is one variable becomes the list or map it holds", "[variables]") {
  const auto checklist = read(
      with("  items: [a, b]\n  names: {x: y}\n", "      list: ${items}\n      map: ${names}\n"));
  CHECK(observed(checklist) == Words{"thing=well", "item=a", "item=b", "x=y"});
  CHECK(
      observed(read(with("  a: x\n", "      list: [\"${a}\", lit]\n      map: {k: \"${a}\"}\n"))) ==
      Words{"thing=well", "item=x", "item=lit", "k=x"});
}

TEST_CASE("a list or a map cannot be part of a longer text", "[variables]") {
  CHECK(mistakes_of(with("  items: [a]\n  names: {x: y}\n",
                         "      text: x${items}\n      map: {k: 'x${names}'}\n")) ==
        "10:13 the variable 'items' is a list: it cannot be part of a text\n"
        "11:16 the variable 'names' is a map: it cannot be part of a text\n");
}

TEST_CASE("the flag --set wins over the environment, that over the file, that over the default",
          "[variables]") {
  const std::string vars = "  path: /run\n  a: {default: d, env: A, file: \"${path}/a\"}\n";
  const std::map<std::string, std::string> environment{{"A", "e"}}, files{{"/run/a", "f\r\n"}};
  CHECK(text_of(vars, "${a}", outside({{"a", "1"}, {"a", "s"}}, environment, files)) == "s");
  CHECK(text_of(vars, "${a}", outside({}, environment, files)) == "e");
  CHECK(text_of(vars, "${a}", outside({}, {{"A", ""}}, files)) == "f");
  CHECK(text_of(vars, "${a}", outside({}, {}, {})) == "d");
  CHECK(text_of(vars, "<${a}>", outside({{"a", ""}}, environment, files)) == "<>");
}

TEST_CASE("what comes from outside is not searched for variables", "[variables]") {
  const std::string vars = "  b: x\n  a: {env: A, default: d}\n";
  CHECK(text_of(vars, "${a}", outside({{"a", "${b}"}})) == "${b}");
  CHECK(text_of(vars, "${a}", outside({}, {{"A", "$${b}"}})) == "$${b}");
}

TEST_CASE("a default may use variables declared anywhere", "[variables]") {
  CHECK(text_of("  url: https://${host}:${port}/\n  host: ${name}.example.com\n  port: 443\n"
                "  name: app\n",
                "${url}") == "https://app.example.com:443/");
  CHECK(observed(read(with("  two: ${one}\n  one: [\"${x}\", b]\n  x: a\n",
                           "      list: ${two}\n"))) == Words{"thing=well", "item=a", "item=b"});
}

TEST_CASE("variables that use each other in a circle are a mistake, spelled out once",
          "[variables]") {
  CHECK(mistakes_of(with("  a: x${b}\n  b: ${c}\n  c: ${a}\n", "      text: ${a}${b}\n")) ==
        "5:6 variables use each other in a circle: a -> b -> c -> a\n");
  CHECK(mistakes_of(with("  a: ${a}\n", "      text: x\n")) ==
        "3:6 variables use each other in a circle: a -> a\n");
}

TEST_CASE("a list or map given from outside takes the place of one", "[variables]") {
  const std::string vars = "  items: {default: [a], env: ITEMS}\n  names: {default: {x: y}}\n";
  const std::string settings = "      list: ${items}\n      map: ${names}\n";
  CHECK(observed(read(with(vars, settings),
                      outside({{"items", "[p, \"q r\"]"}, {"names", "{k: v}"}}))) ==
        Words{"thing=well", "item=p", "item=q r", "k=v"});
  CHECK(observed(read(with(vars, settings), outside({}, {{"ITEMS", "[]"}}))) ==
        Words{"thing=well", "x=y"});
  CHECK(mistakes_of(with(vars, settings), outside({{"items", "p"}, {"names", "{k: v"}})) ==
        "3:3 the variable 'items' must be a list, as in --set 'items=[one, two]'\n"
        "4:3 the variable 'names' must be a map, as in --set 'names={name: value}'\n");
}

TEST_CASE("a mistake inside a value is reported where the variable is used", "[variables]") {
  CHECK(mistakes_of(
            with("  ten: ten\n  items: [[a]]\n", "      number: ${ten}\n      list: ${items}\n")) ==
        "10:15 'number' must be a whole number, not 'ten'\n"
        "11:13 'list' must hold plain values only\n");
}

TEST_CASE("a required variable without a value says what it is and how to set it", "[variables]") {
  CHECK(mistakes_of(with(
            "  a: {required: true, about: the app's URL, env: APP_URL}\n  b: {required: true}\n",
            "      text: ${a}\n      number: ${a}\n")) ==
        "3:3 the variable 'a' has no value (the app's URL): set it with --set a=..., or the "
        "environment variable APP_URL\n"
        "4:3 the variable 'b' has no value: set it with --set b=...\n");
  CHECK(text_of("  a: {required: true}\n", "${a}", outside({{"a", "x"}})) == "x");
  CHECK(text_of("  a: {required: true, env: A}\n", "${a}", outside({}, {{"A", "x"}})) == "x");
  CHECK(mistakes_of(with("  a: {required: true}\n", "      text: ${a}\n"), outside({{"a", ""}})) ==
        "3:3 the variable 'a' is required, and was set to nothing\n");
  CHECK(mistakes_of(with("  a: {required: true, file: f}\n", "      text: ${a}\n"),
                    outside({}, {}, {{"f", "\r\n"}})) ==
        "3:3 the variable 'a' is required, and its file f is empty\n");
  CHECK(text_of("  a: {file: f}\n", "<${a}>", outside({}, {}, {{"f", "\n"}})) == "<>");
}

TEST_CASE("a variable that may be left out is missed only where it is used", "[variables]") {
  const std::string vars = "  a: {env: A, secret: true}\n";
  CHECK(text_of(vars, "x") == "x");
  CHECK(mistakes_of(with(vars, "      text: ${a}\n      number: ${a}\n")) ==
        "9:13 the variable 'a' has no value: set it with --set a=..., or the environment variable "
        "A, or give it a default\n");
}

TEST_CASE("a file that cannot be read gives no value", "[variables]") {
  const std::string vars = "  dir: /run\n  a: {file: \"${dir}/secret\", secret: true}\n";
  CHECK(text_of(vars, "x") == "x");
  CHECK(mistakes_of(with(vars, "      text: ${a}\n")) ==
        "10:13 the variable 'a' has no value: set it with --set a=..., or in the file "
        "'/run/secret', which cannot be read now, or give it a default\n");
  CHECK(text_of("  a: {file: /run/secret}\n", "<${a}>",
                outside({}, {}, {{"/run/secret", " two\nlines \n\n"}})) == "< two\nlines >");
}

TEST_CASE("a variable that is not declared is a mistake, where it is used and where it is set",
          "[variables]") {
  CHECK(mistakes_of(with("  name: x\n", "      text: ${nmae}\n      map: {k: '${other}'}\n"),
                    outside({{"naem", "y"}, {"elsewhere", "z"}})) ==
        "0:0 the variable 'naem' is set, but not declared in 'vars'; did you mean 'name'?\n"
        "0:0 the variable 'elsewhere' is set, but not declared in 'vars'\n"
        "9:13 the variable 'nmae' is not declared in 'vars'; did you mean 'name'?\n"
        "10:16 the variable 'other' is not declared in 'vars'\n");
  CHECK(mistakes_of(with("  a: ${nope}\n", "      text: x\n")) ==
        "3:6 the variable 'nope' is not declared in 'vars'\n");
}

TEST_CASE("a ${ that begins no variable is a mistake", "[variables]") {
  for (const std::string text : {"${", "${}", "${a b}", "${1}", "x${a"}) {
    INFO(text);
    CHECK(mistakes_of(with("  a: x\n", "      text: \"" + text + "\"\n")) ==
          "9:13 '${' begins a variable, ${name}; a literal '${' is written '$${'\n");
  }
  CHECK(mistakes_of(with("  a: x\n", "      map: {\"${a}\": x}\n")) ==
        "9:13 a key stays as it is written: ${...} has no meaning in it\n");
}

TEST_CASE("a declaration is told from a map of values by its keys", "[variables]") {
  CHECK(observed(read(with("  m: {env: prod, tier: web}\n", "      map: ${m}\n"))) ==
        Words{"thing=well", "env=prod", "tier=web"});
  CHECK(observed(read(with("  m: {default: {about: x}}\n", "      map: ${m}\n"))) ==
        Words{"thing=well", "about=x"});
  CHECK(mistakes_of(with("  m: {defualt: x, about: y}\n", "      text: x\n")) ==
        "3:7 unknown key 'defualt' of a variable; did you mean 'default'?\n");
}

TEST_CASE("a declaration that makes no sense is a mistake", "[variables]") {
  const auto of = [](const std::string& declaration) {
    return mistakes_of(with("  a: " + declaration + "\n", "      text: x\n"));
  };
  CHECK(of("{required: yes}") == "3:17 'required' must be true or false\n");
  CHECK(of("{secret: [], default: x}") == "3:7 'secret' of a variable must be one value\n");
  CHECK(of("{required: true, default: x}") ==
        "3:3 the variable 'a' is required and has a default: one of the two is not meant\n");
  CHECK(of("{default: ~}") == "3:7 'default' is blank: write \"\" for an empty text\n");
  CHECK(of("").starts_with("3:3 the variable 'a' is blank"));
  CHECK(mistakes_of(with("  a b: x\n", "      text: x\n")).starts_with("3:3 'a b' cannot name"));
  CHECK(mistakes_of("checklist: c\nvars: [a]\nchecks: [{id: a, title: t, kind: test.echo}]\n") ==
        "2:7 'vars' must be a map of names to values\n");
}

TEST_CASE("every text of a secret variable is known, and shown nowhere", "[variables]") {
  const auto checklist = read(R"(
checklist: c
vars:
  password: {env: PASSWORD, secret: true}
  keys: {default: [key-one, {deep: key-two}], secret: true}
  open: seen
checks:
  - {id: a, title: "uses ${password}", kind: test.echo, hint: "try ${password} or ${open}"}
)",
                              outside({}, {{"PASSWORD", "hunter22"}}));
  CHECK(checklist.secrets == Words{"key-one", "key-two", "hunter22"});
  CHECK(checklist.entries[0].title == "uses [secret]");
  CHECK(checklist.entries[0].hint == "try [secret] or seen");
  CHECK(mistakes_of(with("  p: {env: P, secret: true}\n", "      number: ${p}\n"),
                    outside({}, {{"P", "hunter22"}})) ==
        "9:15 'number' must be a whole number, not '[secret]'\n");
}

TEST_CASE("variables that multiply are a mistake, and take no memory", "[variables]") {
  std::string texts = "  t0: xxxxxxxxxxxxxxxx\n", lists = "  l0: [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const auto n = std::to_string(i), below = std::to_string(i - 1);
    texts += "  t" + n + ": \"${t" + below + "}${t" + below + "}\"\n";
    lists += "  l" + n + ": [\"${l" + below + "}\", \"${l" + below + "}\"]\n";
  }
  CHECK(mistakes_of(with(texts, "      text: x\n")) ==
        "19:8 with its variables, this text is longer than 1 MB\n");
  CHECK(mistakes_of(with(lists, "      text: x\n")) ==
        "18:19 with their variables, the texts of this checklist are over 200,000 or 16 MB\n");
  std::string chain = "  c0: x\n";
  for (int i = 1; i < 10'000; ++i)
    chain += "  c" + std::to_string(i) + ": ${c" + std::to_string(i - 1) + "}\n";
  CHECK(mistakes_of(with(chain, "      text: x\n")).find("over more than 32 steps") !=
        std::string::npos);
}

}  // namespace
TEST_CASE("a replay gives variables what they were given then, and asks nobody here",
          "[variables][replay]") {
  const std::string vars =
      "  a: {default: d, env: A}\n  b: {default: d, env: B}\n"
      "  s: {required: true, secret: true, env: S}\n";
  const auto settings = "      text: ${a} ${b} ${s}\n";
  auto from = outside({}, {{"A", "here"}, {"B", "here"}});
  from.recorded = [](const std::string& name) -> std::optional<std::string> {
    if (name == "a") return "then";
    if (name == "s") return "[secret]";
    return std::nullopt;
  };
  CHECK(run(read(with(vars, settings), from)).summary == "then d [secret]");
  from.set = {{"a", "said"}};
  from.environment = [](const std::string& name) { return std::optional(name + "-here"); };
  CHECK(run(read(with(vars, settings), from)).summary == "said d S-here");
}

TEST_CASE("what was given to variables from outside is known, and which is secret",
          "[variables][replay]") {
  const auto checklist = read(
      with("  a: x\n  b: y\n  s: {required: true, secret: true, env: S}\n", "      text: ${a}\n"),
      outside({{"b", "given"}}, {{"S", "hidden"}}));
  REQUIRE(checklist.given.size() == 2);
  CHECK(checklist.given[0].name == "b");
  CHECK(checklist.given[0].text == "given");
  CHECK_FALSE(checklist.given[0].secret);
  CHECK(checklist.given[1].name == "s");
  CHECK(checklist.given[1].secret);
}

}  // namespace postflight::test
