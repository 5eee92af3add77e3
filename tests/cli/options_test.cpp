#include "cli/options.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <variant>
#include <vector>

namespace postflight::test {
namespace {

std::variant<Options, UsageAnswer> parsed(std::vector<const char*> words) {
  words.insert(words.begin(), "postflight");
  return parse_options(static_cast<int>(words.size()), words.data());
}

Options options(std::vector<const char*> words) {
  auto result = parsed(std::move(words));
  if (const auto* answer = std::get_if<UsageAnswer>(&result))
    for (const auto& line : answer->wrong) UNSCOPED_INFO(line);
  REQUIRE(std::holds_alternative<Options>(result));
  return std::get<Options>(std::move(result));
}

// All lines about what is wrong, joined.
std::string wrong(std::vector<const char*> words) {
  auto result = parsed(std::move(words));
  REQUIRE(std::holds_alternative<UsageAnswer>(result));
  std::string text;
  for (const auto& line : std::get<UsageAnswer>(result).wrong) text += line + "\n";
  REQUIRE(!text.empty());
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a shard is one of its count, from 0", "[options]") {
  const auto run = options({"run", "one.yaml", "--shard", "7/8"});
  REQUIRE(run.selection.shard);
  CHECK(run.selection.shard->index == 7);
  CHECK(run.selection.shard->count == 8);
  CHECK_FALSE(options({"run", "one.yaml"}).selection.shard);
  for (const auto* word : {"8/8", "1", "/8", "1/", "-1/8", "1/8/2", "a/b", "0/0", "1.0/2",
                           "0/10001", " 1/8", "0x1/8"}) {
    CAPTURE(word);
    CHECK(has(wrong({"run", "one.yaml", "--shard", word}), "I/N is wanted, I from 0 to N - 1"));
  }
  CHECK(has(wrong({"run", "one.yaml", "--shard", "0/2", "--record", "d"}), "--shard and --record"));
  CHECK(has(wrong({"run", "one.yaml", "--shard", "0/2", "--report", "prometheus=x"}),
            "metrics are of the whole run"));
  CHECK(has(wrong({"run", "one.yaml", "--shard", "0/2", "-o", "prometheus"}),
            "metrics are of the whole run"));
  CHECK(options({"run", "one.yaml", "--shard", "1/8", "--run-id", "x"}).selection.shard->run ==
        "x");
  CHECK(has(wrong({"run", "one.yaml", "--run-id", "x"}), "--run-id is for a run with --shard"));
}

TEST_CASE("only metrics are pushed to a URL", "[options]") {
  const auto run =
      options({"run", "one.yaml", "--report", "prometheus=http://pushgateway.example.com:9091"});
  REQUIRE(run.reports.size() == 1);
  CHECK(run.reports[0].path == "http://pushgateway.example.com:9091");
  CHECK(options({"run", "one.yaml", "--report", "prometheus=HTTP://a"}).reports[0].path ==
        "HTTP://a");
  CHECK(has(wrong({"run", "one.yaml", "--replay", "d", "--report", "prometheus=m.prom"}),
            "a replay says nothing of now"));
  CHECK(wrong({"run", "one.yaml", "--report", "http://user:secret@example.com"}).find("secret") ==
        std::string::npos);
  CHECK(has(wrong({"run", "one.yaml", "--report", "json=https://user:secret@example.com"}),
            "--report json: only prometheus can be pushed to a URL"));
  for (const auto* url : {"http://", "http://:9091", "http://127.0.0.1:99999", "http://a b/",
                          "http://a?b=c", "http://a/b#c"}) {
    CAPTURE(url);
    const auto report = std::string("prometheus=") + url;
    CHECK(has(wrong({"run", "one.yaml", "--report", report.c_str()}),
              "--report prometheus: the URL of a Pushgateway is"));
  }
  CHECK(has(wrong({"run", "one.yaml", "--report", "prometheus=http://a", "--report",
                   "prometheus=http://a"}),
            "the same URL twice"));
  CHECK(!has(wrong({"run", "one.yaml", "--report", "json=https://user:secret@example.com"}),
             "secret"));
}

TEST_CASE("a run takes checklists, variables, a selection and reports", "[options]") {
  const auto run = options({"run",
                            "--set",
                            "a=1",
                            "one.yaml",
                            "--vars",
                            "v.yaml",
                            "two.yaml",
                            "--set",
                            "b=x=y",
                            "--only",
                            "out-*",
                            "--skip",
                            "z",
                            "--tag",
                            "t",
                            "--report",
                            "json=out.json",
                            "--report=junit=out.xml",
                            "--kubeconfig",
                            "k",
                            "--context",
                            "c",
                            "--jobs",
                            "4",
                            "--wait",
                            "1m",
                            "--hold",
                            "10m",
                            "--deadline",
                            "1h30m",
                            "--fail-on",
                            "warn",
                            "-q"});
  CHECK(run.command == Command::run);
  CHECK(run.checklists == std::vector<std::string>{"one.yaml", "two.yaml"});
  CHECK(run.set == decltype(run.set){{"a", "1"}, {"b", "x=y"}});
  CHECK(run.variable_files == std::vector<std::string>{"v.yaml"});
  CHECK(run.selection.only == std::vector<std::string>{"out-*"});
  CHECK(run.selection.skip == std::vector<std::string>{"z"});
  CHECK(run.selection.tags == std::vector<std::string>{"t"});
  REQUIRE(run.reports.size() == 2);
  CHECK(run.reports[0].format->name == "json");
  CHECK(run.reports[0].path == "out.json");
  CHECK(run.reports[1].format->name == "junit");
  CHECK(run.standard_out->name == "text");
  CHECK(run.kubeconfig == "k");
  CHECK(run.context == "c");
  CHECK(run.jobs == 4);
  CHECK(run.wait == std::chrono::minutes(1));
  CHECK(run.hold == std::chrono::minutes(10));
  CHECK(run.deadline == std::chrono::minutes(90));
  CHECK(run.fail_on_warn);
  CHECK(run.quiet);
}

TEST_CASE("a report to - takes the place of the text on standard output", "[options]") {
  const auto run = options({"run", "a.yaml", "--report", "json=-"});
  CHECK(run.standard_out->name == "json");
  CHECK(run.reports.empty());
  CHECK(options({"run", "a.yaml", "-o", "junit"}).standard_out->name == "junit");
}

TEST_CASE("an option or command that is not known is named, with what was meant", "[options]") {
  CHECK(has(wrong({"run", "a.yaml", "--wiat", "5m"}),
            "unknown option '--wiat'; did you mean '--wait'?"));
  CHECK(has(wrong({"run", "a.yaml", "--wiat", "5m"}), "see postflight run --help"));
  CHECK(has(wrong({"rnu"}), "unknown command 'rnu'; did you mean 'run'?"));
  CHECK(has(wrong({"schema", "extra"}), "unknown argument 'extra'"));
  CHECK(has(wrong({}), "say what to do"));
}

TEST_CASE("every slip in the values is reported at once", "[options]") {
  const auto text = wrong({"run", "--jobs", "0", "--set", "novalue", "--report", "json", "--report",
                           "yaml=x", "--wait", "soon", "--fail-on", "skip", "--color", "blue"});
  CHECK(has(text, "no checklist is named"));
  CHECK(has(text, "--jobs '0'"));
  CHECK(has(text, "--set 'novalue'"));
  CHECK(has(text, "--report 'json'"));
  CHECK(has(text, "unknown format 'yaml'"));
  CHECK(has(text, "--wait 'soon'"));
  CHECK(has(text, "--fail-on 'skip'"));
  CHECK(has(text, "--color 'blue'"));
}

TEST_CASE("a variable's value is not repeated when --set is misspelt", "[options]") {
  CHECK(!has(wrong({"run", "a.yaml", "--set", "=hunter2"}), "hunter2"));
}

TEST_CASE("contradictory settings are refused", "[options]") {
  CHECK(has(wrong({"run", "a.yaml", "-q", "-v"}), "-q and -v contradict"));
  CHECK(has(wrong({"run", "a.yaml", "--no-color", "--color", "always"}), "contradict"));
  CHECK(has(wrong({"run", "a.yaml", "-o", "text", "--report", "json=-"}), "same place"));
  CHECK(has(wrong({"run", "a.yaml", "--report", "json=x", "--report", "junit=./x"}), "same place"));
  CHECK(has(wrong({"run", "a.yaml", "--wait", "20m"}), "longer than the deadline"));
  CHECK(has(wrong({"run", "a.yaml", "--hold", "20m", "--deadline", "20m"}), "leaves no time"));
  CHECK(has(wrong({"run", "a.yaml", "--context", "a", "--context", "b"}), "--context"));
  for (const auto* command : {"run", "selftest"})
    CHECK(has(wrong({command, "a.yaml", "--replay", "d", "--context", "a"}), "asks no cluster"));
}

TEST_CASE("an empty value is refused: it must not mean another cluster", "[options]") {
  CHECK(has(wrong({"run", "a.yaml", "--kubeconfig", ""}), "--kubeconfig is given an empty value"));
  CHECK(has(wrong({"run", "a.yaml", "--only", ""}), "--only is given an empty value"));
  CHECK(has(wrong({"run", ""}), "empty value"));
}

TEST_CASE("help and version are answered on standard output", "[options]") {
  const auto version = parsed({"--version"});
  CHECK(std::get<UsageAnswer>(version).output.starts_with("postflight "));
  CHECK(std::get<UsageAnswer>(version).wrong.empty());
  const auto help = parsed({"run", "--help"});
  CHECK(has(std::get<UsageAnswer>(help).output, "--fail-on"));
  CHECK(has(std::get<UsageAnswer>(help).output, "Examples:"));
}

TEST_CASE("what completes a command line is what parses it", "[options]") {
  const auto commands = command_words();
  REQUIRE(!commands.empty());
  for (const auto& command : commands) {
    CAPTURE(command.name);
    for (const auto& flag : command.flags) {
      CAPTURE(flag.names.back());
      CHECK(!flag.about.empty());
      const auto text = parsed({command.name.c_str(), flag.names.back().c_str()});
      if (const auto* answer = std::get_if<UsageAnswer>(&text))
        for (const auto& line : answer->wrong) CHECK(!has(line, "unknown"));
    }
  }
}

}  // namespace postflight::test
