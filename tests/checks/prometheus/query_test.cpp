#include "tests/checks/prometheus/prometheus_answers.hpp"

namespace postflight::test {
namespace {

using namespace prometheus;
using namespace std::chrono_literals;

std::string success(const std::string& type, const std::string& result,
                    const std::string& more = "") {
  return fmt::format(R"({{"status":"success","data":{{"resultType":"{}","result":{}}}{}}})", type,
                     result, more);
}

std::string series(const std::string& instance, const std::string& value,
                   std::chrono::seconds ago = 0s) {
  return fmt::format(
      R"({{"metric":{{"__name__":"up","instance":"{}","job":"node"}},"value":[{},"{}"]}})",
      instance, seconds(ago), value);
}

HttpResponse vector(const std::string& result, const std::string& more = "") {
  return answer(success("vector", "[" + result + "]", more));
}

Outcome query(const std::string& with, const HttpResponse& response) {
  return run("query", "query: up, " + with, response);
}

// Values a minute apart, the last of them now.
HttpResponse range(const std::vector<std::string>& values, std::chrono::seconds ago = 0s) {
  std::string list;
  for (std::size_t i = 0; i < values.size(); ++i)
    list += fmt::format("{}[{},\"{}\"]", i == 0 ? "" : ",",
                        seconds(ago + 60s * (values.size() - 1 - i)), values[i]);
  return answer(success(
      "matrix", fmt::format(R"([{{"metric":{{"__name__":"sessions"}},"values":[{}]}}])", list)));
}

}  // namespace

TEST_CASE("every series is judged, and shown with its labels", "[prometheus.query]") {
  const auto both = series("a", "1") + "," + series("b", "0");
  auto outcome = query("equals: 1", vector(series("a", "1") + "," + series("b", "1")));
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  REQUIRE(fact(outcome, R"(up{instance="b",job="node"})"));
  outcome = query("equals: 1", vector(both));
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == R"(up{instance="b",job="node"} is 0, exactly 1 expected)");
  CHECK(fact(outcome, R"(instance="a")")->status == Status::passed);
  CHECK(fact(outcome, R"(instance="a")")->expected == fact(outcome, R"(instance="b")")->expected);
  CHECK(query("min: 0, max: 1", vector(both)).status == Status::passed);
  CHECK(query("max: 0.5", vector(both)).status == Status::failed);
  CHECK(query("warn-min: 0.5", vector(both)).status == Status::warned);
  CHECK(query("max: 2, warn-max: 0.5", vector(both)).status == Status::warned);
}

TEST_CASE("a scalar is a value, a text or a range is none", "[prometheus.query]") {
  const auto scalar = answer(success("scalar", "[" + seconds() + ",\"2\"]"));
  CHECK(query("equals: 2", scalar).status == Status::passed);
  CHECK(query("equals: 3", scalar).summary == "up is 2, exactly 3 expected");
  const auto text = answer(success("string", "[" + seconds() + ",\"hello\"]"));
  CHECK(thrown("query", "query: x, min: 1", text).reason == "unreadable");
  CHECK(says(thrown("query", "query: x, min: 1", range({"1", "2"})).what, "give 'over'"));
}

TEST_CASE("what is no number is never a pass", "[prometheus.query]") {
  for (const auto* value : {"NaN", "+Inf", "-Inf"}) {
    const auto outcome = query("min: 0, max: 1e300", vector(series("a", value)));
    INFO(all_text(outcome));
    CHECK(outcome.status == Status::errored);
    CHECK(outcome.reason == "not-a-number");
    CHECK(says(outcome.summary, value));
  }
  const auto mixed = query("max: 1", vector(series("a", "NaN") + "," + series("b", "7")));
  CHECK(mixed.status == Status::failed);
  CHECK(mixed.summary == R"(up{instance="b",job="node"} is 7, at most 1 expected)");
  CHECK(query("max: 1", vector(R"({"metric":{"__name__":"h"},"histogram":[1,{"count":"3"}]})"))
            .reason == "not-a-number");
}

TEST_CASE("no series is an unknown, unless the checklist says what it means",
          "[prometheus.query]") {
  const auto none = vector("");
  auto outcome = query("max: 5", none);
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "no-series");
  CHECK(says(outcome.summary, "no such series"));
  CHECK(query("max: 5, allow-empty: true", none).status == Status::passed);
  CHECK(query("allow-empty: true", none).status == Status::passed);
  CHECK(query("min-series: 1", none).status == Status::failed);
  outcome = query("allow-empty: true", vector(series("a", "0")));
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == "'up' yields 1 series, none expected");
  CHECK(fact(outcome, "instance")->status == Status::failed);
}

