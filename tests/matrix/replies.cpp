#include "tests/matrix/replies.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace postflight::matrix {

using namespace std::chrono_literals;

std::size_t header_size(const std::string& bytes) { return bytes.find("\r\n\r\n") + 4; }

Reply answer_status(int code, std::string reason, std::string headers) {
  return [=](const Exchange& exchange) {
    exchange.send(test::http_answer(reason + "\n", headers + "Content-Type: text/plain\r\n",
                                    fmt::format("{} {}", code, reason)));
    return Then::keep;
  };
}

Reply answer_body(std::string text, std::string type) {
  return [=](const Exchange& exchange) {
    exchange.send(test::http_answer(text, "Content-Type: " + type + "\r\n"));
    return Then::keep;
  };
}

Reply answer_kubernetes_status(int code, std::string reason, std::string message,
                               std::string name) {
  nlohmann::json status{{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", nullptr},
                        {"status", "Failure"}, {"message", message}, {"reason", reason},
                        {"code", code}};
  if (!name.empty()) status["details"] = {{"name", name}};
  return [code, text = status.dump()](const Exchange& exchange) {
    exchange.send(test::http_answer(text, "Content-Type: application/json\r\n",
                                    fmt::format("{} Refused", code)));
    return Then::keep;
  };
}

Reply edit_body(std::function<std::string(const std::string&)> edit) {
  return [edit = std::move(edit)](const Exchange& exchange) {
    const auto bytes = exchange.healthy();
    exchange.send(test::http_answer(edit(bytes.substr(header_size(bytes))),
                                    "Content-Type: application/json\r\n"));
    return Then::keep;
  };
}

Reply edit_json(std::function<void(nlohmann::ordered_json&)> edit) {
  return edit_body([edit = std::move(edit)](const std::string& body) {
    auto json = nlohmann::ordered_json::parse(body);
    edit(json);
    return json.dump();
  });
}

Reply never_answer() {
  return [](const Exchange& exchange) {
    exchange.connection.wait_for_peer_to_leave();
    return Then::close;
  };
}

Reply answer_byte_by_byte() {
  return [](const Exchange& exchange) {
    for (const char byte : exchange.healthy()) {
      exchange.send({&byte, 1});
      if (!exchange.patience.wait(1s)) break;
    }
    return Then::close;
  };
}

Reply cut_off(Cut where, End end) {
  return [=](const Exchange& exchange) {
    const auto bytes = exchange.healthy();
    const auto header = header_size(bytes);
    const auto size = where == Cut::before      ? 0
                      : where == Cut::in_header ? header / 2
                                                : header + (bytes.size() - header) / 2;
    exchange.send(std::string_view(bytes).substr(0, size));
    if (end == End::reset) exchange.connection.reset();
    return Then::close;
  };
}

namespace {

Then answer_rightly(const Exchange& exchange) {
  exchange.answer_rightly();
  return Then::close;
}

}  // namespace

Reply at_first(int times, Reply reply) {
  return [times, reply = std::move(reply)](const Exchange& exchange) {
    return exchange.count <= times ? reply(exchange) : answer_rightly(exchange);
  };
}

Reply after(int times, Reply reply) {
  return [times, reply = std::move(reply)](const Exchange& exchange) {
    return exchange.count > times ? reply(exchange) : answer_rightly(exchange);
  };
}

Failure to_the_deadline(Failure failure) {
  failure.until_deadline = true;
  return failure;
}

Failure of_questions(std::set<std::string> questions, Failure failure) {
  failure.questions = std::move(questions);
  return failure;
}

}  // namespace postflight::matrix
