#include "cli/self_test.hpp"

#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "cli/real_clients.hpp"
#include "cli/self_test_report.hpp"
#include "runner/exit_code.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

using Verdict = TestedCheck::Verdict;

// A kind that asks nothing, and one that is green even without an answer.
struct Careless : Check {
  explicit Careless(bool does_ask) : asks(does_ask) {}
  Outcome run(const CheckContext& context) const override {
    try {
      if (asks) context.clients.kubernetes.get("/careless", {{}, {}, {}, context.check});
    } catch (const ClientError&) {  // the fault that is to be found
    }
    return {Status::passed, "fine", {{"it", "fine", "fine", Status::passed}}, 1, ""};
  }
  bool asks;
};
constexpr CheckKind silent{"test.silent", "", {}, [](const Settings&) -> std::unique_ptr<Check> {
                             return std::make_unique<Careless>(false);
                           }};
constexpr CheckKind careless{
    "test.careless", "", {}, [](const Settings&) -> std::unique_ptr<Check> {
      return std::make_unique<Careless>(true);
    }};

const std::string pods = R"({"items": [{"metadata": {"name": "web-1", "namespace": "web",
  "uid": "u", "labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "i"}]},
  "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
  "containerStatuses": [{"name": "main", "ready": true, "restartCount": 0,
  "state": {"running": {"startedAt": "2026-11-23T20:00:00Z"}}}]}}]})";

class TestedWorld {
 public:
  TestedWorld() {
    world_.kubernetes.answer_list("/api/v1/namespaces/web/pods", "app=web", {pods});
    world_.kubernetes.answer("/careless", "{\"fine\": true}");
    world_.kubernetes.logs = [](const LogRequest&) {
      return "2026-11-23T20:00:00Z starting\n2026-11-23T20:00:01Z ready to serve\n";
    };
    world_.http.respond = [](const HttpRequest& request) {
      HttpResponse response;
      response.status = 200;
      response.url = request.url;
      response.headers = {{"Content-Type", "text/html"}};
      response.body = "welcome";
      return response;
    };
    world_.postgres.respond = [](const auto&, const std::string& sql, const auto&) {
      return sql.find("count") == std::string::npos ? PostgresRows{{"name"}, {}}
                                                    : PostgresRows{{"count"}, {{"3"}}};
    };
  }

  RecordedWorld& world() { return world_; }

  // The only check of that kind and those settings, tested; `more` are other keys of it.
  TestedCheck test(const std::string& kind, const std::string& with, const std::string& more = "") {
    ChecklistSources sources;
    sources.find_kind = [](std::string_view name) {
      return name == silent.name ? &silent : name == careless.name ? &careless : find_kind(name);
    };
    checklists_ = {read_checklist("checklist: c\nchecks:\n  - {id: it, title: t, kind: " + kind +
                                      ", with: {" + with + "}" + more + "}\n",
                                  "c.yaml", sources)};
    AttemptWatch watch;
    const auto watched = watch.watched(checklists_);
    const Clients clients = world_.clients();
    RunSettings settings;
    settings.explain = explain_client_error;
    settings.clients = &clients;
    const auto ran = run(make_plan(watched, {}), settings, {});
    const auto tested =
        self_test(make_plan(checklists_, {}), ran.record, watch,
                  {explain_client_error, "https://kubernetes.example.com", deadline, {}});
    REQUIRE(tested.size() == 1);
    UNSCOPED_INFO(self_test_text(tested, true));
    return tested[0];
  }
  TestedCheck logs(const std::string& rule) {
    return test("k8s.pod-logs",
                "namespace: web, selector: app=web, rules: [{name: r, " + rule + "}]");
  }
  TestedCheck query(const std::string& sql, const std::string& expected,
                    const std::string& more = "") {
    return test("postgres.query",
                "url: 'postgresql://db.example.com/a', sql: '" + sql + "', " + expected, more);
  }
  TestedCheck get(const std::string& expected) {
    return test("http.response", "url: 'https://web.example.com/', " + expected);
  }

  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::now() + std::chrono::minutes(1);