TEST_CASE("series that have to exist are told one by one", "[prometheus.query]") {
  const std::string with =
      R"(must-exist: ['up{instance="a"}', '{instance=~"b|c"}', 'job=node,instance!=a'])";
  auto outcome = query(with, vector(series("a", "1") + "," + series("c", "0")));
  INFO(all_text(outcome));
  CHECK(outcome.status == Status::passed);
  outcome = query(with, vector(series("a", "1")));
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.summary == R"(there is no series with {instance=~"b|c"} (and 1 more))");
  CHECK(query(with, vector("")).status == Status::failed);
}

TEST_CASE("an empty answer is held against what the query looks through", "[prometheus.query]") {
  const auto with_among = [](const HttpResponse& among) {
    RecordedWorld world;
    world.http.respond = [&](const HttpRequest& request) {
      return says(request.url, "query=up%20%3D%3D%200") ? vector("") : among;
    };
    return world.run(kind("query"),
                     "{url: 'http://prometheus.example.com/x/', query: up == 0, allow-empty: true, "
                     "among: up}");
  };
  const auto good = with_among(vector(series("a", "1") + "," + series("b", "1")));
  CHECK(good.status == Status::passed);
  CHECK(good.examined == 2);
  const auto none = with_among(vector(""));
  CHECK(none.status == Status::errored);
  CHECK(none.reason == "no-series");
}

TEST_CASE("a value of another time is stale", "[prometheus.query]") {
  CHECK(query("min: 1", vector(series("a", "1", 200s))).status == Status::passed);
  CHECK(query("min: 1", vector(series("a", "1", 400s))).reason == "stale");
  CHECK(query("min: 1", vector(series("a", "1", -400s))).reason == "stale");
  CHECK(query("min: 1, max-age: 10m", vector(series("a", "1", 400s))).status == Status::passed);
}

TEST_CASE("growth is judged over the whole time", "[prometheus.query]") {
  const std::string over = "over: 4m, step: 1m, ";
  const auto status = [&](const std::string& with, const std::vector<std::string>& values) {
    return query(over + with, range(values)).status;
  };
  CHECK(status("grows: true", {"1", "1", "2", "3"}) == Status::passed);
  CHECK(status("grows: true", {"3", "3", "3", "3"}) == Status::failed);
  CHECK(status("grows: true", {"3", "3", "3", "2"}) == Status::failed);
  CHECK(status("min-growth: 2", {"1", "1", "2", "3"}) == Status::passed);
  CHECK(status("min-growth: 3", {"1", "1", "2", "3"}) == Status::failed);
  CHECK(status("max-growth: 1", {"1", "1", "2", "3"}) == Status::failed);
  CHECK(status("max-rate: 0.02", {"0", "1", "2", "3"}) == Status::passed);
  CHECK(status("max-rate: 0.01", {"0", "1", "2", "3"}) == Status::failed);
  CHECK(status("min-rate: 0.01", {"0", "1", "2", "3"}) == Status::passed);
  CHECK(status("grows: true", {"8", "9", "1", "2"}) == Status::failed);
  CHECK(status("counter: true, min-growth: 3", {"8", "9", "1", "2"}) == Status::passed);
  CHECK(status("counter: true, min-growth: 4", {"8", "9", "1", "2"}) == Status::failed);
}

