#include "clients/mutations.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "clients/base64.hpp"
#include "clients/certificates.hpp"
#include "clients/helm_release.hpp"
#include "tests/support/test_authority.hpp"

namespace postflight {
namespace {

using nlohmann::json;

Kubernetes::Json text_of(const json& value) {
  return std::make_shared<const std::string>(value.dump());
}

const Question a_get = question_of_get("/api/v1/namespaces/web/services/web");

// The changed answers, by what was changed; only those that hold a T.
template <typename T>
std::map<std::string, T> changed(const Question& question, const Answer& answer,
                                 const std::vector<Plant>& plants = {}) {
  std::map<std::string, T> answers;
  for (const auto& mutation : mutations_of(question, answer, plants, 10'000).list)
    if (auto other = mutation.apply(answer); std::holds_alternative<T>(other))
      answers.emplace(mutation.what, std::get<T>(other));
  return answers;
}

std::map<std::string, json> changed_json(const json& value, const std::vector<Plant>& plants = {}) {
  std::map<std::string, json> answers;
  for (const auto& [what, text] : changed<Kubernetes::Json>(a_get, text_of(value), plants))
    answers.emplace(what, json::parse(*text));
  return answers;
}

template <typename Map>
std::set<std::string> names_of(const Map& map) {
  std::set<std::string> names;
  for (const auto& [name, value] : map) names.insert(name);
  return names;
}

const PostgresTarget database{"postgresql://db.example.com/web", ""};

}  // namespace

TEST_CASE("no answer at all is the first that is tried of every question", "[mutations]") {
  const std::vector<std::pair<Question, Answer>> asked{
      {a_get, text_of({})},
      {question_of(LogRequest{"web", "web-1", "main", false, {}}), std::string("line")},
      {question_of(HttpRequest{}), HttpResponse{}},
      {question_of(database, "select 1", {}), PostgresRows{}},
      {question_of(CommandRequest{{"terraform"}, "", {}, {}}), CommandResult{}},
      {question_of(NameRequest{"a"}), NameAnswer{}},
      {question_of_addresses("a"), HostAddresses{}},
      {question_of_clock(), ClockAnswer{}},
      {question_of(TcpRequest{}), TcpAnswer{}},
      {question_of(TlsRequest{}), TlsAnswer{}}};
  for (const auto& [question, answer] : asked) {
    INFO(to_string(question));
    const auto mutations = mutations_of(question, answer, {}, 1).list;
    std::set<std::string> words;
    for (const auto& mutation : mutations)
      if (mutation.is_refusal) {
        const auto refused = mutation.apply(answer);
        REQUIRE(std::holds_alternative<Refusal>(refused));
        words.insert(std::get<Refusal>(refused).reason);
      }
    CHECK(mutations.front().is_refusal);
    CHECK(words.size() >= 2);
    CHECK(words.contains("timeout"));
  }
}

TEST_CASE("our clock may differ either way, and an answer may have no Date", "[mutations]") {
  const ClockAnswer now{"Mon, 23 Nov 2026 20:13:47 GMT", {}, {}};
  const auto answers = changed<ClockAnswer>(question_of_clock(), now);
  CHECK(names_of(answers) ==
        std::set<std::string>{"our clock an hour ahead", "our clock an hour behind", "no Date"});
  CHECK(answers.at("our clock an hour behind").asked == now.asked - std::chrono::hours(1));
  CHECK(answers.at("no Date").date.empty());
  CHECK(changed<ClockAnswer>(question_of_clock(), ClockAnswer{}).count("no Date") == 0);
}

TEST_CASE("every value, list and key of a JSON answer is changed", "[mutations]") {
  const json pod{{"ready", true},
                 {"restarts", 0},
                 {"labels", {{"app", "web"}}},
                 {"started", "2026-11-23T20:00:00Z"},
                 {"conditions", {{{"status", "True"}}, {{"status", "True"}}}}};
  const auto answers = changed_json(pod);
  CHECK(answers.at("ready: becomes its opposite").at("ready") == false);
  CHECK(answers.at("restarts: one more").at("restarts") == 1);
  CHECK(answers.at("labels.app: changed").at("labels").at("app") == "web-changed");
  CHECK(answers.at("labels: one more key").at("labels").size() == 2);
  CHECK(answers.at("started: a year earlier").at("started") == "2025-11-23T20:00:00Z");
  CHECK(answers.at("conditions: emptied").at("conditions").empty());
  CHECK(answers.at("conditions: item 2 removed").at("conditions").size() == 1);
  CHECK_FALSE(answers.at("labels: removed").contains("labels"));
  const auto flipped = answers.at("conditions[].status: becomes its opposite").at("conditions");
  CHECK(flipped.at(0).at("status") == "False");
  CHECK(flipped.at(1).at("status") == "False");
  const auto one = answers.at("conditions[].status (the first): becomes its opposite");
  CHECK(one.at("conditions").at(0).at("status") == "False");
  CHECK(one.at("conditions").at(1).at("status") == "True");
}

TEST_CASE("a label that is looked for is planted", "[mutations]") {
  const auto answers =
      changed_json({{"selector", {{"app", "web"}}}}, {{"a word of must-not", "tier=server", true}});
  CHECK(answers.at("selector: a word of must-not added").at("selector").at("tier") == "server");
}

TEST_CASE("however few changes may be made, what an expression looks at is removed",
          "[mutations]") {
  nlohmann::json object;
  for (int field = 0; field < 50; ++field) object["f" + std::to_string(field)] = "text";
  object["spec"]["nodeName"] = "worker-1";
  const auto few =
      mutations_of(question_of(ListRequest{"/api/v1/pods", "", ""}), Answer(text_of(object)),
                   {{"a word of violations", "x", false, {"spec", "nodeName"}}}, 5);
  CHECK(few.left_out > 0);
  CHECK(std::ranges::any_of(few.list, [](const Mutation& mutation) {
    return mutation.what == "spec.nodeName: removed";
  }));
}

TEST_CASE("a change of a list reaches every page", "[mutations]") {
  const auto page = [](const char* name) { return text_of({{"items", {{{"name", name}}}}}); };
  const Answer pages =
      std::make_shared<const std::vector<Kubernetes::Json>>(std::vector{page("one"), page("two")});
  const auto answers =
      changed<Kubernetes::Pages>(question_of(ListRequest{"/api/v1/pods", "", ""}), pages);
  const auto& renamed = *answers.at("items[].name: changed");
  REQUIRE(renamed.size() == 2);
  CHECK(json::parse(*renamed[0]).at("items").at(0).at("name") == "one-changed");
  CHECK(json::parse(*renamed[1]).at("items").at(0).at("name") == "two-changed");
  CHECK(answers.at("the last page missing")->size() == 1);
  CHECK(answers.at("a thousand items more")->size() == 1002);
}

TEST_CASE("the lines of a log go sort by sort, and what is looked for comes in", "[mutations]") {
  const std::string log =
      "2026-11-23T20:00:00Z listening on 9000\n"
      "2026-11-23T20:00:01Z request 17 took 3ms\n"
      "2026-11-23T20:00:02Z {\"event\":\"mode\",\"embedded\":true}\n"
      "2026-11-23T20:00:03Z request 18 took 4ms\n";
  const auto answers =
      changed<std::string>(question_of(LogRequest{"web", "web-1", "main", false, {}}), log,
                           {{"an example of rule", "no space left", false}});
  CHECK(answers.at("every line dropped").empty());
  CHECK(answers.at("lines like 'request # took #' dropped").find("request") == std::string::npos);
  CHECK(
      answers.at("lines like 'mode': embedded: becomes its opposite").find("\"embedded\":false") !=
      std::string::npos);
  CHECK(answers.at("one more line: an example of rule") ==
        log + "2026-11-23T20:00:03Z no space left\n");
}

TEST_CASE("an HTTP answer is changed in its status, headers, redirect, cookies, body and dates",
          "[mutations]") {
  HttpResponse response;
  response.status = 302;
  response.headers = {{"Location", "https://auth.example.com/login?client_id=a&state=b"},
                      {"Set-Cookie", "session=1; Path=/; Secure"}};
  response.body = "moved";
  response.certificates.resize(1);
  const auto answers = changed<HttpResponse>(question_of(HttpRequest{}), response,
                                             {{"a word of header-absent", "X-Fallback", true}});
  CHECK(answers.at("status 200").status == 200);
  CHECK_FALSE(answers.at("header Location removed").header("location").has_value());
  CHECK(answers.at("header Location: another host").header("location") ==
        "https://changed.example.com/login?client_id=a&state=b");
  CHECK(answers.at("header Location: without client_id").header("location") ==
        "https://auth.example.com/login?state=b");
  CHECK(answers.at("header Location: without state").header("location") ==
        "https://auth.example.com/login?client_id=a&");
  CHECK(answers.at("header Set-Cookie: without Secure").header("set-cookie") ==
        "session=1; Path=/");
  CHECK(answers.at("header X-Fallback added").header("x-fallback").has_value());
  CHECK(answers.at("empty body").body.empty());
  CHECK(answers.at("certificates expired long ago").certificates[0].not_after <
        response.certificates[0].not_after);
}

TEST_CASE("rows and their values are changed, and a row may appear", "[mutations]") {
  const PostgresRows rows{{"name", "size"}, {{"one", "1"}, {"two", std::nullopt}}};
  const auto answers =
      changed<PostgresRows>(question_of(database, "select name, size from t", {}), rows);
  CHECK(answers.at("no rows").rows.empty());
  CHECK(answers.at("row 1 removed").rows.size() == 1);
  CHECK(answers.at("a thousand more rows").rows.size() == 1002);
  CHECK(answers.at("column size: becomes NULL").rows[0][1] == std::nullopt);
  CHECK(answers.at("column name: changed").rows[1][0] == "two-changed");
  const auto none = changed<PostgresRows>(question_of(database, "select name from t", {}),
                                          PostgresRows{{"name"}, {}});
  CHECK(none.at("one more row").rows.size() == 1);
}

TEST_CASE("a count is always there, and never NULL", "[mutations]") {
  const PostgresRows rows{{"count"}, {{"3"}}};
  CHECK(
      names_of(changed<PostgresRows>(question_of(database, "SELECT Count(*) FROM t", {}), rows)) ==
      std::set<std::string>{"column count: one more", "column count: becomes 0",
                            "column count: grows a lot"});
  const auto grouped = names_of(
      changed<PostgresRows>(question_of(database, "select count(*) from t group by x", {}), rows));
  CHECK(grouped.contains("no rows"));
}

TEST_CASE("Prometheus may answer with other values, and with series where there is none",
          "[mutations]") {
  const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000));
  const auto changed_answer = [&](const std::string& body, const std::string& what) {
    HttpResponse response;
    response.status = 200;
    response.body = body;
    const Answer answer = response;
    for (const auto& mutation :
         mutations_of(question_of(HttpRequest{}), answer, {}, 10'000, now).list)
      if (mutation.what == "body: " + what)
        return json::parse(std::get<HttpResponse>(mutation.apply(answer)).body).at("data");
    return json("no such change");
  };
  const std::string two =
      R"({"status":"success","data":{"resultType":"vector","result":[
          {"metric":{},"value":[1700000000,"5"]},{"metric":{},"value":[1700000000,"6"]}]}})";
  const auto last = changed_answer(two, "the last series is -1e+18").at("result");
  CHECK(last[0]["value"] == json({1700000000, "5"}));
  CHECK(last[1]["value"] == json({1700000000, "-1e+18"}));
  CHECK(changed_answer(two, "each series is 0").at("result")[0]["value"][1] == "0");
  const auto planted =
      changed_answer(R"({"status":"success","data":{"resultType":"vector","result":[]}})",
                     "a series of the value 1");
  CHECK(planted.at("result")[0].at("value") == json({1'800'000'000.0, "1"}));
  const auto fires = changed_answer(
      R"({"status":"success","data":{"groups":[{"rules":[{"type":"alerting","name":"Down",
          "labels":{"severity":"page"},"lastEvaluation":"2026-11-23T20:00:00Z",
          "state":"inactive","alerts":[]}]}]}})",
      "every alerting rule fires");
  HttpResponse told;
  told.body = R"([{"labels":{"alertname":"Watchdog","severity":"none"},"startsAt":"x",
                   "status":{"state":"suppressed"}}])";
  const Answer answer = told;
  for (const auto& mutation : mutations_of(question_of(HttpRequest{}), answer, {}, 10'000).list)
    if (mutation.what == "body: more alerts")
      told.body = std::get<HttpResponse>(mutation.apply(answer)).body;
  const auto more = json::parse(told.body);
  REQUIRE(more.size() > 1);
  CHECK(more.back().at("labels").at("alertname") == "changed");
  CHECK(more.back().at("status").at("state") == "active");
  const auto& alert = fires.at("groups")[0].at("rules")[0].at("alerts")[0];
  CHECK(alert.at("labels").at("alertname") == "Down");
  CHECK(alert.at("labels").at("severity") == "page");
  CHECK(alert.at("state") == "firing");
}

TEST_CASE("a program may say otherwise by its exit code, its output or both", "[mutations]") {
  const CommandRequest request{{"terraform", "plan"}, "", {}, {}};
  const auto answers =
      changed<CommandResult>(question_of(request), CommandResult{0, 0, "0 to add\n", ""});
  CHECK(answers.at("exit code 2").exit_code == 2);
  CHECK(answers.at("output: every line dropped").output.empty());
  const auto& both = answers.at("exit code 2, output: number 1 becomes 99");
  CHECK(both.exit_code == 2);
  CHECK(both.output == "99 to add\n");
}

TEST_CASE("a release of Helm is changed inside, and is a release again", "[mutations]") {
  const json release{{"info", {{"status", "deployed"}}}, {"version", 2}, {"config", {{"a", 1}}}};
  const json list{{"items",
                   {{{"type", "helm.sh/release.v1"},
                     {"data", {{"release", packed_helm_release(release.dump())}}}}}}};
  const Answer pages = std::make_shared<const std::vector<Kubernetes::Json>>(
      std::vector<Kubernetes::Json>{text_of(list)});
  const auto answers =
      changed<Kubernetes::Pages>(question_of(ListRequest{"/api/v1/secrets", "", ""}), pages);
  const auto inside = [&](const std::string& what) {
    const auto page = json::parse(*answers.at(what)->front());
    return json::parse(read_helm_release(page["items"][0]["data"]["release"].get<std::string>()));
  };
  CHECK(inside("items[].data.release.info.status: changed")["info"]["status"] ==
        "deployed-changed");
  CHECK(inside("items[].data.release.version: one more")["version"] == 3);
  CHECK(inside("data.release.config: a value that no chart knows")["config"].contains("changed"));
}

TEST_CASE("the certificates of a TLS Secret expire, are for another name, and change places",
          "[mutations]") {
  const test::TestAuthority authority;
  const auto pem =
      authority.issue({.common_name = "web", .names = {"DNS:web.example.com"}}).certificate_pem +
      authority.certificate_pem();
  const auto answers =
      changed_json({{"type", "kubernetes.io/tls"}, {"data", {{"tls.crt", base64_encoded(pem)}}}});
  const auto chain_after = [&](const std::string& what) {
    const auto text = answers.at(what).at("data").at("tls.crt").get<std::string>();
    return read_certificates(*base64_decoded(text));
  };
  const auto before = read_certificates(pem);
  CHECK(before.front().signed_by_next);
  CHECK(chain_after("data.tls.crt: expired long ago").front().not_after <
        std::chrono::system_clock::now());
  CHECK(chain_after("data.tls.crt: for another name").front().names ==
        std::vector<std::string>{"changed.example.com"});
  const auto turned = chain_after("data.tls.crt: in reverse order");
  REQUIRE(turned.size() == 2);
  CHECK(turned.front().subject == before.back().subject);
  CHECK(turned.back().subject == before.front().subject);
}

TEST_CASE("where there is too much to change, some of every sort is, always the same",
          "[mutations]") {
  json items = json::array();
  for (int index = 0; index < 500; ++index)
    items.push_back({{"name" + std::to_string(index), index}, {"ready", true}});
  const Answer answer = text_of({{"items", items}});
  const auto first = mutations_of(a_get, answer, {}, 50);
  const auto second = mutations_of(a_get, answer, {}, 50);
  CHECK(first.left_out > 500);
  std::vector<std::string> one, other;
  for (const auto& mutation : first.list) one.push_back(mutation.what);
  for (const auto& mutation : second.list) other.push_back(mutation.what);
  CHECK(one == other);
  const auto refusals = std::ranges::count_if(first.list, &Mutation::is_refusal);
  CHECK(one.size() == 50 + static_cast<std::size_t>(refusals));
}

TEST_CASE("a plug-in says by exit code and words together that it failed", "[mutations]") {
  const auto question = question_of(CommandRequest{{"check_disk"}, "", {}, {}});
  const auto disk = changed<CommandResult>(question, CommandResult{0, 0, "DISK OK - LOOK: OK", ""});
  const auto& failed = disk.at("exit code 2, output: OK becomes CRITICAL");
  CHECK(failed.exit_code == 2);
  CHECK(failed.output == "DISK CRITICAL - LOOK: CRITICAL");
  const auto json =
      changed<CommandResult>(question, CommandResult{0, 0, R"({"status":"passed"})", ""});
  CHECK(json.at("exit code 2, output: passed becomes failed").output == R"({"status":"failed"})");
  CHECK_FALSE(json.contains("exit code 2, output: OK becomes CRITICAL"));
}

TEST_CASE("records of a name go, change and come, and the name itself goes", "[mutations]") {
  const auto answers = changed<NameAnswer>(
      question_of(NameRequest{"a.example.com", "A", ""}),
      NameAnswer{
          true, {{"a.example.com", "A", "10.0.0.1"}, {"a.example.com", "A", "10.0.0.2"}}, ""});
  CHECK_FALSE(answers.at("no such name").exists);
  CHECK(answers.at("no record").records.empty());
  CHECK(answers.at("only an alias").records.at(0).type == "CNAME");
  CHECK(answers.at("one more record").records.size() == 3);
  CHECK(answers.at("record 1 removed").records.at(0).data == "10.0.0.2");
  CHECK(answers.at("record 2 another").records.at(1).data != "10.0.0.2");
}

TEST_CASE("a chain expires, is for others, and is not trusted", "[mutations]") {
  const auto now = std::chrono::system_clock::now();
  const Certificate leaf{"CN = a", "CN = b", {"a.example.com"}, now, now, true};
  const auto answers = changed<TlsAnswer>(question_of(TlsRequest{}), TlsAnswer{{leaf, leaf}, ""});
  CHECK(answers.at("the leaf expired").chain.at(0).not_after < now);
  CHECK(answers.at("the leaf expired").chain.at(1).not_after == now);
  CHECK(answers.at("certificates expired long ago").chain.at(1).not_after < now);
  CHECK(answers.at("for other names").chain.at(0).names.at(0) != "a.example.com");
  CHECK(answers.at("name 1 removed").chain.at(0).names.empty());
  CHECK_FALSE(answers.at("not trusted").distrust.empty());
  CHECK_FALSE(answers.at("in no order").chain.at(0).signed_by_next);
  CHECK(answers.at("of another issuer").chain.at(0).issuer != "CN = b");
  CHECK(answers.at("the leaf alone").chain.size() == 1);
}

TEST_CASE("a connection is closed or reset at once, or refused, which is an answer",
          "[mutations]") {
  const auto question = question_of(TcpRequest{"192.0.2.1:1"});
  const auto answers = changed<TcpAnswer>(question, TcpAnswer{});
  CHECK(answers.at("closed at once").end == TcpEnd::closed);
  CHECK(answers.at("reset at once").end == TcpEnd::reset);
  const auto all = mutations_of(question, TcpAnswer{}, {}).list;
  const auto refused = std::ranges::find(all, "refused", &Mutation::what);
  REQUIRE(refused != all.end());
  CHECK_FALSE(refused->is_refusal);
}

TEST_CASE("what an expression looks for is put where it looks, and the way there is made",
          "[mutations]") {
  const json pods{{"items", {{{"status", {{"phase", "Running"}, {"lists", {"a"}}}}}}}};
  const auto planted = [&](std::vector<std::string> path, const std::string& text = "Failed") {
    std::set<std::string> found;
    for (const auto& [what, value] :
         changed_json(pods, {{"a word of violations", text, false, std::move(path)}}))
      if (what.ends_with("a word of violations put there")) found.insert(value.dump());
    return found;
  };
  CHECK(planted({"status", "phase"}).size() == 1);
  CHECK(planted({"status", "phase"}).begin()->find(R"("phase":"Failed")") != std::string::npos);
  CHECK(planted({"status", "reason"}).begin()->find(R"("reason":"Failed")") != std::string::npos);
  CHECK(planted({"status", "waiting", "[]", "reason"})
            .begin()
            ->find(R"("waiting":[{"reason":"Failed"}])") != std::string::npos);
  CHECK(planted({"status", "done"}, "true").begin()->find(R"("done":true)") != std::string::npos);
  CHECK(planted({"metadata", "name"}).empty());
}

}  // namespace postflight