 private:
  RecordedWorld world_;
  std::vector<Checklist> checklists_;
};

}  // namespace

TEST_CASE("a planted check that nothing can make fail is found", "[selftest]") {
  TestedWorld world;
  const auto vacuous = [](const TestedCheck& tested) {
    CHECK(tested.verdict == Verdict::vacuous);
    CHECK(tested.failed == 0);
    CHECK_FALSE(tested.why.empty());
    CHECK(self_test_exit_code({tested}) == exit_failed);
  };
  SECTION("a count that is at least nothing") {
    vacuous(world.query("select count(*) from t", "expect: [{column: count, min: 0}]"));
  }
  SECTION("any number of rows") {
    vacuous(world.query("select name from t", "min-rows: 0", ", allow-empty: true"));
  }
  SECTION("every status is right") { vacuous(world.get("status: [2xx, 3xx, 4xx, 5xx]")); }
  SECTION("any body is right") {
    vacuous(world.get("status: [2xx, 3xx, 4xx, 5xx], body-matches: '.*'"));
  }
  SECTION("any line will do") { vacuous(world.logs("must-appear: '.*'")); }
  SECTION("no line can be the one that must not appear") {
    vacuous(world.logs("must-not-appear: 'end$ of it'"));
  }
  SECTION("every line decides alike, and none is needed") {
    vacuous(world.logs("latest: ready, decides: '.*', when-missing: passed"));
  }
  SECTION("it asks nothing") { vacuous(world.test("test.silent", "")); }
}

TEST_CASE("the same checks with an expectation that can be wrong can fail", "[selftest]") {
  TestedWorld world;
  const auto can_fail = [](const TestedCheck& tested) {
    CHECK(tested.verdict == Verdict::can_fail);
    CHECK(tested.failed > 0);
    CHECK(tested.failed <= tested.noticed);
    CHECK(self_test_exit_code({tested}) == exit_healthy);
  };
  SECTION("a count") {
    can_fail(world.query("select count(*) from t", "expect: [{column: count, min: 1}]"));
  }
  SECTION("no rows") {
    can_fail(world.query("select name from t", "rows: 0", ", allow-empty: true"));
  }
  SECTION("a status") { can_fail(world.get("status: [200]")); }
  SECTION("a body") { can_fail(world.get("status: [2xx, 3xx, 4xx, 5xx], body-matches: welcome")); }
  SECTION("what a body must not say") {
    can_fail(world.get("status: [2xx, 3xx, 4xx, 5xx], body-not-matches: '(?i)stack ?trace'"));
  }
  SECTION("a header that must not be there") {
    can_fail(world.get("status: [2xx, 3xx, 4xx, 5xx], header-absent: [X-Fallback]"));
  }
  SECTION("a line") { can_fail(world.logs("must-appear: ready to serve")); }
  SECTION("a line that must not appear") {
    can_fail(world.logs("must-not-appear: 'cannot (reach|find) \\w+'"));
  }
  SECTION("the latest line") { can_fail(world.logs("latest: ready, decides: serve")); }
}

TEST_CASE("green without an answer is found", "[selftest]") {
  TestedWorld world;
  const auto tested = world.test("test.careless", "");
  CHECK(tested.verdict == Verdict::false_green);
  CHECK(tested.why.find("/careless") != std::string::npos);
  CHECK(self_test_exit_code({tested}) == exit_failed);
}

TEST_CASE("what is not green to begin with is not tested, and never called fine", "[selftest]") {
  TestedWorld world;
  const auto tested = world.get("status: [404]");
  CHECK(tested.verdict == Verdict::untested);
  CHECK(tested.why.starts_with("it was failed: "));
  CHECK(tested.tried == 0);
  CHECK(self_test_exit_code({tested}) == exit_unknown);
  CHECK(self_test_text({tested}, false).find("0 of 1 checks can fail, 1 not tested") !=
        std::string::npos);
}