TEST_CASE("a growth that is not known over the whole time is no growth", "[prometheus.query]") {
  const std::string with = "over: 10m, step: 1m, grows: true";
  CHECK(query(with, range({"1", "2", "3"})).reason == "short-history");
  CHECK(query(with, range({"1"})).reason == "short-history");
  const std::vector<std::string> whole{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"};
  CHECK(query(with, range(whole)).status == Status::passed);
  CHECK(query(with, range(whole, 600s)).reason == "stale");
  auto with_nan = whole;
  with_nan[4] = "NaN";
  CHECK(query(with, range(with_nan)).reason == "not-a-number");
  CHECK(query(with, answer(success("matrix", "[]"))).reason == "no-series");
}

TEST_CASE("a range is asked for in words that are the same on every day", "[prometheus.query]") {
  RecordedWorld world;
  world.http.respond = [&](const HttpRequest&) { return range({"1", "2", "3", "4"}); };
  world.run(kind("query"),
            "{url: 'http://prometheus.example.com/p/', query: x, over: 4m, step: 1m, grows: true}");
  REQUIRE(world.http.asked.size() == 1);
  CHECK(world.http.asked.front().url ==
        "http://prometheus.example.com/p/api/v1/query?query=%28x%0A%29%5B4m%3A1m%5D");
}

TEST_CASE("an answer that is none is told by its true reason", "[prometheus.query]") {
  struct Row {
    HttpResponse response;
    std::string reason, words;
  };
  const auto whole = success("vector", "[" + series("a", "1") + "]");
  const std::vector<Row> rows = {
      {answer(error("bad_data", "parse error"), 400), "rejected", "bad_data: parse error"},
      {answer(error("execution", "many-to-many"), 422), "rejected", "many-to-many"},
      {answer(error("timeout", "query timed out"), 503), "timeout", "query timed out"},
      {answer(error("unavailable", "not ready"), 503), "server-error", "not ready"},
      {answer(error("internal", "disk"), 200), "server-error", "disk"},
      {answer("Service Unavailable", 503), "server-error", "answered 503: Service Unavailable"},
      {answer("no", 401), "unauthorized", "answered 401"},
      {answer("no", 403), "forbidden", "answered 403"},
      {answer("404 page not found", 404), "not-found", "answered 404"},
      {answer("slow down", 429), "throttled", "answered 429"},
      {answer("<html>Sign in</html>"), "unreadable", "no JSON"},
      {answer(""), "unreadable", "empty"},
      {answer(whole.substr(0, whole.size() / 2)), "unreadable", "no JSON"},
      {answer("[]"), "unreadable", "must be a map"},
      {answer(R"({"status":"success"})"), "unreadable", "data must be a map"},
      {answer(R"({"status":"success","data":{"resultType":"vector"}})"), "unreadable", "result"},
      {answer(success("vector", "{}")), "unreadable", "must be a list"},
      {answer(success("streams", "[]")), "unreadable", "resultType"},
      {vector(R"({"metric":{},"value":["1","1"]})"), "unreadable", "a time in seconds"},
      {vector(R"({"metric":{},"value":[1,1]})"), "unreadable", "a time in seconds"},
      {vector(R"({"metric":{},"value":[1,"one"]})"), "unreadable", "'one' is no number"},
      {vector(R"({"metric":{"a":1},"value":[1,"1"]})"), "unreadable", "text"},
      {vector(series("a", "1"), R"(,"warnings":["store 2 did not answer"])"), "partial",
       "store 2 did not answer"},
      {vector(series("a", "1"), R"(,"isPartial":true)"), "partial", "not whole"},
      {vector(series("a", "1"), R"(,"isPartial":"true")"), "unreadable", "isPartial"},
  };
  for (const auto& row : rows) {
    const auto told = thrown("query", "query: up, min: 0", row.response);
    INFO(row.response.status << " " << row.response.body << "\n" << told.what);
    CHECK(told.reason == row.reason);
    CHECK(says(told.what, row.words));
    CHECK(says(told.what, "GET http://prometheus.example.com/api/v1/query: "));
  }
  auto redirect = answer("", 302);
  redirect.headers = {{"Location", "https://login.example.com/?token=abc"}};
  const auto told = thrown("query", "query: up, min: 0", redirect);
  CHECK(told.reason == "unreadable");
  CHECK(says(told.what, "https://login.example.com/"));
  CHECK_FALSE(says(told.what, "abc"));
}

TEST_CASE("an answer that says it is whole counts", "[prometheus.query]") {
  CHECK(query("min: 1", vector(series("a", "1"), R"(,"isPartial":false)")).status ==
        Status::passed);
}

TEST_CASE("a remark on the query is shown, and the answer counts", "[prometheus.query]") {
  const auto outcome =
      query("min: 1", vector(series("a", "1"), R"(,"infos":["might not be a counter"])"));
  CHECK(outcome.status == Status::passed);
  CHECK(fact(outcome, "remark")->observed == "might not be a counter");
}

TEST_CASE("the Kubernetes API hands the question on to a Service", "[prometheus.query]") {
  RecordedWorld world;
  const std::string proxy = "/api/v1/namespaces/monitoring/services/https:prometheus:9090/proxy";
  world.kubernetes.answer(proxy + "/prefix/api/v1/query?query=up", vector(series("a", "1")).body);
  const std::string with =
      "{service: 'monitoring/https:prometheus:9090/prefix', query: up, min: 1}";
  CHECK(world.run(kind("query"), with).status == Status::passed);
  world.kubernetes.refuse(proxy + "/prefix/api/v1/query?query=up", forbidden("no services/proxy"));
  CHECK_THROWS_AS(world.run(kind("query"), with), KubernetesError);
}

TEST_CASE("headers and trust are sent as the checklist says", "[prometheus.query]") {
  RecordedWorld world;
  world.http.respond = [&](const HttpRequest&) { return vector(series("a", "1")); };
  const auto outcome = world.run(
      kind("query"),
      "{url: 'https://prometheus.example.com', query: up, min: 1, insecure: true, resolve: "
      "192.0.2.1, headers: {Authorization: Bearer secret}}");
  const auto& request = world.http.asked.front();
  CHECK(request.headers.front().value == "Bearer secret");
  CHECK(request.resolve == "192.0.2.1");
  CHECK_FALSE(request.tls.verify);
  CHECK(says(outcome.summary, "the certificate is not verified"));
}

TEST_CASE("contradictions are found before anything is asked", "[prometheus.query]") {
  const auto wrong = [](const std::string& with) {
    return mistake("query", "{url: 'http://prometheus.example.com', query: up, " + with + "}");
  };
  CHECK(wrong("min: 1") == "");
  CHECK(says(wrong("min: 2, max: 1"), "'max' must not be less"));
  CHECK(says(wrong("equals: 1, max: 2"), "adds nothing"));
  CHECK(says(wrong("max: 1, warn-max: 1"), "'warn-max' must be less"));
  CHECK(says(wrong("min: 1, warn-min: 1"), "'warn-min' must be more"));
  CHECK(says(wrong("grows: true, min: 1"), "say which by 'over'"));
  CHECK(says(wrong("step: 1m, min: 1"), "'over', which is missing"));
  CHECK(says(wrong("over: 1h"), "nothing is expected of that time"));
  CHECK(says(wrong("over: 1h, grows: true, min: 1"), "leave out one of them"));
  CHECK(says(wrong("over: 1h, step: 30m, grows: true"), "four times"));
  CHECK(says(wrong("over: 3s, grows: true"), "four times"));
  CHECK(says(wrong("over: 90d, step: 1s, grows: true"), "too small"));
  CHECK(says(wrong("over: 1h, min-growth: 2, max-growth: 1"), "'max-growth'"));
  CHECK(says(wrong("over: 1h, min-rate: 2, max-rate: 1"), "'max-rate'"));
  CHECK(says(wrong("max-series: 0"), "allow-empty: true"));
  CHECK(says(wrong("min-series: 0"), "allow-empty: true alone"));
  CHECK(says(wrong("min-series: 3, max-series: 2"), "'max-series'"));
  CHECK(says(wrong("min-series: 1, allow-empty: true"), "contradict"));
  CHECK(says(wrong("must-exist: a=b, allow-empty: true"), "contradict"));
  CHECK(says(wrong("min: 1, among: up"), "of use only"));
  CHECK(says(wrong("must-exist: '{a=}x'"), "conditions on labels"));
  CHECK(says(wrong("max-age: 0s, min: 1"), "'max-age'"));
  CHECK(says(wrong("resolve: 192.0.2.1"), "nothing is expected"));
  CHECK(says(mistake("query", "{query: up, min: 1}"), "give 'url' or 'service'"));
  CHECK(says(mistake("query", "{url: 'http://a.example.com', service: a/b:1, query: up, min: 1}"),
             "give either 'url' or 'service'"));
  CHECK(says(mistake("query", "{service: prometheus, query: up, min: 1}"), "NAMESPACE/NAME:PORT"));
  CHECK(says(mistake("query", "{service: a/b:1, insecure: true, query: up, min: 1}"),
             "belongs to a URL"));
  CHECK(says(mistake("query", "{url: 'http://a.example.com/?x=1', query: up, min: 1}"),
             "base URL alone"));
  CHECK(says(mistake("query", "{url: 'http://a.example.com', insecure: true, query: up, min: 1}"),
             "means nothing for an http URL"));
  CHECK(says(mistake("query", "{url: 'http://a.example.com', query: ' ', min: 1}"), "is empty"));
}

}  // namespace postflight::test
