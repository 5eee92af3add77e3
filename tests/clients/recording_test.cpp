#include "clients/recording.hpp"

#include <catch2/catch_test_macros.hpp>
#include <stdexcept>

#include "clients/recording_clients.hpp"
#include "clients/replaying_clients.hpp"
#include "tests/support/client_errors.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {
namespace {

Limits limits_for(std::string_view check) { return {{}, {}, {}, check}; }

// Records what `asks` asks of the recorded world, and answers it from memory.
class InMemory {
 public:
  InMemory() : recorder_(world.clients(), recording) {}
  const Clients& real() const { return recorder_.clients(); }
  // The clients of a replay of all that was recorded so far.
  const Clients& replayed() {
    replay_.emplace(recording.exchanges());
    replaying_.emplace(*replay_, "https://kubernetes.example.com");
    return replaying_->clients();
  }

  RecordedWorld world;
  Recording recording;

 private:
  RecordingClients recorder_;
  std::optional<Replay> replay_;
  std::optional<ReplayingClients> replaying_;
};

}  // namespace

TEST_CASE("every client's answer comes back from a recording as it was", "[recording]") {
  InMemory memory;
  auto& world = memory.world;
  world.kubernetes.answer("/readyz", "ok");
  world.kubernetes.answer_list("/api/v1/pods", "app=web", {"{\"page\":1}", "{\"page\":2}"});
  const ClockAnswer clock{"Mon, 23 Nov 2026 20:13:47 GMT",
                          std::chrono::system_clock::time_point(std::chrono::milliseconds(1)),
                          std::chrono::system_clock::time_point(std::chrono::milliseconds(21))};
  world.kubernetes.clocks = [&] { return clock; };
  world.kubernetes.logs = [](const LogRequest& request) { return "line of " + request.pod; };
  world.kubernetes.execs = [](const ExecRequest& request) {
    return ExecResult{3, request.command.back(), "no"};
  };
  world.http.respond = [](const HttpRequest& request) {
    HttpResponse response;
    response.status = 302;
    response.url = request.url;
    response.headers = {{"Location", "/login"}};
    response.timings.total = std::chrono::milliseconds(7);
    return response;
  };
  world.postgres.respond = [](const auto&, const auto&, const auto&) {
    return PostgresRows{{"one", "two"}, {{"1", std::nullopt}}};
  };
  world.commands.respond = [](const auto&) { return CommandResult{2, 0, "out", "err"}; };
  const auto limits = limits_for("a-check");
  const ListRequest list{"/api/v1/pods", "app=web", ""};
  const LogRequest log{"auth", "web-1", "main", false, {}};
  const ExecRequest exec{"auth", "web-1", "main", {"df", "/dev/shm"}};
  HttpRequest http;
  http.url = "https://app.example.com/";
  const auto compare = [&](const Clients& clients) {
    CHECK(*clients.kubernetes.get("/readyz", limits) == "ok");
    CHECK(*clients.kubernetes.list(list, limits)->at(1) == "{\"page\":2}");
    const auto told = clients.kubernetes.clock(limits);
    CHECK(told.date == clock.date);
    CHECK(told.asked == clock.asked);
    CHECK(told.answered == clock.answered);
    CHECK(clients.kubernetes.log(log, limits) == "line of web-1");
    const auto ended = clients.kubernetes.exec(exec, limits);
    CHECK(ended.exit_code == 3);
    CHECK(ended.output == "/dev/shm");
    CHECK(ended.errors == "no");
    const auto response = clients.http.send(http, limits);
    CHECK(response.status == 302);
    CHECK(response.header("location") == "/login");
    CHECK(response.timings.total == std::chrono::milliseconds(7));
    const auto rows =
        clients.postgres.query({"postgresql://db.example.com/a", "pw"}, "select 1", {"x"}, limits);
    CHECK(rows.columns == std::vector<std::string>{"one", "two"});
    CHECK(rows.rows.at(0).at(1) == std::nullopt);
    const auto command = clients.commands.run({{"terraform", "plan"}, "", {}, {}}, limits);
    CHECK(command.exit_code == 2);
    CHECK(command.errors == "err");
  };
  compare(memory.real());
  compare(memory.replayed());
}

TEST_CASE("a refusal comes back with all it says", "[recording]") {
  InMemory memory;
  memory.world.kubernetes.refuse("/api/v1/namespaces/a/services/b", object_not_found("not there"));
  memory.world.postgres.respond = [](const auto&, const auto&, const auto&) -> PostgresRows {
    throw ClientError(reason::timeout, "no answer in time");
  };
  const auto limits = limits_for("a-check");
  const auto compare = [&](const Clients& clients) {
    try {
      clients.kubernetes.get("/api/v1/namespaces/a/services/b", limits);
      FAIL("it was answered");
    } catch (const KubernetesError& error) {
      CHECK(error.reason() == reason::not_found);
      CHECK(std::string(error.what()) == "not there");
      CHECK(error.status() == 404);
      CHECK(error.status_reason() == "NotFound");
      CHECK(error.object_is_missing());
    }
    const auto [word, text] = error_thrown([&] {
      clients.postgres.query({"", ""}, "select 1", {}, limits);
    });
    CHECK(word == reason::timeout);
    CHECK(text == "no answer in time");
  };
  compare(memory.real());
  compare(memory.replayed());
}

