#include "tests/matrix/replies.hpp"

namespace postflight::matrix {

namespace {

// An error of Prometheus's API, under whatever status.
Reply answer_error(int code, const std::string& type, const std::string& text) {
  const auto body = R"({"status":"error","errorType":")" + type + R"(","error":")" + text + "\"}";
  return [=](const Exchange& exchange) {
    exchange.send(test::http_answer(body, "Content-Type: application/json\r\n",
                                    std::to_string(code) + " Refused"));
    return Then::keep;
  };
}

}  // namespace

Family prometheus_failures() {
  return {
      "prometheus",
      "Errors of Prometheus's API",
      {failing_reply("400, the query is wrong", {"rejected"},
                     answer_error(400, "bad_data", "parse error")),
       failing_reply("422, the query cannot be carried out", {"rejected"},
                     answer_error(422, "execution", "many-to-many matching not allowed")),
       failing_reply("503, the query took too long", {"timeout"},
                     answer_error(503, "timeout", "query timed out in expression evaluation")),
       failing_reply("503, still loading its data", {"server-error"},
                     answer_error(503, "unavailable", "Service Unavailable")),
       failing_reply("200, and an error in it", {"server-error"},
                     answer_error(200, "internal", "disk full")),
       failing_reply("200, an error without words", {"server-error"},
                     answer_body(R"({"status":"error"})")),
       failing_reply("200, with a warning that a store is missing", {"partial", "unreadable"},
                     answer_body(R"({"status":"success","data":{"resultType":"vector",
                             "result":[],"groups":[]},"warnings":["store 2 did not answer"]})")),
       failing_reply("200, nothing in it", {"no-series", "no-watchdog", "unreadable", "no-rules"},
                     answer_body(R"({"status":"success","data":{"resultType":"vector",
                             "result":[],"groups":[]}})")),
       failing_reply("200, data is null", {"unreadable"},
                     answer_body(R"({"status":"success","data":null})")),
       failing_reply("200, an empty list", {"unreadable", "no-watchdog"}, answer_body("[]"))}};
}

}  // namespace postflight::matrix
