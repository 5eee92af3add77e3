#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/matrix/replies.hpp"
#include "tests/world/recordings.hpp"

namespace postflight::matrix {

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::system_clock;

std::string line_at(Clock::time_point time, const std::string& text) {
  return world::rfc3339_nanoseconds(time) + " " + text + "\n";
}

// The right log, and one more line at its end.
Reply log_with(std::string text) {
  return edit_body([=](const std::string& log) { return log + line_at(Clock::now() - 1s, text); });
}

// A log that is only these lines, each written so long ago.
Reply log_of(std::vector<std::pair<std::chrono::seconds, std::string>> lines) {
  return edit_body([=](const std::string&) {
    std::string log;
    for (const auto& [age, text] : lines) log += line_at(Clock::now() - age, text);
    return log;
  });
}

constexpr char runs_embedded[] = R"({"embedded":true,"event":"Outpost mode","level":"info"})";
constexpr char visited[] = R"({"event":"/outpost.goauthentik.io/auth/traefik","status":302})";

std::string binary() {
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 7);
  return bytes;
}

// The pods' containers, as changed.
Reply edit_containers(std::function<void(Json&)> edit) {
  return edit_json([edit = std::move(edit)](Json& list) {
    for (auto& pod : list["items"])
      for (auto& container : pod["status"]["containerStatuses"]) edit(container);
  });
}

// Every container was restarted, and the log of the instance before is gone.
Reply previous_missing() {
  return [restarted = edit_containers([](Json& container) { container["restartCount"] = 1; }),
          gone = answer_kubernetes_status(400, "BadRequest",
                                          "previous terminated container \"proxy\" in pod \"p\" "
                                          "not found")](const Exchange& exchange) {
    if (exchange.request.path.ends_with("/pods")) return restarted(exchange);
    if (exchange.request.parameter("previous") == "true") return gone(exchange);
    exchange.answer_rightly();
    return Then::keep;
  };
}

Reply no_content() {
  return [](const Exchange& exchange) {
    exchange.send("HTTP/1.1 204 No Content\r\n\r\n");
    return Then::keep;
  };
}

// Restarted after the pods were listed: who asks again is told.
Reply restarted_meanwhile() {
  return [log = log_of({{9s, runs_embedded}, {5s, visited}}),
          pod = edit_json([](Json& object) {
            for (auto& container : object["status"]["containerStatuses"])
              container["state"]["running"]["startedAt"] = world::rfc3339(Clock::now() - 10s);
          })](const Exchange& exchange) {
    if (exchange.request.path.ends_with("/log")) return log(exchange);
    if (exchange.request.path.find("/pods/") != std::string::npos) return pod(exchange);
    exchange.answer_rightly();
    return Then::keep;
  };
}

// Restarted ten seconds ago, after an hour, and listed so.
Reply restarted_just_now() {
  return
      [young = log_of({{9s, runs_embedded}, {5s, visited}}),
       old = log_of({{3599s, runs_embedded}, {60s, visited}}),
       pods = edit_containers([](Json& container) {
         const auto ago = [](Clock::duration time) { return world::rfc3339(Clock::now() - time); };
         container["restartCount"] = 1;
         container["state"]["running"]["startedAt"] = ago(10s);
         container["lastState"]["terminated"] = {{"exitCode", 1},
                                                 {"reason", "Error"},
                                                 {"startedAt", ago(1h)},
                                                 {"finishedAt", ago(12s)}};
       })](const Exchange& exchange) {
        if (exchange.request.path.ends_with("/log"))
          return (exchange.request.has_parameter("previous") ? old : young)(exchange);
        if (exchange.request.path.ends_with("/pods")) return pods(exchange);
        exchange.answer_rightly();
        return Then::keep;
      };
}

std::vector<Failure> missing_logs() {
  return {
      failing_reply("204", {"no-log"}, no_content()),
      failing_reply("empty", {"nothing-examined"}, answer_body("", "text/plain")),
      failing_reply("the container is not started yet", {"no-log"},
                    answer_kubernetes_status(400, "BadRequest",
                                             "container \"proxy\" in pod \"p\" is waiting to "
                                             "start: ContainerCreating")),
      failing_reply("the pod disappears between list and log", {"not-found"},
                    answer_kubernetes_status(404, "NotFound", "pods \"p\" not found", "p")),
      failing_reply("the node does not answer the API server", {"server-error"},
                    answer_kubernetes_status(500, "InternalError",
                                             "Get \"https://10.0.0.7:10250/containerLogs\": dial "
                                             "tcp 10.0.0.7:10250: i/o timeout"))};
}

std::vector<Failure> logs_without_start() {
  return {failing_reply("rotated: the start is gone", {"log-start-gone"},
                        log_of({{60s, visited}, {5s, visited}})),
          failing_reply("the log is that of a younger container", {"log-start-gone"},
                        log_of({{9s, runs_embedded}, {5s, visited}}))};
}

std::vector<Failure> strange_logs() {
  return {failing_reply("only binary, without timestamps", {"unreadable"},
                        answer_body(binary(), "text/plain")),
          failing_reply("lines without timestamps", {"unreadable"},
                        answer_body("starting\nready\n", "text/plain")),
          failing_reply("a line of binary", {}, log_with(binary())),
          failing_reply("a line with ANSI escapes", {}, log_with("\x1b[2J\x1b]0;title\x07 hello")),
          failing_reply("a line with NUL", {}, log_with(std::string("a\0b", 3))),
          failing_reply("a line of invalid UTF-8", {}, log_with("caf\xe9 \xff\xfe")),
          failing_reply("an unwanted line with ANSI, NUL and invalid UTF-8", {},
                        log_with(std::string("\x1b[31mfailed to setup application\0\xff", 35))),
          failing_reply("one line of 50 MB", {}, log_with(std::string(50u << 20, 'x'))),
          failing_reply("100 MB of lines", {"too-large"}, edit_body([](const std::string&) {
                          std::string log;
                          const auto line = line_at(Clock::now() - 5s, std::string(1000, 'x'));
                          while (log.size() < (100u << 20)) log += line;
                          return log;
                        })),
          failing_reply("only one pod: empty", {"nothing-examined"},
                        after(1, answer_body("", "text/plain")))};
}

}  // namespace

Family log_failures() {
  Family family{"logs", "Logs of pods", missing_logs()};
  for (auto& group : {logs_without_start(), strange_logs()})
    for (const auto& failure : group) family.failures.push_back(failure);
  for (auto& failure : family.failures) failure.questions = {"log"};
  auto previous =
      failing_reply("restarted, and the log before is missing", {"no-log"}, previous_missing());
  auto restarted =
      failing_reply("the pod restarts between list and log", {}, restarted_meanwhile());
  auto just_now = failing_reply("restarted 10 s ago", {"log-start-gone"}, restarted_just_now());
  for (auto* failure : {&previous, &restarted, &just_now}) {
    failure->hits_one_question = false;
    failure->questions = {"log"};
    family.failures.push_back(*failure);
  }
  family.failures.push_back(of_questions(
      {"pods"},
      failing_reply("a container waits in CrashLoopBackOff", {"not-running"},
                    edit_containers([](Json& container) {
                      container["ready"] = false;
                      container["state"] = {{"waiting", {{"reason", "CrashLoopBackOff"}}}};
                    }))));
  return family;
}

}  // namespace postflight::matrix