TEST_CASE("the n-th asking of a check gets its n-th answer, then the last one", "[recording]") {
  InMemory memory;
  int turn = 0;
  memory.world.kubernetes.logs = [&](const LogRequest&) { return std::to_string(++turn); };
  const LogRequest log{"auth", "web-1", "main", false, {}};
  auto& real = memory.real().kubernetes;
  CHECK(real.log(log, limits_for("one")) == "1");
  CHECK(real.log(log, limits_for("two")) == "2");
  CHECK(real.log(log, limits_for("one")) == "3");
  auto& replayed = memory.replayed().kubernetes;
  CHECK(replayed.log(log, limits_for("two")) == "2");
  CHECK(replayed.log(log, limits_for("two")) == "2");
  CHECK(replayed.log(log, limits_for("one")) == "1");
  CHECK(replayed.log(log, limits_for("one")) == "3");
  CHECK(replayed.log(log, limits_for("one")) == "3");
  CHECK(replayed.log(log, limits_for("a check that is new")) == "1");
}

TEST_CASE("what nobody asked is not recorded, and the question is named", "[recording]") {
  InMemory memory;
  const auto [word, text] = error_thrown(
      [&] { memory.replayed().kubernetes.get("/api/v1/nodes", limits_for("a-check")); });
  CHECK(word == reason::not_recorded);
  CHECK(text.find("kubernetes-get path=/api/v1/nodes") != text.npos);
}

TEST_CASE("an answer that was cut off by a stop is not kept", "[recording]") {
  InMemory memory;
  memory.world.kubernetes.logs = [](const LogRequest&) -> std::string {
    throw ClientError(reason::interrupted, "interrupted");
  };
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(memory.real().kubernetes.log({"a", "b", "c", false, {}},
                                               {{}, stop.get_token(), {}, "a-check"}),
                  ClientError);
  CHECK(memory.recording.exchanges().empty());
}

TEST_CASE("the password of a database is no part of a question", "[recording]") {
  const auto url_of = [](const std::string& url) {
    return to_string(question_of(PostgresTarget{url, "hunter22"}, "select 1", {}));
  };
  CHECK(url_of("postgresql://me:hunter22@db.example.com/auth?sslmode=require&password=hunter22") ==
        url_of("postgresql://me@db.example.com/auth?sslmode=require"));
  CHECK(url_of("host=db.example.com password='hunter 22' dbname=auth") ==
        url_of("host=db.example.com dbname=auth"));
  for (const auto* url :
       {"postgresql://me:hunter22@db.example.com/auth",
        "postgresql://me:hun/ter22@db.example.com/auth",
        "postgresql://me:hun?ter22@db.example.com/auth",
        "postgresql://me:hun@ter22@db.example.com/auth", "password=hunter22 host=db.example.com"}) {
    INFO(url);
    CHECK(url_of(url).find("ter22") == std::string::npos);
    CHECK(url_of(url).find("db.example.com") != std::string::npos);
  }
}

TEST_CASE("answers of the network come back from a recording, one for each question",
          "[recording]") {
  InMemory memory;
  memory.world.names.respond = [](const NameRequest& request) {
    return NameAnswer{true, {{request.name, request.type, "of " + request.server}}, request.server};
  };
  memory.world.names.hosts["a.example.com"] = {{"192.0.2.1"}};
  memory.world.connections.connected = [](const TcpRequest& request) {
    return TcpAnswer{request.stays_open.count() == 0 ? TcpEnd::stayed_open : TcpEnd::closed};
  };
  memory.world.connections.shown = [](const TlsRequest& request) {
    return TlsAnswer{
        {{request.host, request.address, {request.server_name}, {}, {}, false}},
        request.ca_file + std::to_string(request.port) + (request.verify ? "verified" : "")};
  };
  const auto limits = limits_for("a-check");
  const auto ask_all = [&](const Clients& clients) {
    std::vector<Answer> answers;
    for (const NameRequest& request : {NameRequest{"a", "A", "1"}, NameRequest{"b", "A", "1"},
                                       NameRequest{"a", "MX", "1"}, NameRequest{"a", "A", "2"}})
      answers.push_back(clients.names.ask(request, limits));
    answers.push_back(clients.names.addresses("a.example.com", limits));
    for (const int watched : {0, 250})
      answers.push_back(
          clients.connections.connect({"192.0.2.1:1", std::chrono::milliseconds(watched)}, limits));
    for (const TlsRequest& request :
         {TlsRequest{"a", 1, "", "", ""}, TlsRequest{"b", 1, "", "", ""},
          TlsRequest{"a", 2, "", "", ""}, TlsRequest{"a", 1, "c", "", ""},
          TlsRequest{"a", 1, "", "d", ""}, TlsRequest{"a", 1, "", "", "e"},
          TlsRequest{"a", 1, "", "", "", false}})
      answers.push_back(clients.connections.handshake(request, limits));
    CHECK(error_thrown([&] { clients.names.addresses("gone", limits); }).reason == "dns");
    return answers;
  };
  const auto asked = ask_all(memory.real());
  const auto replayed = ask_all(memory.replayed());
  REQUIRE(asked.size() == replayed.size());
  for (std::size_t index = 0; index < asked.size(); ++index) {
    INFO(index);
    CHECK(asked[index].index() == replayed[index].index());
    if (const auto* name = std::get_if<NameAnswer>(&asked[index]))
      CHECK(*name == std::get<NameAnswer>(replayed[index]));
    if (const auto* tcp = std::get_if<TcpAnswer>(&asked[index]))
      CHECK(*tcp == std::get<TcpAnswer>(replayed[index]));
    if (const auto* tls = std::get_if<TlsAnswer>(&asked[index]))
      CHECK(*tls == std::get<TlsAnswer>(replayed[index]));
  }
}

}  // namespace postflight::test
