#include "clients/recorded_run.hpp"

#include <catch2/catch_test_macros.hpp>

#include "clients/replaying_clients.hpp"
#include "tests/support/client_errors.hpp"

namespace postflight::test {
namespace {

const LogRequest log_request{"auth", "web-1", "main", false, {}};
const auto some_moment = std::chrono::system_clock::time_point(
                             std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}) +
                         std::chrono::nanoseconds(123'456'789);

RecordedRun run_with(const Question& question, const Answer& answer) {
  RecordedRun run;
  run.program = "postflight 0.0.0";
  run.started = some_moment;
  run.exchanges.push_back({"a-check", question, answer});
  return run;
}

Answer read_back(const Question& question, const Answer& answer) {
  return read_recording(write_recording(run_with(question, answer))).exchanges.at(0).answer;
}

std::string log_back(const std::string& log) {
  return std::get<std::string>(read_back(question_of(log_request), log));
}

std::string refusal(const RecordingFiles& files) {
  try {
    read_recording(files);
  } catch (const RecordingError& error) {
    return error.what();
  }
  return "it was read";
}

// The index with one text of it replaced.
RecordingFiles edited(const std::string& from, const std::string& to) {
  auto files = write_recording(
      run_with(question_of_get("/readyz"), std::make_shared<const std::string>("ok")));
  auto& index = files.at(recording_index);
  const auto at = index.find(from);
  REQUIRE(at != index.npos);
  index.replace(at, from.size(), to);
  return files;
}

}  // namespace

TEST_CASE("whatever was answered reads back byte for byte", "[recording]") {
  const std::string all_bytes = [] {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    return bytes;
  }();
  const std::string line(300, 'x');
  for (const auto& text :
       {std::string(), std::string("ok"), std::string("ok\n"), std::string("\n\n"), line,
        line + "\r\n" + line, line + "\n" + line + "\n", all_bytes, "\xef\xbb\xbf" + line + "\n\n",
        std::string(R"({"b":1,"a":[1.50,2e3],"c":"é"})"), std::string("{\"b\":1,\"a\":{}}\n"),
        R"({"a": 1, "filler": ")" + line + "\"}", R"({"a":1,"a":2,"filler":")" + line + "\"}",
        R"({"n":12345678901234567890123,"f":")" + line + "\"}", R"({"n":1,"f":")" + line + "\"}",
        R"({"n":1,"f":")" + line + "\"}\n", std::string(100'000, '['),
        "{" + std::string(300, ' ')}) {
    INFO(text.substr(0, 100));
    CHECK(log_back(text) == text);
  }
}

TEST_CASE("JSON of an answer is written to be read by people", "[recording]") {
  const auto json = R"({"kind":"Pod","name":")" + std::string(300, 'x') + "\"}\n";
  const auto files = write_recording(run_with(question_of_get("/api/v1/namespaces/a/pods/b"),
                                              std::make_shared<const std::string>(json)));
  const auto& file = files.at("answers/kubernetes-get-api-v1-namespaces-a-pods-b.json");
  CHECK(file.starts_with("{\n  \"kind\": \"Pod\",\n"));
}

TEST_CASE("every sort of answer reads back with all its fields", "[recording]") {
  HttpResponse response;
  response.status = 302;
  response.headers = {{"Location", "/login"}, {"X-Bytes", "\xff\xfe"}};
  response.body = "body";
  response.url = "https://app.example.com/";
  response.remote_address = "192.0.2.1:443";
  response.timings = {std::chrono::milliseconds(1), std::chrono::milliseconds(2),
                      std::chrono::milliseconds(3)};
  response.certificates = {{"CN=app", "CN=ca", some_moment, some_moment + std::chrono::hours(24)}};
  const auto http = std::get<HttpResponse>(read_back(question_of(HttpRequest{}), response));
  CHECK(http.status == 302);
  CHECK(http.headers.at(1).value == "\xff\xfe");
  CHECK(http.remote_address == "192.0.2.1:443");
  CHECK(http.timings.total == std::chrono::milliseconds(3));
  CHECK(http.certificates.at(0).not_before == some_moment);
  CHECK(http.certificates.at(0).issuer == "CN=ca");

  const ClockAnswer clock{"\xff", some_moment, some_moment + std::chrono::nanoseconds(7)};
  const auto told = std::get<ClockAnswer>(read_back(question_of_clock(), clock));
  CHECK(told.date == clock.date);
  CHECK(told.asked == clock.asked);
  CHECK(told.answered == clock.answered);

  const PostgresRows rows{{"a", "b"}, {{"1", std::nullopt}, {"", "2"}}};
  const auto table =
      std::get<PostgresRows>(read_back(question_of(PostgresTarget{"", ""}, "select", {}), rows));
  CHECK(table.columns == rows.columns);
  CHECK(table.rows == rows.rows);

  const Refusal said{"forbidden", "no right", Refusal::OfKubernetes{403, "Forbidden", false}, "c"};
  CHECK(std::get<Refusal>(read_back(question_of_get("/x"), said)) == said);

  const WebSocketAnswer conversation{{101, "v5", true, 1000}, {"one", ""}};
  const auto heard = std::get<WebSocketAnswer>(
      read_back(question_of(HttpRequest{}, std::vector<std::string>{"v5"}), conversation));
  CHECK(heard.response.close_code == 1000);
  CHECK(heard.messages == conversation.messages);

  const auto ended = std::get<CommandResult>(read_back(
      question_of(CommandRequest{{"true"}, "", {}, {}}), CommandResult{1, 9, "out", "err"}));
  CHECK(ended.signal == 9);
  CHECK(ended.errors == "err");

  const NameAnswer named{false, {{"a.example.com", "TXT", "\xff"}}, "192.0.2.53:53"};
  CHECK(std::get<NameAnswer>(read_back(question_of(NameRequest{"a", "TXT"}), named)) == named);
  const HostAddresses addresses{{"192.0.2.1", "2001:db8::1"}};
  CHECK(std::get<HostAddresses>(read_back(question_of_addresses("a"), addresses)) == addresses);
  for (const auto end : {TcpEnd::stayed_open, TcpEnd::closed, TcpEnd::reset})
    CHECK(std::get<TcpAnswer>(read_back(question_of(TcpRequest{}), TcpAnswer{end})).end == end);
  const TlsAnswer shown{{{"CN = a",
                          "CN = b",
                          {"a.example.com"},
                          some_moment,
                          some_moment + std::chrono::hours(24),
                          true}},
                        "self-signed"};
  CHECK(std::get<TlsAnswer>(read_back(question_of(TlsRequest{}), shown)) == shown);
}

