#include "tests/checks/prometheus/prometheus_answers.hpp"

namespace postflight::test {
namespace {

using namespace prometheus;
using namespace std::chrono_literals;

std::string rule(const std::string& name, const std::string& type = "alerting",
                 const std::string& health = "ok", const std::string& evaluated = moment(10s)) {
  return fmt::format(
      R"({{"type":"{}","name":"{}","health":"{}","lastError":"{}","lastEvaluation":"{}",
          "state":"inactive"}})",
      type, name, health, health == "err" ? "many-to-many" : "", evaluated);
}

std::string group(const std::string& name, const std::string& rules, int interval = 30) {
  return fmt::format(R"({{"name":"{}","interval":{},"rules":[{}]}})", name, interval, rules);
}

HttpResponse loaded(const std::string& groups) {
  return answer(R"({"status":"success","data":{"groups":[)" + groups + "]}}");
}

HttpResponse healthy() {
  return loaded(group("nodes", rule("Down") + "," + rule("job:up:sum", "recording")) + "," +
                group("other", rule("Slow")) + "," + group("empty", ""));
}

}  // namespace

TEST_CASE("without names every rule is looked at", "[prometheus.rules]") {
  auto outcome = run("rules", "min-rules: 3", healthy());
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 3);
  CHECK(outcome.summary == "3 rules are loaded and evaluated without error");
  CHECK(fact(outcome, "group nodes")->observed == "2 rules so");
  outcome = run("rules", "min-rules: 4", healthy());
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "3 rules are loaded, at least 4 expected");
  outcome = run("rules", "min-rules: 1", loaded(""));
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "no rule is loaded: Prometheus evaluates nothing");
}

TEST_CASE("rules and groups that are named have to be loaded", "[prometheus.rules]") {
  auto outcome =
      run("rules", "alerts: [Down], records: ['job:up:sum'], groups: [other]", healthy());
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 3);
  CHECK(fact(outcome, "alert Down")->expected == "alert Down is loaded");
  outcome = run("rules", "alerts: [Down, Gone]", healthy());
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "alert Gone is not loaded");
  CHECK(fact(outcome, "alert Gone")->expected == "alert Gone is loaded");
  CHECK(run("rules", "records: [Down]", healthy()).summary == "record Down is not loaded");
  CHECK(run("rules", "groups: [gone]", healthy()).summary == "group gone is not loaded");
  CHECK(run("rules", "groups: [empty]", healthy()).summary ==
        "group empty is loaded, but it has no rules");
}

TEST_CASE("a rule in error, or not evaluated lately, has failed", "[prometheus.rules]") {
  const auto with = [](const std::string& second, const std::string& settings = "alerts: [Bad]") {
    return run("rules", settings, loaded(group("nodes", rule("Down") + "," + second)));
  };
  auto outcome = with(rule("Bad", "alerting", "err"));
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::failed);
  CHECK(says(outcome.summary, "alert Bad of group nodes: health err"));
  CHECK(says(outcome.summary, "many-to-many"));
  CHECK(fact(outcome, "alert Bad of")->expected == "evaluated without error in the last 2m30s");
  CHECK(with(rule("Bad", "alerting", "odd")).status == Status::failed);
  CHECK(with(rule("Bad", "alerting", "ok", moment(140s))).status == Status::passed);
  CHECK(with(rule("Bad", "alerting", "ok", moment(200s))).status == Status::failed);
  CHECK(with(rule("Bad", "alerting", "ok", moment(200s)), "max-age: 5m").status == Status::passed);
  CHECK(with(rule("Bad", "alerting", "ok", moment(-200s))).status == Status::errored);
  outcome = with(rule("Bad", "alerting", "unknown", "0001-01-01T00:00:00Z"));
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "not-evaluated-yet");
  CHECK(with(rule("Bad", "alerting", "err"), "alerts: [Down]").status == Status::passed);
}

TEST_CASE("an answer about rules that is none is told by its true reason", "[prometheus.rules]") {
  struct Row {
    HttpResponse response;
    std::string reason;
  };
  const std::vector<Row> rows = {
      {answer(error("unavailable", "loading"), 503), "server-error"},
      {answer("<html>"), "unreadable"},
      {answer(R"({"status":"success","data":{}})"), "unreadable"},
      {answer(R"({"status":"success","data":{"groups":[{"name":"g","rules":[]}]}})"), "unreadable"},
      {loaded(group("g", rule("Down", "odd"))), "unreadable"},
      {loaded(group("g", rule("Down", "alerting", "ok", "yesterday"))), "unreadable"},
      {loaded(group("g", R"({"type":"alerting","name":"Down"})")), "unreadable"},
  };
  for (const auto& row : rows) {
    INFO(row.response.body);
    CHECK(thrown("rules", "min-rules: 1", row.response).reason == row.reason);
  }
}

TEST_CASE("lists of rules that hold nothing are mistakes", "[prometheus.rules]") {
  const auto wrong = [](const std::string& with) {
    return mistake("rules", "{url: 'http://prometheus.example.com', " + with + "}");
  };
  CHECK(wrong("alerts: [A]") == "");
  CHECK(says(wrong("alerts: []"), "lists nothing"));
  CHECK(says(wrong("min-rules: 0"), "at least 1"));
  CHECK(says(wrong("max-age: 0s"), "'max-age'"));
}

}  // namespace postflight::test
