#include <fmt/format.h>

#include "tests/matrix/replies.hpp"

namespace postflight::matrix {

namespace {

constexpr char login_page[] =
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form method=post>"
    "<input name=user><input name=password type=password></form></body></html>\n";

Reply truncated_chunks() {
  return [](const Exchange& exchange) {
    auto bytes = exchange.healthy();
    const auto size = header_size(bytes);
    const auto whole = bytes.substr(size);
    bytes.resize(size);
    if (const auto at = bytes.find("Content-Length: "); at != std::string::npos)
      bytes.erase(at, bytes.find("\r\n", at) + 2 - at);
    bytes.insert(bytes.size() - 2, "Transfer-Encoding: chunked\r\n");
    exchange.send(bytes + fmt::format("{:x}\r\n", whole.size()) +
                  whole.substr(0, whole.size() / 2));
    return Then::close;
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
  return {
      failing_reply("401", {"unauthorized"}, answer_status(401, "Unauthorized")),
      failing_reply("403", {"forbidden"}, answer_status(403, "Forbidden")),
      failing_reply("404, a plain page", {"not-found"}, answer_status(404, "404 page not found")),
      to_the_deadline(
          failing_reply("429 for ever", {"throttled"}, answer_status(429, "Too Many Requests"))),
      to_the_deadline(failing_reply("429 for ever, Retry-After 1 s", {"throttled"},
                                    answer_status(429, "Too Many Requests", "Retry-After: 1\r\n"))),
      // A WebSocket client does not see the header, and tries on.
      to_the_deadline(
          failing_reply("429 for ever, Retry-After 1 h", {"throttled"},
                        answer_status(429, "Too Many Requests", "Retry-After: 3600\r\n"))),
      failing_reply("429 once", {}, at_first(1, answer_status(429, "Too Many Requests"))),
      failing_reply("429 once, Retry-After 1 s", {},
                    at_first(1, answer_status(429, "Too Many Requests", "Retry-After: 1\r\n"))),
      failing_reply("500", {"server-error"}, answer_status(500, "Internal Server Error")),
      failing_reply("502", {"server-error"}, answer_status(502, "Bad Gateway")),
      failing_reply("503", {"server-error"}, answer_status(503, "Service Unavailable")),
      failing_reply("504", {"server-error"}, answer_status(504, "Gateway Timeout"))};
}

std::vector<Failure> cuts() {
  return {
      to_the_deadline(
          failing_reply("accepts the request, never answers", {"timeout"}, never_answer())),
      to_the_deadline(failing_reply("one byte a second", {"timeout"}, answer_byte_by_byte())),
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
  return {
      failing_reply("malformed JSON", {"unreadable"},
                    answer_body(R"({"kind": "List", "items": [)", "application/json")),
      failing_reply("JSON of the wrong shape", {"unreadable"},
                    answer_body(R"({"hello": ["world", 1]})", "application/json")),
      failing_reply("HTML login page, 200", {"unreadable"}, answer_body(login_page, "text/html")),
      failing_reply("empty body, 200", {"unreadable"}, answer_body("", "application/json")),
      failing_reply("another format (protobuf), 200", {"unreadable"},
                    answer_body(std::string("k8s\0\n\x0b\n\x02v1\x12", 12),
                                "application/vnd.kubernetes.protobuf")),
      failing_reply("right body, wrong content type", {}, mislabelled()),
      failing_reply("redirect to a login page", {"unreadable", "rejected"},
                    answer_status(302, "Found", "Location: https://login.example.com/\r\n")),
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
