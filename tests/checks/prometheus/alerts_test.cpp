#include "tests/checks/prometheus/prometheus_answers.hpp"

namespace postflight::test {
namespace {

using namespace prometheus;
using namespace std::chrono_literals;

std::string alert(const std::string& labels, const std::string& state = "firing") {
  return fmt::format(R"({{"labels":{{{}}},"annotations":{{"summary":"it is bad"}},"state":"{}",
    "activeAt":"{}","value":"1e+00"}})",
                     labels, state, moment(600s));
}

std::string labels(const std::string& name, const std::string& severity = "",
                   const std::string& more = "") {
  return fmt::format(R"("alertname":"{}"{}{})", name,
                     severity.empty() ? "" : R"(,"severity":")" + severity + "\"", more);
}

std::string rule(const std::string& name, const std::string& severity = "",
                 const std::string& alerts = "", const std::string& health = "ok",
                 std::chrono::seconds ago = 10s) {
  return fmt::format(
      R"({{"type":"alerting","name":"{}","labels":{{{}}},"health":"{}","lastError":"{}",
          "lastEvaluation":"{}","state":"{}","alerts":[{}]}})",
      name, severity.empty() ? "" : R"("severity":")" + severity + "\"", health,
      health == "ok" ? "" : "it broke", moment(ago), alerts.empty() ? "inactive" : "firing",
      alerts);
}

HttpResponse rules(const std::string& list) {
  return answer(R"({"status":"success","data":{"groups":[{"name":"g","interval":30,"rules":[)" +
                list + "]}]}}");
}

HttpResponse one_critical() {
  return rules(rule("Watchdog", "none", alert(labels("Watchdog", "none"))) + "," +
               rule("Down", "critical", alert(labels("Down", "critical", R"(,"job":"a")"))) + "," +
               rule("Slow", "warning"));
}

std::string told(const std::string& the_labels, const std::string& status = R"("state":"active")",
                 std::chrono::seconds ago = 30s) {
  return fmt::format(
      R"({{"labels":{{{}}},"annotations":{{}},"startsAt":"{}","updatedAt":"{}","status":{{{}}}}})",
      the_labels, moment(3600s), moment(ago), status);
}

Outcome of_alertmanager(const std::string& with, const std::string& list) {
  return run("alerts", "source: alertmanager, " + with, answer("[" + list + "]"));
}

}  // namespace

TEST_CASE("no alert fires while all rules are evaluated", "[prometheus.alerts]") {
  const auto outcome =
      run("alerts", "max: 0", rules(rule("Down", "critical") + "," + rule("Slow", "warning")));
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  CHECK(outcome.summary == "2 alerting rules: none fires that counts");
  CHECK(fact(outcome, "alerting rules")->observed == "2 of 2");
}

TEST_CASE("an alert that fires is told with its labels and its summary", "[prometheus.alerts]") {
  const auto outcome = run("alerts", "severities: [critical], watchdog: Watchdog", one_critical());
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::failed);
  CHECK(says(outcome.summary, R"(alert Down{job="a",severity="critical"} firing since )"));
  CHECK(says(outcome.summary, ": it is bad"));
  const auto& expected = fact(outcome, "alerts that count")->expected;
  CHECK(expected == "no alert of severity critical, or without one");
  CHECK(fact(outcome, "alert Down")->expected == expected);
  CHECK(fact(outcome, "watchdog Watchdog")->status == Status::passed);
}

TEST_CASE("thresholds decide how many may fire", "[prometheus.alerts]") {
  const auto status = [](const std::string& with) {
    return run("alerts", with + ", watchdog: Watchdog", one_critical()).status;
  };
  CHECK(status("max: 0") == Status::failed);
  CHECK(status("max: 1") == Status::passed);
  CHECK(status("max: 1, warn: 0") == Status::warned);
  CHECK(status("severities: [warning]") == Status::passed);
  CHECK(status("severities: [warning, critical]") == Status::failed);
}