TEST_CASE("only the attempt that ended well is tested", "[selftest]") {
  TestedWorld world;
  int turn = 0;
  world.world().http.respond = [&](const HttpRequest&) {
    HttpResponse response;
    response.status = ++turn < 3 ? 503 : 200;
    return response;
  };
  const auto tested = world.test("http.response", "url: 'https://web.example.com/', status: [200]",
                                 ", wait: {for: 5s, every: 1ms}");
  CHECK(tested.verdict == Verdict::can_fail);
}

TEST_CASE("when time runs out nothing is called vacuous", "[selftest]") {
  TestedWorld world;
  world.deadline = std::chrono::steady_clock::now();
  const auto tested = world.get("status: [2xx, 3xx, 4xx, 5xx]");
  CHECK(tested.verdict == Verdict::untested);
  CHECK(tested.why.find("--deadline") != std::string::npos);
}

TEST_CASE("facts that nothing made fail are named, and so is what went unnoticed", "[selftest]") {
  TestedWorld world;
  const auto tested =
      world.test("k8s.pod-logs",
                 "namespace: web, selector: app=web, rules: [{name: good, must-appear: "
                 "ready}, {name: idle, must-appear: '.*'}]");
  CHECK(tested.verdict == Verdict::can_fail);
  REQUIRE(tested.never_failed.size() == 1);
  CHECK(tested.never_failed[0].find("idle") != std::string::npos);
  CHECK(tested.unnoticed.size() == tested.tried - tested.noticed);
  const auto text = self_test_text({tested}, true);
  CHECK(text.find("no change made these fail:") != std::string::npos);
  CHECK(self_test_json("c", {tested}, 0).find("\"verdict\": \"can-fail\"") != std::string::npos);
}

TEST_CASE("checks of names, ports, certificates and plug-ins can fail, each fact of them",
          "[selftest]") {
  TestedWorld world;
  world.world().names.hosts["app.example.com"] = {{"192.0.2.1"}};
  world.world().names.respond = [](const NameRequest& request) {
    return NameAnswer{true, {{request.name, "A", "192.0.2.1"}}, "192.0.2.53:53"};
  };
  world.world().connections.connected = [](const TcpRequest&) { return TcpAnswer{}; };
  world.world().connections.shown = [](const TlsRequest&) {
    const auto now = std::chrono::system_clock::now();
    const auto day = std::chrono::hours(24);
    return TlsAnswer{{{"CN = app", "CN = R1", {"app.example.com"}, now - day, now + 60 * day, true},
                      {"CN = R1", "CN = root", {}, now - day, now + 600 * day, false}},
                     ""};
  };
  const auto can_fail = [](const TestedCheck& tested, std::size_t never_failed = 0) {
    CHECK(tested.verdict == Verdict::can_fail);
    CHECK(tested.never_failed.size() == never_failed);
  };
  SECTION("a name") {
    can_fail(world.test("dns.resolves",
                        "names: app.example.com, must-include: 192.0.2.1, "
                        "only: 192.0.2.0/24, max-records: 1"));
  }
  SECTION("a port") { can_fail(world.test("tcp.connects", "address: 'app.example.com:25'")); }
  SECTION("any port") {
    can_fail(world.test("tcp.connects", "address: 'app.example.com:25', reach: any"));
  }
  SECTION("a certificate") {
    can_fail(world.test("tls.certificate",
                        "address: 'app.example.com:443', fail-days: 14, "
                        "issuer-matches: R1"));
  }
  SECTION("a monitoring plug-in, but for what it tells for information") {
    world.world().commands.respond = [](const CommandRequest&) {
      return CommandResult{0, 0, "DISK OK - free | /=1MB;2;3", ""};
    };
    can_fail(world.test("command.run", "argv: check_disk, contract: monitoring-plugin"), 1);
  }
  SECTION("a plug-in with an outcome in JSON") {
    world.world().commands.respond = [](const CommandRequest&) {
      return CommandResult{
          0, 0,
          R"({"status": "passed", "summary": "fine", "examined": 1, "evidence": [{"subject":)"
          R"( "queue", "expected": "short", "observed": "empty", "status": "passed"}]})",
          ""};
    };
    can_fail(world.test("command.run", "argv: look, contract: outcome"));
  }
}

}  // namespace postflight::test
