// The kinds against a real Prometheus and a real Alertmanager.
#include "clients/curl_http.hpp"
#include "runner/yaml.hpp"
#include "tests/checks/prometheus/prometheus_answers.hpp"
#include "tests/support/prometheus_server.hpp"

namespace postflight::test {
namespace {

using namespace prometheus;

// Made once: it takes seconds to start.
const PrometheusServer& server() {
  static const PrometheusServer one;
  return one;
}

Outcome ask(const std::string& name, const std::string& url, const std::string& with) {
  RecordedWorld world;
  CurlHttp http;
  world.http.respond = [&](const HttpRequest& request) {
    return http.send(request,
                     {std::chrono::steady_clock::now() + std::chrono::seconds(30), {}, {}});
  };
  return world.run(kind(name), "{url: '" + url + "', " + with + "}");
}

Outcome of_prometheus(const std::string& name, const std::string& with) {
  return ask(name, server().url(), with);
}

std::string reason_of(const std::string& with) {
  try {
    return of_prometheus("query", with).reason;
  } catch (const CannotTell& error) {
    return error.reason();
  }
}

}  // namespace

TEST_CASE("a real Prometheus answers queries", "[prometheus][real]") {
  if (!PrometheusServer::is_installed()) SKIP("prometheus or prometheus-alertmanager is missing");
  const auto up = of_prometheus("query", "query: 'up{job=\"self\"}', equals: 1");
  INFO(all_text(up));
  CHECK(up.status == Status::passed);
  CHECK(fact(up, "up{instance=\"" + server().self() + "\",job=\"self\"}") != nullptr);
  const auto all = of_prometheus("query", "query: up, equals: 1");
  INFO(all_text(all));
  CHECK(all.status == Status::failed);
  CHECK(says(all.summary, server().down()));
  CHECK(of_prometheus("query", "query: 1 + 1, equals: 2").status == Status::passed);
  CHECK(of_prometheus("query", "query: up == 5, allow-empty: true, among: up").examined == 2);
  CHECK(reason_of("query: upp, min: 0") == "no-series");
  CHECK(reason_of("query: upp == 5, allow-empty: true, among: upp") == "no-series");
  CHECK(reason_of("query: 'up / 0', min: 0") == "not-a-number");
  CHECK(reason_of("query: 'up[', min: 0") == "rejected");
  CHECK(
      reason_of("query: \"up * on() group_left() label_replace(up, 'x', 'y', '', '')\", min: 0") ==
      "rejected");
  CHECK(reason_of("query: '\"text\"', min: 0") == "unreadable");
  CHECK(reason_of("query: 'up[1m]', min: 0") == "unreadable");
}

TEST_CASE("a real Prometheus tells what a series did over a time", "[prometheus][real]") {
  if (!PrometheusServer::is_installed()) SKIP("prometheus or prometheus-alertmanager is missing");
  // Time is a series that is known for ever, and grows by a second each second.
  const auto grown = of_prometheus(
      "query", "query: 'vector(time()) # now', over: 1h, min-rate: 0.99, max-rate: 1.01");
  INFO(all_text(grown));
  CHECK(grown.status == Status::passed);
  CHECK(of_prometheus("query", "query: vector(1), over: 1h, grows: true").status == Status::failed);
  CHECK(reason_of("query: up, over: 10m, step: 1s, grows: true") == "short-history");
  CHECK(reason_of("query: '1', over: 1h, grows: true") == "rejected");
}

TEST_CASE("a real Prometheus tells which rules are loaded, and which are broken",
          "[prometheus][real]") {
  if (!PrometheusServer::is_installed()) SKIP("prometheus or prometheus-alertmanager is missing");
  const auto good =
      of_prometheus("rules", "groups: [targets], alerts: [TargetDown], records: ['job:up:sum']");
  INFO(all_text(good));
  CHECK(good.status == Status::passed);
  CHECK(good.examined == 5);
  const auto all = of_prometheus("rules", "min-rules: 2");
  CHECK(all.status == Status::failed);
  CHECK(says(all.summary, "alert ManyToMany of group broken"));
  CHECK(of_prometheus("rules", "alerts: [Gone]").status == Status::failed);
}

TEST_CASE("a real Prometheus tells which alerts fire", "[prometheus][real]") {
  if (!PrometheusServer::is_installed()) SKIP("prometheus or prometheus-alertmanager is missing");
  const auto critical = of_prometheus("alerts", "severities: [critical], watchdog: Watchdog");
  INFO(all_text(critical));
  CHECK(critical.status == Status::failed);
  CHECK(says(critical.summary, "alert TargetDown{"));
  CHECK(says(critical.summary, "gone is down"));
  const auto ignored =
      of_prometheus("alerts", "severities: [critical], watchdog: Watchdog, ignore: [TargetDown]");
  INFO(all_text(ignored));
  CHECK(ignored.status == Status::passed);
  CHECK(of_prometheus("alerts", "severities: [page]").status == Status::passed);
  CHECK(of_prometheus("alerts", "severities: [page, info]").reason == "rule-not-evaluated");
  CHECK(of_prometheus("alerts", "severities: [warning], count-pending: true").status ==
        Status::failed);
}

TEST_CASE("a real Alertmanager tells which alerts it was told of", "[prometheus][real]") {
  if (!PrometheusServer::is_installed()) SKIP("prometheus or prometheus-alertmanager is missing");
  const auto of_alertmanager = [](const std::string& with) {
    return ask("alerts", server().alertmanager_url(), "source: alertmanager, " + with);
  };
  const auto critical = of_alertmanager("severities: [critical], watchdog: Watchdog");
  INFO(all_text(critical));
  CHECK(critical.status == Status::failed);
  CHECK(says(critical.summary, "alert TargetDown{"));
  CHECK(of_alertmanager("severities: [page], watchdog: Watchdog").status == Status::passed);
  CHECK(of_alertmanager("severities: [page], watchdog: Nobody").reason == "no-watchdog");
  CHECK_THROWS_AS(of_prometheus("alerts", "source: alertmanager"), CannotTell);
}

}  // namespace postflight::test