TEST_CASE("an alert without a severity counts always", "[prometheus.alerts]") {
  const auto answer = rules(rule("Odd", "", alert(labels("Odd"))) + "," + rule("Down", "critical"));
  const auto outcome = run("alerts", "severities: [critical]", answer);
  CHECK(outcome.status == Status::failed);
  CHECK(says(outcome.summary, "alert Odd"));
  const auto other = rules(rule("Odd", "", alert(R"("alertname":"Odd","level":"low")")) + "," +
                           rule("Down", "critical"));
  CHECK(run("alerts", "severities: [critical], severity-label: level", other).status ==
        Status::passed);
}

TEST_CASE("ignored and pending alerts are shown, and do not count", "[prometheus.alerts]") {
  const auto answer =
      rules(rule("Down", "critical", alert(labels("Down", "critical", R"(,"job":"a")"))) + "," +
            rule("Slow", "critical", alert(labels("Slow", "critical"), "pending")));
  auto outcome = run("alerts", R"(ignore: ['Down{job=~"a|b"}'])", answer);
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::passed);
  CHECK(fact(outcome, "alert Down")->expected == R"(not counted: ignored by Down{job=~"a|b"})");
  CHECK(fact(outcome, "alert Slow")->expected == "not counted: pending alerts do not count");
  CHECK(says(outcome.summary, "; 2 not counted"));
  CHECK(run("alerts", R"(ignore: ['Down{job="b"}'])", answer).status == Status::failed);
  outcome = run("alerts", "ignore: [Down], count-pending: true", answer);
  CHECK(outcome.status == Status::failed);
  CHECK(says(outcome.summary, "alert Slow"));
}

TEST_CASE("alerts of a rule that is not evaluated are unknown", "[prometheus.alerts]") {
  const auto with = [](const std::string& second) {
    return run("alerts", "severities: [critical], ignore: [Known]",
               rules(rule("Down", "critical") + "," + second));
  };
  auto outcome = with(rule("Bad", "critical", "", "err"));
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "rule-not-evaluated");
  CHECK(says(outcome.summary, "it broke"));
  CHECK(with(rule("Bad", "", "", "err")).status == Status::errored);
  CHECK(with(rule("Bad", "{{ $labels.severity }}", "", "err")).status == Status::errored);
  CHECK(with(rule("Bad", "critical", "", "ok", 600s)).reason == "rule-not-evaluated");
  CHECK(with(rule("Bad", "critical", "", "ok", -600s)).status == Status::errored);
  CHECK(with(rule("Bad", "critical", "", "unknown")).reason == "not-evaluated-yet");
  // Of these no alert would count.
  CHECK(with(rule("Bad", "info", "", "err")).status == Status::passed);
  CHECK(with(rule("Known", "critical", "", "err")).status == Status::passed);
  // A failure that is known outweighs what is not.
  CHECK(with(rule("Bad", "critical", "", "err") + "," +
             rule("Worse", "critical", alert(labels("Worse", "critical"))))
            .status == Status::failed);
}

TEST_CASE("without a rule that could fire nothing is known", "[prometheus.alerts]") {
  CHECK(run("alerts", "max: 0", rules("")).reason == "no-rules");
  CHECK(run("alerts", "max: 0", answer(R"({"status":"success","data":{"groups":[]}})")).reason ==
        "no-rules");
  CHECK(run("alerts", "severities: [critical]", rules(rule("Slow", "warning"))).reason ==
        "no-rules");
  const auto outcome = run("alerts", "alerts: [Down, Gone]", rules(rule("Down", "critical")));
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "no-such-rule");
  CHECK(says(outcome.summary, "alert Gone"));
  CHECK(run("alerts", "watchdog: Watchdog", rules(rule("Down", "critical"))).reason ==
        "no-watchdog");
  CHECK(run("alerts", "watchdog: Watchdog",
            rules(rule("Watchdog", "none", alert(labels("Watchdog", "none"), "pending"))))
            .reason == "no-watchdog");
}

