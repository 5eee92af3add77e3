#include "tests/matrix/prometheus_answer.hpp"

#include <fmt/format.h>

#include <chrono>

#include "checks/support/timestamps.hpp"

namespace postflight::matrix {

namespace {

using namespace std::chrono_literals;

std::string moment(std::chrono::seconds ago) {
  return format_timestamp(std::chrono::system_clock::now() - ago);
}

// Two targets are up, and none is down.
std::string values(const std::string& query) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  std::string series;
  if (query == "up")
    for (const auto* instance : {"node-1", "node-2"})
      series += fmt::format(
          R"({}{{"metric":{{"__name__":"up","instance":"{}","job":"node"}},"value":[{}.5,"1"]}})",
          series.empty() ? "" : ",", instance, now);
  return fmt::format(R"({{"status":"success","data":{{"resultType":"vector","result":[{}]}}}})",
                     series);
}

std::string watchdog_labels() { return R"({"alertname":"Watchdog","severity":"none"})"; }

std::string rule(const std::string& name, const std::string& severity, const std::string& alerts) {
  return fmt::format(
      R"({{"type":"alerting","name":"{}","labels":{{"severity":"{}"}},"health":"ok",
          "lastEvaluation":"{}","state":"{}","alerts":[{}]}})",
      name, severity, moment(5s), alerts.empty() ? "inactive" : "firing", alerts);
}

std::string rules() {
  const auto watchdog = fmt::format(
      R"({{"labels":{},"annotations":{{}},"state":"firing","activeAt":"{}","value":"1e+00"}})",
      watchdog_labels(), moment(1h));
  return R"({"status":"success","data":{"groups":[{"name":"nodes","interval":30,"rules":[)" +
         rule("Watchdog", "none", watchdog) + "," + rule("NodeDown", "critical", "") + "]}]}}";
}

std::string alerts() {
  return fmt::format(R"([{{"labels":{},"annotations":{{}},"startsAt":"{}","updatedAt":"{}",
      "status":{{"state":"active","silencedBy":[],"inhibitedBy":[]}}}}])",
                     watchdog_labels(), moment(1h), moment(5s));
}

}  // namespace

bool asks_prometheus(const world::Request& request) {
  for (const auto* end : {"/api/v1/query", "/api/v1/rules", "/api/v2/alerts"})
    if (request.path.ends_with(end)) return true;
  return false;
}

world::Answer prometheus_answer(const world::Request& request) {
  world::Answer answer;
  answer.headers = {{"Content-Type", "application/json"}};
  answer.body = request.path.ends_with("/query")   ? values(request.parameter("query"))
                : request.path.ends_with("/rules") ? rules()
                                                   : alerts();
  return answer;
}

}  // namespace postflight::matrix
