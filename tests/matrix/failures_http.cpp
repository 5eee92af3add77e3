#include <fmt/format.h>

#include "tests/matrix/front.hpp"

namespace postflight::matrix {

namespace {

using namespace std::chrono_literals;

constexpr char login_page[] =
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form method=post>"
    "<input name=user><input name=password type=password></form></body></html>\n";

std::size_t header_size(const std::string& bytes) { return bytes.find("\r\n\r\n") + 4; }

Then send(const Exchange& exchange, std::string_view bytes) {
  exchange.send(bytes);
  return Then::close;
}

Reply status(int code, std::string reason, std::string headers = "") {
  return [=](const Exchange& exchange) {
    exchange.send(test::http_answer(reason + "\n", headers + "Content-Type: text/plain\r\n",
                                    fmt::format("{} {}", code, reason)));
    return Then::keep;
  };
}

Reply body(std::string text, std::string type) {
  return [=](const Exchange& exchange) {
    exchange.send(test::http_answer(text, "Content-Type: " + type + "\r\n"));
    return Then::keep;
  };
}

// The first so many times only.
Reply at_first(int times, Reply reply) {
  return [times, reply = std::move(reply)](const Exchange& exchange) {
    if (exchange.count <= times) return reply(exchange);
    return send(exchange, exchange.healthy());
  };
}

Reply never() {
  return [](const Exchange& exchange) {
    exchange.connection.wait_for_peer_to_leave();
    return Then::close;
  };
}

Reply byte_by_byte() {
  return [](const Exchange& exchange) {
    const auto bytes = exchange.healthy();
    for (const char byte : bytes) {
      exchange.send({&byte, 1});
      if (!exchange.patience.wait(1s)) break;
    }
    return Then::close;
  };
}

enum class Cut { before, in_header, in_body };
enum class End { reset, closed };

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

Reply truncated_chunks() {
  return [](const Exchange& exchange) {
    auto bytes = exchange.healthy();
    const auto size = header_size(bytes);
    const auto whole = bytes.substr(size);
    bytes.resize(size);
    if (const auto at = bytes.find("Content-Length: "); at != std::string::npos)
      bytes.erase(at, bytes.find("\r\n", at) + 2 - at);
    bytes.insert(bytes.size() - 2, "Transfer-Encoding: chunked\r\n");
    return send(exchange,
                bytes + fmt::format("{:x}\r\n", whole.size()) + whole.substr(0, whole.size() / 2));
  };
}

Reply hundred_megabytes() {
  return [](const Exchange& exchange) {
    const std::string piece(1 << 20, 'x');
    exchange.send(fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        100 * piece.size()));
    for (int i = 0; i < 100; ++i) exchange.send(piece);
    return Then::close;
  };
}

// The right body under a wrong name.
Reply mislabelled() {
  return [](const Exchange& exchange) {
    auto bytes = exchange.healthy();
    if (const auto at = bytes.find("Content-Type: "); at != std::string::npos)
      bytes.replace(at, bytes.find("\r\n", at) - at, "Content-Type: text/html");
    exchange.send(bytes);
    return Then::keep;
  };
}

Failure to_the_deadline(Failure failure) {
  failure.until_deadline = true;
  return failure;
}

std::vector<Failure> doors() {
  return {failing_door("refused: nobody listens", {"refused"}, Door::refused),
          failing_door("the name does not resolve", {"dns"}, Door::unresolvable),
          to_the_deadline(failing_door("accepts, and says nothing", {"timeout"}, Door::silent)),
          failing_door("TLS: certificate expired", {"tls"}, Door::expired),
          failing_door("TLS: certificate for another host", {"tls"}, Door::wrong_host),
          failing_door("TLS: unknown authority", {"tls"}, Door::untrusted),
          failing_door("TLS: our client certificate rejected", {"tls"}, Door::rejects_us)};
}

std::vector<Failure> statuses() {
  return {failing_reply("401", {"unauthorized"}, status(401, "Unauthorized")),
          failing_reply("403", {"forbidden"}, status(403, "Forbidden")),
          failing_reply("404, a plain page", {"not-found"}, status(404, "404 page not found")),
          to_the_deadline(
              failing_reply("429 for ever", {"throttled"}, status(429, "Too Many Requests"))),
          to_the_deadline(failing_reply("429 for ever, Retry-After 1 s", {"throttled"},
                                        status(429, "Too Many Requests", "Retry-After: 1\r\n"))),
          failing_reply("429 for ever, Retry-After 1 h", {"throttled"},
                        status(429, "Too Many Requests", "Retry-After: 3600\r\n")),
          failing_reply("429 once", {}, at_first(1, status(429, "Too Many Requests"))),
          failing_reply("429 once, Retry-After 1 s", {},
                        at_first(1, status(429, "Too Many Requests", "Retry-After: 1\r\n"))),
          failing_reply("500", {"server-error"}, status(500, "Internal Server Error")),
          failing_reply("502", {"server-error"}, status(502, "Bad Gateway")),
          failing_reply("503", {"server-error"}, status(503, "Service Unavailable")),
          failing_reply("504", {"server-error"}, status(504, "Gateway Timeout"))};
}

std::vector<Failure> cuts() {
  return {
      to_the_deadline(failing_reply("accepts the request, never answers", {"timeout"}, never())),
      to_the_deadline(failing_reply("one byte a second", {"timeout"}, byte_by_byte())),
      failing_reply("reset before any byte", {"unreachable"}, cut_off(Cut::before, End::reset)),
      failing_reply("reset in the header", {"unreachable"}, cut_off(Cut::in_header, End::reset)),
      failing_reply("reset in the body", {"unreachable"}, cut_off(Cut::in_body, End::reset)),
      failing_reply("closed before any byte", {"unreachable"}, cut_off(Cut::before, End::closed)),
      failing_reply("closed in the header", {"unreachable"}, cut_off(Cut::in_header, End::closed)),
      failing_reply("body shorter than Content-Length", {"unreadable", "unreachable"},
                    cut_off(Cut::in_body, End::closed)),
      failing_reply("chunked body that breaks off", {"unreadable", "unreachable"},
                    truncated_chunks())};
}

std::vector<Failure> bodies() {
  return {failing_reply("malformed JSON", {"unreadable"},
                        body(R"({"kind": "List", "items": [)", "application/json")),
          failing_reply("JSON of the wrong shape", {"unreadable"},
                        body(R"({"hello": ["world", 1]})", "application/json")),
          failing_reply("HTML login page, 200", {"unreadable"}, body(login_page, "text/html")),
          failing_reply("empty body, 200", {"unreadable"}, body("", "application/json")),
          failing_reply("another format (protobuf), 200", {"unreadable"},
                        body(std::string("k8s\0\n\x0b\n\x02v1\x12", 12),
                             "application/vnd.kubernetes.protobuf")),
          failing_reply("right body, wrong content type", {}, mislabelled()),
          failing_reply("redirect to a login page", {"unreadable", "rejected"},
                        status(302, "Found", "Location: https://login.example.com/\r\n")),
          failing_reply("body of 100 MB", {"too-large"}, hundred_megabytes())};
}

}  // namespace

Family connection_failures() {
  Family family{"connection", "Connections", doors()};
  for (auto& failure : cuts()) family.failures.push_back(std::move(failure));
  return family;
}

Family status_failures() { return {"status", "Statuses", statuses()}; }
Family body_failures() { return {"body", "Answers with status 200", bodies()}; }

}  // namespace postflight::matrix
