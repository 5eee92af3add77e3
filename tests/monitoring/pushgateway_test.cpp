// --report prometheus=http://...: what a Pushgateway is told, and what becomes of the run when it
// does not take it.
#include <catch2/catch_test_macros.hpp>
#include <mutex>
#include <nlohmann/json.hpp>

#include "tests/monitoring/runs.hpp"

namespace postflight::test {
namespace {

// Keeps what it is told and gives always the same answer.
class Gateway {
 public:
  explicit Gateway(std::string answer = http_answer("", "", "202 Accepted"))
      : server_([this, answer](ScriptedServer::Connection& peer) {
          for (auto request = peer.read_request(); !request.empty();
               request = peer.read_request()) {
            {
              const std::lock_guard lock(mutex_);
              requests_.push_back(request);
            }
            peer.write(answer);
          }
        }) {}

  // The report that goes there; `credentials` are user:password@.
  std::string report(const std::string& path = "", const std::string& credentials = "") const {
    return "prometheus=http://" + credentials + "127.0.0.1:" + std::to_string(server_.port()) +
           path;
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  ScriptedServer server_;
};

std::string first_line(const std::string& request) { return request.substr(0, request.find('\r')); }

std::string body(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("a Pushgateway is told by POST what a file would hold, without timestamps",
          "[pushgateway]") {
  const Runs runs;
  const Gateway gateway;
  const auto ended = runs.run(
      "", {"--report", gateway.report(), "--report", "prometheus=" + runs.path("metrics.prom")});
  INFO(ended.output << ended.errors);
  CHECK(ended.exit_code == 0);
  REQUIRE(gateway.requests().size() == 1);
  const auto request = gateway.requests().front();
  CHECK(first_line(request) == "POST /metrics/job/postflight/checklist/cluster HTTP/1.1");
  CHECK(has(request, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  CHECK(body(request) == read_file(runs.path("metrics.prom")));
  CHECK(has(body(request), "postflight_run_last_success_timestamp_seconds{"));
}

TEST_CASE("a run that is not healthy does not tell when the last success was", "[pushgateway]") {
  const Runs runs;
  for (const auto& [more, exit_code] : {std::pair{Runs::failing(), 1}, {Runs::unknown(), 2}}) {
    const Gateway gateway;
    CHECK(runs.run(more, {"--report", gateway.report()}).exit_code == exit_code);
    REQUIRE(gateway.requests().size() == 1);
    const auto told = body(gateway.requests().front());
    CHECK(
        has(told, "postflight_run_exit_code{checklist=\"cluster\"} " + std::to_string(exit_code)));
    CHECK_FALSE(has(told, "last_success"));
  }
}

TEST_CASE("the group is the checklist's, or the path that is given", "[pushgateway]") {
  const Runs runs;
  const Gateway gateway;
  const auto path_of = [&](const std::string& path, const std::string& name) {
    const auto ended = runs.run("", {"--report", gateway.report(path)}, name);
    INFO(ended.errors);
    CHECK(ended.exit_code == 0);
    const auto line = first_line(gateway.requests().back());
    return line.substr(5, line.rfind(' ') - 5);
  };
  CHECK(path_of("", "nodes") == "/metrics/job/postflight/checklist/nodes");
  CHECK(path_of("/", "nodes") == "/metrics/job/postflight/checklist/nodes");
  // What is no word in a path, as the Pushgateway reads it: base64 of "the nodes/1".
  CHECK(path_of("", "the nodes/1") == "/metrics/job/postflight/checklist@base64/dGhlIG5vZGVzLzE=");
  CHECK(path_of("/metrics/job/postflight/checklist/nodes/cluster/west", "nodes") ==
        "/metrics/job/postflight/checklist/nodes/cluster/west");
}

TEST_CASE("each cluster of a run over several has a group of its own", "[pushgateway]") {
  const Runs runs;
  const Gateway gateway;
  write_file(runs.path("fleet.yaml"),
             "clusters: [{name: east, vars: {side: e}}, {name: the west, vars: {side: w}}]\n");
  const auto ended = runs.run("vars: {side: {default: x, about: x}}\n",
                              {"--fleet", runs.path("fleet.yaml"), "--report", gateway.report()});
  INFO(ended.errors);
  CHECK(ended.exit_code == 0);
  REQUIRE(gateway.requests().size() == 2);
  const auto east = gateway.requests()[0], west = gateway.requests()[1];
  CHECK(first_line(east) == "POST /metrics/job/postflight/checklist/cluster/cluster/east HTTP/1.1");
  CHECK(first_line(west) ==
        "POST /metrics/job/postflight/checklist/cluster/cluster@base64/dGhlIHdlc3Q= HTTP/1.1");
  CHECK(has(body(east),
            "postflight_run_last_success_timestamp_seconds{checklist=\"cluster\","
            "cluster=\"east\"} "));
  CHECK_FALSE(has(body(east), "the west"));
  CHECK_FALSE(has(body(west), "east"));
}

TEST_CASE("a Pushgateway that does not take the metrics is said, and no run is then green",
          "[pushgateway]") {
  const Runs runs;
  const auto refused = [&](const Gateway& gateway, const std::string& said) {
    for (const auto& [more, exit_code] : {std::pair{std::string(), 2}, {Runs::failing(), 1}}) {
      const auto ended = runs.run(
          more, {"--report", gateway.report(), "--report", "json=" + runs.path("report.json")});
      INFO(ended.errors);
      CHECK(ended.exit_code == exit_code);
      CHECK(has(ended.errors,
                "the prometheus report was not written: the Pushgateway answered " + said + "\n"));
      // The others are written all the same, and say how the run itself ended.
      const auto report = nlohmann::json::parse(read_file(runs.path("report.json")));
      CHECK(report.at("exit_code") == (more.empty() ? 0 : 1));
    }
  };
  refused(Gateway(http_answer("pushed metrics are invalid\nmore", "", "400 Bad Request")),
          "400: pushed metrics are invalid");
  refused(Gateway(http_answer("", "", "404 Not Found")), "404");
  refused(Gateway(http_answer("", "Location: http://127.0.0.1:1/\r\n", "302 Found")), "302");
}

TEST_CASE("a Pushgateway that is not there leaves it unknown whether it was told",
          "[pushgateway]") {
  const Runs runs;
  const auto url = "http://127.0.0.1:" + std::to_string(unused_port());
  const auto ended = runs.run("", {"--report", "prometheus=" + url});
  INFO(ended.errors);
  CHECK(ended.exit_code == 2);
  CHECK(has(ended.errors, "the prometheus report was not written: POST " + url));
}

TEST_CASE("a password for the Pushgateway is sent to it and told to nobody", "[pushgateway]") {
  const Runs runs;
  const std::string password = "hunter2-4711", code = "cmVhZGVyOmh1bnRlcjItNDcxMQ==";
  const auto keeps_it = [&](const std::string& report, int exit_code) {
    const auto ended =
        runs.run("", {"-v", "--report", report, "--report", "json=" + runs.path("report.json"),
                      "--report", "markdown=" + runs.path("summary.md"), "--report",
                      "prometheus=" + runs.path("metrics.prom")});
    INFO(ended.errors);
    CHECK(ended.exit_code == exit_code);
    const auto all = ended.output + ended.errors + read_file(runs.path("report.json")) +
                     read_file(runs.path("summary.md")) + read_file(runs.path("metrics.prom"));
    CHECK_FALSE(has(all, password));
    CHECK_FALSE(has(all, code));
  };
  const auto credentials = "reader:" + password + "@";
  const Gateway gateway;
  keeps_it(gateway.report("", credentials), 0);
  REQUIRE(gateway.requests().size() == 1);
  CHECK(has(gateway.requests().front(), "\r\nAuthorization: Basic " + code + "\r\n"));
  // One that says it again, one that is not there.
  const Gateway echo(http_answer("wrong: " + password + ", Basic " + code, "", "401 Unauthorized"));
  keeps_it(echo.report("", credentials), 2);
  keeps_it("prometheus=http://" + credentials + "127.0.0.1:" + std::to_string(unused_port()), 2);
  // A mistake in the use of it.
  keeps_it("prometheus=http://" + credentials + "127.0.0.1:99999", 3);
}

}  // namespace postflight::test
