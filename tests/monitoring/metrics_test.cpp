// The metrics that a run writes, what deploy/monitoring makes of them, and both in a real
// Prometheus.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/monitoring/runs.hpp"
#include "tests/support/prometheus_server.hpp"

namespace postflight::test {
namespace {

using Json = nlohmann::json;

// All of them: last_success is there since a run before, as in a textfile that is written again and
// again.
std::string metrics_of_a_bad_run(const Runs& runs) {
  const Words options{"--report", "prometheus=" + runs.path("postflight.prom")};
  REQUIRE(runs.run("", options).exit_code == 0);
  REQUIRE(runs.run(Runs::failing() + Runs::warning() + Runs::unknown() + Runs::waived(), options)
              .exit_code == 1);
  return read_file(runs.path("postflight.prom"));
}

Json dashboard() { return Json::parse(source("deploy/monitoring/dashboard.json")); }

void replace_all(std::string& text, const std::string& old, const std::string& by) {
  for (auto at = text.find(old); at != text.npos; at = text.find(old, at + by.size()))
    text.replace(at, old.size(), by);
}

// Title and PromQL of each panel, with All for each variable.
std::vector<std::pair<std::string, std::string>> queries_of(const Json& board) {
  std::vector<std::pair<std::string, std::string>> queries;
  for (const auto& panel : board.at("panels"))
    for (const auto& target : panel.at("targets")) {
      auto query = target.at("expr").get<std::string>();
      for (const auto& variable : board.at("templating").at("list"))
        replace_all(query, "$" + variable.at("name").get<std::string>(),
                    variable.value("allValue", ""));
      queries.emplace_back(panel.at("title"), query);
    }
  return queries;
}

bool has_promtool() { return std::filesystem::exists("/usr/bin/promtool"); }

Ended promtool(Words arguments, const std::string& redirection = "") {
  Words argv{"/bin/sh", "-c", "exec promtool \"$@\" 2>&1" + redirection, "sh"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return Running(argv).end();
}

Json answer_of(const std::string& url, const std::string& query = "") {
  Words argv{"/usr/bin/curl", "-s", "--noproxy", "*", "--max-time", "30", url};
  if (!query.empty()) argv.insert(argv.end(), {"--get", "--data-urlencode", "query=" + query});
  return Json::parse(Running(argv).end().output);
}

}  // namespace

TEST_CASE("the metrics that are written are those of docs/metrics.md", "[metrics]") {
  const Runs runs;
  const auto text = metrics_of_a_bad_run(runs);
  INFO(text);
  const auto written = metric_names(text);
  std::set<std::string> told;
  std::istringstream page(source("docs/metrics.md"));
  for (std::string line; std::getline(page, line);)
    if (line.starts_with("| `postflight_"))
      told.merge(metric_names(line.substr(0, line.find('{'))));
  CHECK(told == written);
  for (const auto* line :
       {"postflight_check_status{checklist=\"cluster\",check=\"open\",severity=\"blocking\"} 0\n",
        "postflight_check_status{checklist=\"cluster\",check=\"ajar\",severity=\"advisory\"} 1\n",
        "postflight_check_status{checklist=\"cluster\",check=\"shut\",severity=\"blocking\"} 2\n",
        "postflight_check_status{checklist=\"cluster\",check=\"silent\",severity=\"blocking\"} 3\n",
        "postflight_check_status{checklist=\"cluster\",check=\"later\",severity=\"blocking\"} 4\n",
        "postflight_checks{checklist=\"cluster\",state=\"errored\"} 1\n",
        "postflight_run_status{checklist=\"cluster\"} 2\n",
        "postflight_run_exit_code{checklist=\"cluster\"} 1\n"})
    CHECK(has(text, line));
}

TEST_CASE("promtool finds nothing wrong with the metrics", "[metrics]") {
  if (!has_promtool()) SKIP("promtool is not installed");
  const Runs runs;
  metrics_of_a_bad_run(runs);
  const auto ended = promtool({"check", "metrics"}, " <" + runs.path("postflight.prom"));
  CHECK(ended.output == "");
  CHECK(ended.exit_code == 0);
}

TEST_CASE("each alert fires when it should and not before", "[metrics]") {
  if (!has_promtool()) SKIP("promtool is not installed");
  const auto folder = std::string(SOURCE_ROOT) + "/deploy/monitoring";
  for (const Words& arguments : {Words{"check", "rules", folder + "/alerts.yaml"},
                                 Words{"test", "rules", folder + "/alerts_test.yaml"}}) {
    const auto ended = promtool(arguments);
    INFO(ended.output);
    CHECK(ended.exit_code == 0);
    CHECK(has(ended.output, "SUCCESS"));
  }
  // An alert that is not tested is none.
  const auto rules = source("deploy/monitoring/alerts.yaml");
  const auto tests = source("deploy/monitoring/alerts_test.yaml");
  std::size_t alerts = 0;
  const std::string mark = "- alert: ";
  for (auto at = rules.find(mark); at != rules.npos; at = rules.find(mark, at + 1), ++alerts) {
    const auto name = rules.substr(at + mark.size(), rules.find('\n', at) - at - mark.size());
    INFO(name);
    CHECK(has(tests, "alertname: " + name + "}"));                        // not yet
    CHECK(has(tests, "alertname: " + name + "\n        exp_alerts:\n"));  // now
  }
  CHECK(alerts == 5);
}

TEST_CASE("the alerts and the dashboard ask for nothing that is not written", "[metrics]") {
  const Runs runs;
  const auto written = metric_names(metrics_of_a_bad_run(runs));
  const auto board = dashboard();
  auto asked = metric_names(source("deploy/monitoring/alerts.yaml") +
                            source("deploy/monitoring/alerts_test.yaml"));
  for (const auto& [title, query] : queries_of(board)) asked.merge(metric_names(query));
  for (const auto& variable : board.at("templating").at("list"))
    asked.merge(metric_names(variable.at("query").dump()));
  CHECK(std::ranges::includes(written, asked));
  for (const auto& name : asked)
    if (!written.contains(name)) FAIL_CHECK(name << " is not written");
}

TEST_CASE("the dashboard can be imported, and its queries are PromQL", "[metrics]") {
  const auto board = dashboard();
  CHECK(board.at("id").is_null());
  CHECK(board.at("schemaVersion") >= 39);
  std::set<std::string> variables;
  for (const auto& variable : board.at("templating").at("list"))
    variables.insert(variable.at("name").get<std::string>());
  CHECK(variables == std::set<std::string>{"checklist", "cluster", "datasource"});
  std::set<int> ids;
  std::set<std::pair<int, int>> cells;
  for (const auto& panel : board.at("panels")) {
    INFO(panel.at("title"));
    CHECK(ids.insert(panel.at("id").get<int>()).second);
    CHECK(panel.at("datasource").at("uid") == "${datasource}");
    const auto& place = panel.at("gridPos");
    const int x = place.at("x"), y = place.at("y"), w = place.at("w"), h = place.at("h");
    CHECK(x + w <= 24);
    bool is_alone = true;
    for (int i = 0; i < w * h; ++i)
      is_alone = cells.emplace(x + i % w, y + i / w).second && is_alone;
    CHECK(is_alone);
    for (const auto& target : panel.at("targets"))
      CHECK(target.at("datasource").at("uid") == "${datasource}");
  }
  Json rules = Json::array();
  for (const auto& [title, query] : queries_of(board)) {
    CHECK_FALSE(has(query, "$"));
    rules.push_back({{"record", "panel:" + std::to_string(rules.size())}, {"expr", query}});
  }
  if (!has_promtool()) SKIP("promtool is not installed");
  const TemporaryDirectory folder;
  write_file(folder.path() + "/rules.yaml",
             Json{{"groups", {{{"name", "dashboard"}, {"rules", rules}}}}}.dump());
  const auto ended = promtool({"check", "rules", folder.path() + "/rules.yaml"});
  INFO(ended.output);
  CHECK(ended.exit_code == 0);
  CHECK(has(ended.output, std::to_string(rules.size()) + " rules found"));
}

TEST_CASE("a real Prometheus shows every panel and fires the alert of a check that failed",
          "[metrics]") {
  if (!PrometheusServer::is_installed()) SKIP("Prometheus or Alertmanager is not installed");
  const Runs runs;
  const auto text = metrics_of_a_bad_run(runs);
  ScriptedServer exporter([&](ScriptedServer::Connection& peer) {
    if (!peer.read_request().empty())
      peer.write(http_answer(text,
                             "Content-Type: text/plain; version=0.0.4\r\n"
                             "Connection: close\r\n"));
  });
  PrometheusContents contents;
  contents.rules = source("deploy/monitoring/alerts.yaml");
  contents.alerts = {"PostflightCheckFailed"};
  contents.targets = {"127.0.0.1:" + std::to_string(exporter.port())};
  const PrometheusServer prometheus(contents);
  for (const auto& [title, query] : queries_of(dashboard())) {
    INFO(title << ": " << query);
    const auto answer = answer_of(prometheus.url() + "/api/v1/query", query);
    CHECK(answer.at("status") == "success");
    CHECK_FALSE(answer.at("data").at("result").empty());
  }
  const auto alerts = answer_of(prometheus.alertmanager_url() + "/api/v2/alerts");
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].at("labels").at("check") == "shut");
  CHECK(alerts[0].at("annotations").at("summary") == "cluster: shut failed");
}

}  // namespace postflight::test
