#include "cli/fleet.hpp"

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "runner/value.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/scripted_server.hpp"

namespace postflight::test {
namespace {

std::vector<ClusterOptions> clusters(const std::string& text, Options options = {}) {
  const TemporaryDirectory folder;
  options.fleet = folder.path() + "/fleet.yaml";
  write_file(options.fleet, text);
  auto list = clusters_of(options);
  for (auto& cluster : list)  // the folder is gone
    if (cluster.options.kubeconfig.starts_with(folder.path()))
      cluster.options.kubeconfig.erase(0, folder.path().size() + 1);
  return list;
}

std::string mistakes(const std::string& text) {
  std::string all;
  try {
    clusters(text);
  } catch (const Mistakes& wrong) {
    for (const auto& mistake : wrong.list())
      all += std::to_string(mistake.where.line) + ": " + mistake.what + "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("the clusters of a fleet have their own kubeconfig, context and variables", "[fleet]") {
  Options options;
  options.kubeconfig = "usual";
  options.set = {{"size", "3"}};
  const auto list = clusters(R"(clusters:
  - name: production
    kubeconfig: keys/production
    context: admin
    vars: {url: https://example.com, hosts: [a, b]}
  - name: staging
    kubeconfig: /etc/staging
  - name: here
)",
                             options);
  REQUIRE(list.size() == 3);
  CHECK(list[0].name == "production");
  CHECK(list[0].options.kubeconfig == "keys/production");
  CHECK(list[0].options.context == "admin");
  CHECK(list[0].is_named);
  CHECK(list[1].is_named);
  CHECK_FALSE(list[2].is_named);
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  // --set comes last, so that it wins.
  CHECK(list[0].options.set ==
        Pairs{{"url", "https://example.com"}, {"hosts", R"(["a", "b"])"}, {"size", "3"}});
  CHECK(list[1].options.kubeconfig == "/etc/staging");
  CHECK(list[1].options.set == Pairs{{"size", "3"}});
  CHECK(list[2].options.kubeconfig == "usual");
  CHECK(list[2].options.context == "");
}

TEST_CASE("mistakes in a fleet are said with their line", "[fleet]") {
  CHECK(mistakes("[]") == "1: a fleet is a map with one member, 'clusters'\n");
  CHECK(mistakes("") == "1: a fleet is a map with one member, 'clusters'\n");
  CHECK(mistakes("clusters: []") == "1: 'clusters' is a list of one or more clusters\n");
  CHECK(mistakes("clusters:\n  - one\n") == "2: a cluster is a map with a name\n");
  CHECK(mistakes("clusters:\n  - context: a\n") == "2: the cluster has no 'name'\n");
  CHECK(mistakes("clusters:\n  - {name: a}\n  - {name: a}\n") ==
        "3: the cluster 'a' is there twice\n");
  CHECK(mistakes("clusters:\n  - name: a\n    contxt: b\n") ==
        "3: a cluster has no member 'contxt'; did you mean 'context'?\n");
  CHECK(mistakes("clusters:\n  - name: \"\"\n") ==
        "2: 'name' is a text that is not empty\n2: the cluster has no 'name'\n");
  CHECK(mistakes("clusters:\n  - {name: a, vars: [b]}\n") ==
        "2: 'vars' is a map of names to values\n");
  CHECK(mistakes("clusters:\n  - {name: a, kubeconfig: ~/a}\n") ==
        "2: 'kubeconfig' is no shell: write the folder in place of ~\n");
  CHECK(has(mistakes("clusters:\n  - {name: a, vars: {b: }}\n"), "'b' is blank"));
  CHECK(mistakes("clusters: [") != "");
}

TEST_CASE("contexts separated by commas are clusters", "[fleet]") {
  Options options;
  CHECK(clusters_of(options).empty());
  options.contexts = {"a", "b"};
  const auto list = clusters_of(options);
  REQUIRE(list.size() == 2);
  CHECK(list[1].name == "b");
  CHECK(list[1].options.context == "b");
  CHECK(list[1].options.contexts.empty());
}

TEST_CASE("a fleet is run at once into one record, each cluster by itself", "[fleet]") {
  const TemporaryDirectory folder;
  const ScriptedServer server([](ScriptedServer::Connection& connection) {
    while (!connection.read_request().empty()) connection.write(http_answer("fine"));
  });
  const auto file = [&](const std::string& name) { return folder.path() + "/" + name; };
  write_file(file("try.yaml"), R"(checklist: try
vars: {port: {required: true, about: where the web listens}}
checks:
  - id: web
    title: the web answers
    kind: http.response
    with: {url: "http://127.0.0.1:${port}/", status: [200]}
  - id: after-web
    title: the web answers again
    kind: http.response
    needs: [web]
    with: {url: "http://127.0.0.1:${port}/again", status: [200]}
)");
  write_file(file("fleet.yaml"),
             "clusters:\n  - {name: up, vars: {port: " + std::to_string(server.port()) +
                 "}}\n  - {name: down, vars: {port: " + std::to_string(unused_port()) + "}}\n");
  const auto run =
      postflight({"run", file("try.yaml"), "--fleet", file("fleet.yaml"), "-v", "--report",
                  "json=" + file("r.json"), "--report", "junit=" + file("r.xml")});
  CHECK(run.exit_code == 2);
  CHECK(has(run.output, "up: try\n-------\n√ the web answers\n"));
  CHECK(has(run.output, "down: try\n---------\n? the web answers [web]\n"));
  CHECK(has(run.output, "1 other check cannot be known before this one is right"));
  CHECK(has(run.output, "\n√ up: passed: 2 passed, "));
  CHECK(has(run.output, "\n? down: not known: 1 could not be found out, 1 blocked by web, "));
  CHECK(has(run.output, "\n? not known: 1 could not be found out, 2 passed, 1 blocked by web, "));
  CHECK(has(run.errors, "up/web: passed after 1 attempt"));
  CHECK(has(run.errors, "down/web: errored after 1 attempt"));
  const auto report = nlohmann::json::parse(read_file(file("r.json")));
  CHECK(report["checks"].size() == 4);
  CHECK(report["clusters"][0]["verdict"] == "passed");
  CHECK(report["clusters"][1]["verdict"] == "errored");
  CHECK(has(read_file(file("r.xml")), "<testsuite name=\"down: try\""));
}

TEST_CASE("a signal ends the runs on all clusters, with every report written", "[fleet]") {
  const TemporaryDirectory folder;
  const ScriptedServer silent(
      [](ScriptedServer::Connection& peer) { peer.wait_for_peer_to_leave(); });
  const auto file = [&](const std::string& name) { return folder.path() + "/" + name; };
  write_file(file("try.yaml"), R"(checklist: try
vars: {path: {required: true, about: x}}
checks:
  - {id: web, title: it answers, kind: http.response, with: {url: "http://127.0.0.1:)" +
                                   std::to_string(silent.port()) + R"(/${path}", status: [200]}}
)");
  write_file(file("fleet.yaml"),
             "clusters: [{name: one, vars: {path: a}}, {name: two, vars: {path: b}}]\n");
  Running running({program, "run", file("try.yaml"), "--fleet", file("fleet.yaml"), "--report",
                   "json=" + file("r.json")});
  const auto end = std::chrono::steady_clock::now() + patience(60);
  while (silent.connections() < 2 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  running.signal(SIGTERM);
  CHECK(running.end().exit_code == 143);
  const auto report = nlohmann::json::parse(read_file(file("r.json")));
  CHECK(report["verdict"] == "errored");
  REQUIRE(report["checks"].size() == 2);
  for (const auto& check : report["checks"]) CHECK(check["reason"] == "interrupted");
}

TEST_CASE("a mistake of some clusters says of which, one of all is said once", "[fleet]") {
  const TemporaryDirectory folder;
  const auto file = [&](const std::string& name) { return folder.path() + "/" + name; };
  write_file(file("fleet.yaml"), "clusters: [{name: a, vars: {url: x}}, {name: b}, {name: c}]\n");
  const auto errors = [&](const std::string& checks) {
    write_file(file("try.yaml"),
               "checklist: try\nvars: {url: {required: true, about: x}}\n" + checks);
    const auto run = postflight({"run", file("try.yaml"), "--fleet", file("fleet.yaml")});
    CHECK(run.exit_code == 3);
    return run.errors;
  };
  const std::string check =
      "checks:\n  - {id: a, title: a, kind: tcp.connects, with: {address: \"${url}:1\"}}\n";
  CHECK(has(errors(check), ": b, c: the variable 'url' has no value"));
  write_file(file("fleet.yaml"),
             "clusters: [{name: a, vars: {url: x}}, {name: b, vars: {url: y}}]\n");
  const auto of_all = errors("checks:\n  - {id: a, title: a, kind: tcp.conects}\n");
  CHECK(has(of_all, "tcp.conects"));
  CHECK(!has(of_all, "a, b"));
}

TEST_CASE("two names for the same are refused, and so is a cluster that is not named", "[fleet]") {
  const TemporaryDirectory folder;
  const auto file = [&](const std::string& name) { return folder.path() + "/" + name; };
  write_file(file("kubeconfig"), R"(apiVersion: v1
kind: Config
current-context: one
clusters: [{name: one, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: one, user: {token: a-token-that-is-long}}]
contexts: [{name: one, context: {cluster: one, user: one}}, {name: two, context: {cluster: one, user: one}}]
)");
  const auto errors = [&](const std::string& kind, const std::string& fleet) {
    write_file(file("try.yaml"),
               "checklist: try\nvars: {size: {default: \"1\", about: x}}\nchecks:\n"
               "  - {id: a, title: a, " +
                   kind + "}\n");
    write_file(file("fleet.yaml"), "clusters: [" + fleet + "]\n");
    const auto run = postflight({"run", file("try.yaml"), "--fleet", file("fleet.yaml"),
                                 "--kubeconfig", file("kubeconfig")});
    return std::to_string(run.exit_code) + ": " + run.errors;
  };
  const std::string asks = "kind: k8s.api-ready",
                    asks_not = "kind: tcp.connects, with: {address: \"127.0.0.1:1\"}";
  CHECK(has(errors(asks, "{name: a, context: one}, {name: b}"), "b: name its 'context'"));
  CHECK(has(errors(asks, "{name: a, context: one}, {name: b, context: one}"),
            "a and b would be asked the very same\n"));
  CHECK(errors(asks, "{name: a, context: one}, {name: b, context: two}") == "2: ");
  CHECK(errors(asks, "{name: a, context: one}, {name: b, context: one, vars: {size: 2}}") == "2: ");
  CHECK(has(errors(asks_not, "{name: a, context: one}, {name: b, context: two}"),
            "a and b would be asked the very same: no check asks the cluster itself"));
}

TEST_CASE("what cannot go with several clusters is refused before anything is asked", "[fleet]") {
  const auto refusal = [](Words words) {
    words.insert(words.begin(), {"run", "x.yaml"});
    const auto run = postflight(words);
    CHECK(run.exit_code == 3);
    return run.errors;
  };
  CHECK(has(refusal({"--context", "a,,b"}), "--context 'a,,b': a name is empty"));
  CHECK(has(refusal({"--context", "a,b,a"}), "'a' is there twice"));
  CHECK(has(refusal({"--context", "a,b", "--record", "d"}), "are for one cluster"));
  CHECK(has(refusal({"--context", "a,b", "--shard", "0/2"}), "--shard is for one cluster"));
  CHECK(has(refusal({"--context", "a", "--fleet", "f"}), "--fleet and --context"));
  CHECK(has(refusal({"--fleet", "/nonexistent"}), "/nonexistent: this file cannot be read"));
}

}  // namespace postflight::test
