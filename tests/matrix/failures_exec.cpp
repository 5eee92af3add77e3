#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/matrix/exec_answer.hpp"
#include "tests/matrix/replies.hpp"

namespace postflight::matrix {

namespace {

using Json = nlohmann::ordered_json;

// What a client that falls back to SPDY is told is not the failure.
Reply over_websocket(Reply reply) {
  return [reply = std::move(reply)](const Exchange& exchange) {
    if (exchange.request.wants_websocket) return reply(exchange);
    exchange.answer_rightly();
    return Then::close;
  };
}

// Accepts the WebSocket, sends these bytes, and ends the connection.
Reply converse(std::string bytes) {
  return over_websocket([=](const Exchange& exchange) {
    exchange.send(exec_accepted(exchange.request) + bytes);
    return Then::close;
  });
}

Reply converse_and_wait(std::string bytes) {
  return over_websocket([=](const Exchange& exchange) {
    exchange.send(exec_accepted(exchange.request) + bytes);
    exchange.connection.wait_for_peer_to_leave();
    return Then::close;
  });
}

// The command ends with that Status.
Reply end_with(const Json& status, const std::string& output = "") {
  return converse((output.empty() ? "" : exec_message(1, output)) + exec_message(3, status.dump()) +
                  exec_end());
}

Json failure_status(const std::string& reason, const std::string& message) {
  return {{"metadata", Json::object()},
          {"status", "Failure"},
          {"message", message},
          {"reason", reason},
          {"code", 500}};
}

Json exit_status(const std::string& code) {
  auto status = failure_status("NonZeroExitCode", "command terminated with non-zero exit code");
  status["details"]["causes"] = {{{"reason", "ExitCode"}, {"message", code}}};
  return status;
}

const Json success{{"metadata", Json::object()}, {"status", "Success"}};

Reply hundred_megabytes() {
  return over_websocket([](const Exchange& exchange) {
    exchange.send(exec_accepted(exchange.request));
    const auto piece = exec_message(1, std::string(1 << 20, 'x'));
    for (int i = 0; i < 100; ++i) exchange.send(piece);
    exchange.send(exec_message(3, success.dump()) + exec_end());
    return Then::close;
  });
}

// Agrees on a protocol that the client does not know.
Reply strange_protocol() {
  return over_websocket([](const Exchange& exchange) {
    auto header = exec_accepted(exchange.request);
    const std::string named = "Protocol: v";
    header.replace(header.find(named), named.size(), "Protocol: x");
    exchange.send(header + exec_end());
    return Then::close;
  });
}

Reply cut_in_frame() {
  const auto message = exec_message(1, "Filesystem     1024-blocks  Used Available\n");
  return converse(message.substr(0, message.size() / 2));
}

void complete(Json& pod) {
  pod["status"]["phase"] = "Succeeded";
  for (auto& container : pod["status"]["containerStatuses"])
    container["state"] = {{"terminated", {{"exitCode", 0}, {"reason", "Completed"}}}};
}

std::vector<Failure> refusals() {
  return {failing_reply("upgrade refused: something between takes no WebSocket", {"rejected"},
                        answer_kubernetes_status(400, "BadRequest", "Upgrade request required")),
          failing_reply("upgrade refused: no right to exec", {"forbidden"},
                        answer_kubernetes_status(
                            403, "Forbidden", "User \"u\" cannot create resource \"pods/exec\"")),
          failing_reply("the pod disappears between list and exec", {"not-found"},
                        answer_kubernetes_status(404, "NotFound", "pods \"p\" not found", "p")),
          failing_reply(
              "the container ends between list and exec", {"server-error"},
              answer_kubernetes_status(500, "InternalError", "container not found (\"proxy\")")),
          failing_reply("a protocol that nobody offered", {"unreadable"}, strange_protocol())};
}

std::vector<Failure> conversations() {
  return {failing_reply("closed before the Status", {"unreachable"},
                        converse(exec_message(1, "Filesystem") + exec_end())),
          failing_reply("cut off before the Status", {"unreachable"},
                        converse(exec_message(1, "Filesystem"))),
          failing_reply("cut off in the middle of a frame", {"unreachable"}, cut_in_frame()),
          failing_reply("cut off between the Status and the close", {"unreachable"},
                        converse(exec_message(3, success.dump()))),
          failing_reply("Status: Failure", {"server-error"},
                        end_with(failure_status("InternalError", "error executing command"))),
          failing_reply("Status: not JSON", {"unreadable"},
                        converse(exec_message(3, "{\"status\": ") + exec_end())),
          failing_reply("Status: an exit code that is no number", {"unreadable"},
                        end_with(exit_status("many"))),
          failing_reply("command missing", {"missing-tool"},
                        end_with(failure_status(
                            "InternalError", "exec: \"df\": executable file not found in $PATH"))),
          failing_reply("command killed (137)", {"command-failed"}, end_with(exit_status("137"))),
          failing_reply("command fails (1)", {"command-failed"},
                        converse(exec_message(2, "df: /dev/shm: No such file or directory\n") +
                                 exec_message(3, exit_status("1").dump()) + exec_end())),
          failing_reply("no output", {"unreadable"}, end_with(success)),
          failing_reply("other output", {"unreadable"},
                        end_with(success, "\x1b[31mtotal\x1b[0m \xff\xfe 12\n")),
          failing_reply("output on an unknown channel", {"unreadable"},
                        converse(exec_message(9, "Filesystem") + exec_end())),
          failing_reply("100 MB of output", {"too-large"}, hundred_megabytes()),
          to_the_deadline(
              failing_reply("no output, and never ends", {"timeout"}, converse_and_wait(""))),
          to_the_deadline(failing_reply("some output, and never ends", {"timeout"},
                                        converse_and_wait(exec_message(1, "Filesystem"))))};
}

// The last pod alone: what is known of the others is no pass.
std::vector<Failure> of_one_pod() {
  return {failing_reply("only one pod: cut off before the Status", {"unreachable"},
                        after(3, converse(exec_message(1, "Filesystem")))),
          to_the_deadline(failing_reply("only one pod: never ends", {"timeout"},
                                        after(3, converse_and_wait(""))))};
}

}  // namespace

Family exec_failures() {
  Family family{"exec", "Commands in pods", refusals()};
  for (auto& group : {conversations(), of_one_pod()})
    for (const auto& failure : group) family.failures.push_back(failure);
  for (auto& failure : family.failures) failure.questions = {"exec"};
  family.failures.push_back(of_questions(
      {"pods"},
      failing_reply("every pod has completed", {"nothing-examined"}, edit_json([](Json& list) {
                      for (auto& pod : list["items"]) complete(pod);
                    }))));
  return family;
}

}  // namespace postflight::matrix