TEST_CASE("all that is kept of a run reads back, and repeated answers are written once",
          "[recording]") {
  RecordedRun run = run_with(question_of(log_request), std::string("same"));
  run.exchanges.push_back(run.exchanges[0]);
  run.exchanges.push_back({"a-check", question_of(log_request), std::string("other")});
  run.checklist = "upgrade";
  run.target = "https://kubernetes.example.com";
  run.variables = {{"namespace", "auth"}};
  run.secret_variables = {"password"};
  run.durations["wait"] = std::chrono::milliseconds(300'000);
  run.selection["skip"] = {"terraform-*"};
  run.attempts["a-check"] = {{some_moment, std::chrono::milliseconds(12)},
                             {some_moment, std::nullopt}};
  const auto files = write_recording(run);
  const auto& index = files.at(recording_index);
  CHECK(index.find("\"times\": 2") != index.npos);
  const auto back = read_recording(files);
  CHECK(back.started == some_moment);
  CHECK(back.target == run.target);
  CHECK(back.variables == run.variables);
  CHECK(back.secret_variables == run.secret_variables);
  CHECK(back.durations == run.durations);
  CHECK(back.selection == run.selection);
  CHECK(back.attempts.at("a-check").at(0).took == std::chrono::milliseconds(12));
  CHECK_FALSE(back.attempts.at("a-check").at(1).took);
  Replay replay(back.exchanges);
  ReplayingClients clients(replay, back.target);
  const Limits limits{{}, {}, {}, "a-check"};
  for (const auto* expected : {"same", "same", "other", "other"})
    CHECK(clients.clients().kubernetes.log(log_request, limits) == expected);
}

TEST_CASE("a recording that is not right is refused with the place that is wrong", "[recording]") {
  CHECK(refusal({}) == "there is no recording.json in it");
  CHECK(refusal({{"recording.json", "{"}}).starts_with("recording.json: this is not JSON"));
  CHECK(refusal({{"recording.json", std::string(1'000'000, '[')}}).ends_with("nested too deeply"));
  CHECK(refusal({{"recording.json", "[]"}}) == "recording.json must be an object");
  CHECK(refusal(edited("recording/v1", "recording/v2")).find("the format is") != std::string::npos);
  CHECK(refusal(edited("2026-11-23T", "2026-13-23T"))
            .starts_with("recording.json.recorded must be a time"));
  CHECK(refusal(edited("\"body\"", "\"bdoy\"")) ==
        "recording.json.exchanges[0].answers[0].body is missing");
  CHECK(refusal(edited("\"body\"", "\"extra\": 1, \"body\"")) ==
        "recording.json.exchanges[0].answers[0]: unknown member 'extra'");
  CHECK(refusal(edited("\"ok\"", "{\"file\": \"../passwd\", \"as\": \"text\"}")) ==
        "recording.json.exchanges[0].answers[0].body: there is no file ../passwd");
  CHECK(refusal(edited("\"ok\"", "7")).find("must be a text") != std::string::npos);
  CHECK(refusal(edited("\"kubernetes-get\"", "\"guess\"")).find("no kind of question 'guess'") !=
        std::string::npos);
  CHECK(refusal(edited("\"body\"", "\"times\": 0, \"body\"")).find("times must be at least 1") !=
        std::string::npos);
  auto files = edited("\"ok\"", "{\"file\": \"answers/a\", \"as\": \"json\"}");
  files["answers/a"] = "{broken";
  CHECK(refusal(files).starts_with("answers/a: this is not JSON"));
  files["answers/a"] = std::string(100'000, '[');
  CHECK(refusal(files) == "answers/a: this JSON is nested too deeply");
}

TEST_CASE("a recorded row with more or fewer cells than columns is refused", "[recording]") {
  for (const auto& cells : {PostgresRows{{"a", "b"}, {{"1", "2"}, {"3"}}},
                            PostgresRows{{"a", "b"}, {{"1", "2"}, {"3", "4", "5"}}}})
    CHECK(refusal(write_recording(run_with(question_of({"", ""}, "select", {}), cells))) ==
          "recording.json.exchanges[0].answers[0].rows[1] must hold 2 cells, one for each column");
}

}  // namespace postflight::test
