#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "reports/formats.hpp"
#include "reports/text_safety.hpp"
#include "reports/words.hpp"
#include "runner/exit_code.hpp"

// What a container leaves behind as its termination message: one line of JSON.
//
//   {"checklist":"cluster","verdict":"failed","exit_code":1,
//    "totals":{"passed":30,"warned":0,"failed":1,"errored":0,"skipped":0},
//    "checks":[{"id":"nodes-ready","status":"failed","summary":"..."}],"left_out":0}
//
// Kubernetes cuts a message at 4096 bytes
// (https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/), so it
// holds what somebody has to look at, the worst first, as long as whole checks fit.

namespace postflight {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_bytes = 4096;
constexpr std::size_t most_name = 200;
constexpr std::size_t most_summary = 300;

std::string line_of(const Json& message) {
  return safe_json(message.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

Json check_of(const CheckResult& result) {
  Json check = Json::object();
  if (!result.cluster.empty()) check["cluster"] = safe_line(result.cluster, most_name);
  check["id"] = safe_line(result.id, most_name);
  check["status"] = to_string(result.status);
  if (!result.reason.empty()) check["reason"] = safe_line(result.reason, most_name);
  if (result.severity == Severity::advisory) check["severity"] = "advisory";
  check["summary"] = safe_line(result.summary, most_summary);
  return check;
}

}  // namespace

void write_termination(const RunRecord& record, std::ostream& out) {
  const auto totals = totals_of(record);
  Json message = {{"checklist", safe_line(record.checklist, most_name)},
                  {"verdict", to_string(verdict_of(record))},
                  {"exit_code", exit_code_of(record)},
                  {"totals",
                   {{"passed", totals.passed},
                    {"warned", totals.warned},
                    {"failed", totals.failed},
                    {"errored", totals.errored},
                    {"skipped", totals.skipped}}}};
  if (record.shard)
    message["shard"] = fmt::format("{}/{}", record.shard->index, record.shard->count);
  message["checks"] = Json::array();
  const auto worst = worst_first(record);
  message["left_out"] = worst.size();
  auto line = line_of(message);
  for (std::size_t told = 0; told < worst.size(); ++told) {
    message["checks"].push_back(check_of(*worst[told]));
    message["left_out"] = worst.size() - told - 1;
    auto longer = line_of(message);
    if (longer.size() >= most_bytes) break;
    line = std::move(longer);
  }
  out << line;
}

}  // namespace postflight
