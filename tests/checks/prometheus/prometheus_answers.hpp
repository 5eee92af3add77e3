#pragma once

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>

#include "checks/catalogue.hpp"
#include "checks/support/timestamps.hpp"
#include "runner/value.hpp"
#include "tests/support/recorded_clients.hpp"

// What the tests of the kinds that ask Prometheus share.
namespace postflight::test::prometheus {

inline HttpResponse answer(std::string body, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

inline std::string error(const std::string& type, const std::string& text) {
  return fmt::format(R"({{"status":"error","errorType":"{}","error":"{}"}})", type, text);
}

// Seconds since 1970, so long ago.
inline std::string seconds(std::chrono::seconds ago = std::chrono::seconds(0)) {
  const auto now = std::chrono::system_clock::now() - ago;
  return fmt::format(
      "{}.602", std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

inline std::string moment(std::chrono::seconds ago = std::chrono::seconds(0)) {
  return format_timestamp(std::chrono::system_clock::now() - ago);
}

inline const CheckKind& kind(const std::string& name) { return *find_kind("prometheus." + name); }

inline Outcome run(const std::string& name, const std::string& with, const HttpResponse& response) {
  RecordedWorld world;
  world.http.respond = [&](const HttpRequest&) { return response; };
  return world.run(kind(name), "{url: 'http://prometheus.example.com', " + with + "}");
}

// The reason of the CannotTell or ClientError that the check throws, and its text.
struct Thrown {
  std::string reason, what;
};
inline Thrown thrown(const std::string& name, const std::string& with,
                     const HttpResponse& response) {
  try {
    const auto outcome = run(name, with, response);
    FAIL("it was " << to_string(outcome.status) << ": " << outcome.summary);
  } catch (const CannotTell& error) {
    return {error.reason(), error.what()};
  } catch (const ClientError& error) {
    return {error.reason(), error.what()};
  }
  return {};
}

inline const Evidence* fact(const Outcome& outcome, const std::string& subject) {
  for (const auto& one : outcome.evidence)
    if (one.subject.find(subject) != std::string::npos) return &one;
  return nullptr;
}

inline bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::string all_text(const Outcome& outcome) {
  auto text =
      std::string(to_string(outcome.status)) + " " + outcome.reason + ": " + outcome.summary + "\n";
  for (const auto& one : outcome.evidence)
    text += fmt::format("{}: {} | {} | {}\n", to_string(one.status), one.subject, one.expected,
                        one.observed);
  return text;
}

// The first mistake that these settings have, or nothing.
inline std::string mistake(const std::string& name, const std::string& with) {
  const auto mistakes = mistakes_in(kind(name), with);
  return mistakes.empty() ? "" : mistakes.front().what;
}

}  // namespace postflight::test::prometheus