TEST_CASE("Alertmanager's silenced and inhibited alerts count only when asked",
          "[prometheus.alerts]") {
  const auto list = told(labels("Down", "critical"), R"("state":"suppressed","silencedBy":["1"])") +
                    "," +
                    told(labels("Slow", "warning"), R"("state":"suppressed","inhibitedBy":["2"])");
  const auto outcome = of_alertmanager("max: 0", list);
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  CHECK(fact(outcome, "alert Down")->expected == "not counted: silenced alerts do not count");
  CHECK(fact(outcome, "alert Slow")->expected == "not counted: inhibited alerts do not count");
  CHECK(says(of_alertmanager("count-silenced: true", list).summary, "alert Down"));
  CHECK(says(of_alertmanager("count-inhibited: true", list).summary, "alert Slow"));
  CHECK(of_alertmanager("max: 0", told(labels("Down", "critical"))).status == Status::failed);
}

TEST_CASE("an Alertmanager that nobody tells of alerts proves nothing", "[prometheus.alerts]") {
  CHECK(of_alertmanager("max: 0", "").reason == "nothing-examined");
  CHECK(of_alertmanager("watchdog: Watchdog", "").reason == "no-watchdog");
  const auto watchdog = [](std::chrono::seconds ago) {
    return of_alertmanager("watchdog: Watchdog",
                           told(labels("Watchdog", "none"), R"("state":"active")", ago));
  };
  CHECK(watchdog(60s).status == Status::passed);
  CHECK(watchdog(400s).reason == "stale");
  CHECK(of_alertmanager("watchdog: Watchdog, max-age: 10m",
                        told(labels("Watchdog", "none"), R"("state":"active")", 400s))
            .status == Status::passed);
}

TEST_CASE("an answer about alerts that is none is told by its true reason", "[prometheus.alerts]") {
  struct Row {
    HttpResponse response;
    std::string reason;
  };
  const std::vector<Row> rows = {
      {answer(error("execution", "no")), "rejected"},
      {answer(R"({"status":"success","data":{"groups":[]},"warnings":["a store is gone"]})"),
       "partial"},
      {answer(R"({"status":"success","data":{"groups":[],"groupNextToken":"x"}})"), "partial"},
      {answer(R"({"status":"success","data":{"alerts":[]}})"), "unreadable"},
      {answer("<html>"), "unreadable"},
      {answer("[]"), "unreadable"},
      {answer("", 503), "server-error"},
      {rules(rule("Down", "critical", alert(labels("Down"), "odd"))), "unreadable"},
      {answer(R"({"status":"success","data":{"groups":[{"name":"g","interval":30,"rules":[
         {"type":"alerting","name":"Down","health":"ok","state":"firing",
          "lastEvaluation":"2026-11-23T20:00:00Z"}]}]}})"),
       "unreadable"},
  };
  for (const auto& row : rows) {
    INFO(row.response.body);
    CHECK(thrown("alerts", "max: 0", row.response).reason == row.reason);
  }
  for (const auto* body : {"", "{}", "[1]", "[{}]", R"([{"labels":{"a":"b"}}])", "<html>"})
    CHECK(thrown("alerts", "source: alertmanager", answer(body)).reason == "unreadable");
}

TEST_CASE("settings that mean nothing together are mistakes", "[prometheus.alerts]") {
  const auto wrong = [](const std::string& with) {
    return mistake("alerts", "{url: 'http://prometheus.example.com', " + with + "}");
  };
  CHECK(wrong("max: 3, warn: 0") == "");
  CHECK(says(wrong("warn: 0"), "'warn' must be less"));
  CHECK(says(wrong("max: -1"), "negative"));
  CHECK(says(wrong("count-silenced: true"), "only Alertmanager knows"));
  CHECK(says(wrong("count-inhibited: true"), "only Alertmanager knows"));
  CHECK(says(wrong("source: alertmanager, alerts: [A]"), "only Prometheus knows"));
  CHECK(says(wrong("source: alertmanager, count-pending: true"), "not told of pending"));
  CHECK(says(wrong("alerts: [A], watchdog: B"), "loaded and evaluated anyway"));
  CHECK(says(wrong("severities: []"), "lists nothing"));
  CHECK(says(wrong("ignore: ['A{']"), "conditions on labels"));
  CHECK(says(wrong("watchdog: ''"), "empty"));
  CHECK(says(wrong("max-age: 0s"), "'max-age'"));
}

}  // namespace postflight::test
