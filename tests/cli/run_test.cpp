// The program as people and CI start it, on checklists that need no cluster.
#include <fcntl.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <filesystem>

#include "tests/cli/program.hpp"
#include "tests/support/scripted_server.hpp"

namespace postflight::test {
namespace {

// A web server that answers 200, or nothing at all.
class Web {
 public:
  Web() = default;
  std::string port() const { return std::to_string(server_.port()); }

 private:
  ScriptedServer server_{[](ScriptedServer::Connection& connection) {
    while (!connection.read_request().empty()) connection.write(http_answer("fine"));
  }};
};

constexpr const char* checklist = R"(checklist: try
vars:
  port: {required: true, about: where the web listens}
  token: {default: "", secret: true}
checks:
  - id: web
    title: the web answers
    kind: http.response
    tags: [front]
    with: {url: "http://127.0.0.1:${port}/", status: [200]}
    hint: Start the web server with ${token}.
  - id: after-web
    title: the web answers again
    kind: http.response
    needs: [web]
    with: {url: "http://127.0.0.1:${port}/again", status: [200]}
)";

// A folder with the checklist in it, where reports go too.
struct Place {
  Place() { write_file(file("try.yaml"), checklist); }
  std::string file(const std::string& name) const { return folder.path() + "/" + name; }
  Words run(const std::string& port, Words more = {}) const {
    Words words{"run", file("try.yaml"), "--set", "port=" + port};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::size_t count() const {
    const std::filesystem::directory_iterator files(folder.path());
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }
  TemporaryDirectory folder;
};

std::string nobody() { return std::to_string(unused_port()); }

}  // namespace

TEST_CASE("a healthy run ends with 0 and says what it examined", "[run]") {
  const Web web;
  const Place place;
  const auto run = postflight(place.run(web.port()));
  CHECK(run.exit_code == 0);
  CHECK(run.errors == "");
  CHECK(has(run.output, "√ the web answers\n"));
  CHECK(has(run.output, "examined)"));
  CHECK(has(run.output, "√ passed: 2 passed"));
}

TEST_CASE("what nobody answers is errored, blocks what needs it, and ends with 2", "[run]") {
  const Place place;
  const auto run = postflight(place.run(nobody()));
  CHECK(run.exit_code == 2);
  CHECK(has(run.output, "? the web answers [web]\n    could not find out: refused"));
  CHECK(has(run.output, "blocked by web"));
}

TEST_CASE("several reports are written in one run", "[run]") {
  const Web web;
  const Place place;
  const auto run = postflight(place.run(
      web.port(), {"--report", "json=" + place.file("r.json"), "--report",
                   "junit=" + place.file("r.xml"), "--report", "text=" + place.file("r.txt")}));
  CHECK(run.exit_code == 0);
  CHECK(has(read_file(place.file("r.json")), "\"verdict\": \"passed\""));
  CHECK(has(read_file(place.file("r.xml")), "<testsuite name=\"try\""));
  CHECK(has(read_file(place.file("r.txt")), "√ passed"));
  CHECK(place.count() == 4);
}

TEST_CASE("the flag -o json is the report and nothing else", "[run]") {
  const Web web;
  const Place place;
  const auto run = postflight(place.run(web.port(), {"-o", "json"}));
  CHECK(run.output.starts_with("{\n"));
  CHECK(run.output.ends_with("}\n"));
  CHECK(run.errors == "");
}

TEST_CASE("annotations follow the text where GitHub Actions runs it, and nowhere else", "[run]") {
  const Place place;
  const auto run = [&](const Words& more, const Words& variables) {
    auto environment = plain_environment();
    environment.insert(environment.end(), variables.begin(), variables.end());
    return postflight(place.run(nobody(), more), environment);
  };
  const auto there = run({"--report", "github"}, {"GITHUB_ACTIONS=true"});
  CHECK(there.exit_code == 2);
  CHECK(has(there.output, "1 blocked by web, in "));
  CHECK(has(there.output, "\n::error title=the web answers::web: could not find out: refused"));
  CHECK(!has(run({"--report", "github"}, {}).output, "::error"));
  CHECK(!has(run({}, {"GITHUB_ACTIONS=true"}).output, "::error"));
  const auto both = run({"--report", "github", "-o", "json"}, {});
  CHECK(both.exit_code == 3);
  CHECK(has(both.errors, "--report github writes to standard output, as json does"));
  CHECK(run({"--report", "github=" + place.file("a.txt")}, {}).exit_code == 2);
  CHECK(read_file(place.file("a.txt")).starts_with("::error title=the web answers::"));
}

TEST_CASE("the flag -q tells only what is not green", "[run]") {
  const Web web;
  const Place place;
  const auto run = postflight(place.run(web.port(), {"-q"}));
  CHECK(run.output.starts_with("√ passed: 2 passed"));
}

TEST_CASE("marks are ASCII where the locale is not UTF-8", "[run]") {
  const Web web;
  const Place place;
  auto environment = plain_environment();
  environment.back() = "LC_ALL=C";
  const auto run = postflight(place.run(web.port()), environment);
  CHECK(has(run.output, "+ the web answers"));
}

TEST_CASE("no color reaches a pipe unless it is asked for", "[run]") {
  const Web web;
  const Place place;
  CHECK(!has(postflight(place.run(web.port())).output, "\x1b"));
  CHECK(has(postflight(place.run(web.port(), {"--color", "always"})).output, "\x1b[32m√"));
}

TEST_CASE("each kind of bad input is one clear line and exit 3, and touches nothing", "[run]") {
  const Place place;
  const auto refused = [&](const Words& words, const std::string& what) {
    const auto run = postflight(words);
    CAPTURE(what, run.errors);
    CHECK(run.exit_code == 3);
    CHECK(run.output == "");
    CHECK(has(run.errors, what));
    CHECK(std::ranges::count(run.errors, '\n') == 1);
  };
  const auto report = "json=" + place.file("r.json");
  refused({"run", place.file("missing.yaml")}, "missing.yaml: this file cannot be read: No such");
  refused({"run", place.file("try.yaml"), "--report", report}, "'port' has no value");
  refused(place.run("1", {"--set", "prot=1"}), "did you mean 'port'?");
  refused(place.run("1", {"--vars", place.file("no-vars")}), "no-vars: this file cannot be read");
  refused(place.run("1", {"--report", report, "--only", "wbe"}), "did you mean 'web'?");
  refused(place.run("1", {"--report", report, "--skip", "*"}), "nothing is selected");
  refused(place.run("1", {"--report", report, "--tag", "back"}), "no check has the tag 'back'");
  refused(place.run("1", {"--report", "json=" + place.folder.path()}), "it is a folder");
  refused(place.run("1", {"--report", "json=/nonexistent/r.json"}), "/nonexistent is not there");
  refused(place.run("1", {"--report", report, "--kubeconfig", place.file("kube")}), "no such file");
  refused(place.run("1", {"--report", report, "--context", "production"}), "no cluster to ask");
  refused(place.run("1", {"--report", report, "--frobnicate"}), "unknown option '--frobnicate'");
  write_file(place.file("kube"), "apiVersion: v1\nkind: Config\nclusters: 7\n");
  refused(place.run("1", {"--report", report, "--kubeconfig", place.file("kube")}), "clusters");
  write_file(place.file("try.yaml"), "checklist: [broken\n");
  refused(place.run("1", {"--report", report}), "try.yaml:");
  CHECK(place.count() == 2);
}

TEST_CASE("without a kubeconfig, only a check that needs one refuses the run", "[run]") {
  const Place place;
  write_file(place.file("k8s.yaml"),
             "checklist: cluster\nchecks:\n"
             "  - {id: api, title: the API server is ready, kind: k8s.api-ready}\n");
  const auto run = postflight({"run", place.file("k8s.yaml")});
  CHECK(run.exit_code == 3);
  CHECK(has(run.errors, "use --kubeconfig FILE"));
  CHECK(postflight(place.run(nobody())).exit_code == 2);
}

TEST_CASE("variables of a file may be lists, and --set wins over the file", "[run]") {
  const Web web;
  const Place place;
  write_file(place.file("lists.yaml"),
             "checklist: lists\nvars:\n  wanted: [500]\n  port: 1\nchecks:\n"
             "  - id: web\n    title: the web answers as wanted\n    kind: http.response\n"
             "    with: {url: \"http://127.0.0.1:${port}/\", status: \"${wanted}\"}\n");
  write_file(place.file("vars.yaml"), "wanted: [\"200\", 204]\nport: 1\n");
  const auto run = postflight({"run", place.file("lists.yaml"), "--vars", place.file("vars.yaml"),
                               "--set", "port=" + web.port()});
  CAPTURE(run.output, run.errors);
  CHECK(run.exit_code == 0);
}

TEST_CASE("a secret is in no report and on no stream", "[run]") {
  const Place place;
  const auto run = postflight(place.run(nobody(), {"--set", "token=hunter2hunter2", "--report",
                                                   "json=" + place.file("r.json"), "-v"}));
  CHECK(run.exit_code == 2);
  CHECK(has(run.output, "Start the web server with [secret]."));
  CHECK(!has(run.output + run.errors + read_file(place.file("r.json")), "hunter2"));
}

TEST_CASE("SIGINT and SIGTERM end a run that waits, with every report written", "[run]") {
  for (const auto& [number, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
    const Place place;
    auto words =
        place.run(nobody(), {"-v", "--wait", "5m", "--report", "json=" + place.file("r.json")});
    words.insert(words.begin(), program);
    Running running(words);
    running.wait_for_errors("web: attempt 1: errored");
    running.signal(number);
    const auto ended = running.end();
    CHECK(ended.exit_code == code);
    CHECK(has(ended.output, "The run was interrupted by SIG"));
    CHECK(has(read_file(place.file("r.json")), "\"exit_code\": " + std::to_string(code)));
    CHECK(has(read_file(place.file("r.json")), "\"reason\": \"interrupted\""));
  }
}

TEST_CASE("standard output that fails spoils a green run, and no other report", "[run]") {
  const Web web;
  const Place place;
  for (const std::string redirection : {" >/dev/full", " >&-"}) {
    CAPTURE(redirection);
    const auto report = place.file("r.json");
    std::filesystem::remove(report);
    const auto run =
        postflight_with(redirection, place.run(web.port(), {"--report", "json=" + report}));
    CHECK(run.exit_code == 2);
    CHECK(has(run.errors, "standard output: "));
    CHECK(has(read_file(report), "\"verdict\": \"passed\""));
  }
}

TEST_CASE("a reader of standard output that is gone is an error of ours, not our end", "[run]") {
  const Web web;
  const Place place;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  ::close(ends[0]);
  auto words = place.run(web.port(), {"--report", "json=" + place.file("r.json")});
  words.insert(words.begin(), program);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t process = 0;
  REQUIRE(::posix_spawn(&process, program.c_str(), &actions, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  int status = 0;
  REQUIRE(::waitpid(process, &status, 0) == process);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 2);
  CHECK(has(read_file(place.file("r.json")), "\"verdict\": \"passed\""));
}

TEST_CASE("a report may go to a pipe", "[run]") {
  const Web web;
  const Place place;
  Words words{"/bin/bash", "-c",
              "\"$@\" --report json=>(cat >&2) >/dev/null; code=$?; wait $!; exit $code", "bash",
              program};
  const auto arguments = place.run(web.port());
  words.insert(words.end(), arguments.begin(), arguments.end());
  const auto run = Running(words).end();
  CHECK(run.exit_code == 0);
  CHECK(has(run.errors, "\"verdict\": \"passed\""));
}

TEST_CASE("a report that cannot be written at the end is said and never ends with 0", "[run]") {
  const Web web;
  const Place place;
  const auto run = postflight(place.run(
      web.port(), {"--report", "json=/dev/full", "--report", "junit=" + place.file("r.xml")}));
  CHECK(run.exit_code == 2);
  CHECK(has(run.errors, "the json report was not written: /dev/full"));
  CHECK(has(read_file(place.file("r.xml")), "<testsuite"));
  CHECK(has(run.output, "√ passed"));
}

}  // namespace postflight::test
