#include <nlohmann/json.hpp>
#include <ostream>

#include "reports/formats.hpp"
#include "reports/text_safety.hpp"
#include "reports/times.hpp"
#include "runner/exit_code.hpp"

// Report format version 1; docs/report.schema.json is the contract. Members are never renamed or
// removed within a version.

namespace postflight {
namespace {

using Json = nlohmann::ordered_json;

std::string rfc3339(std::chrono::system_clock::time_point moment) {
  return utc_seconds(moment) + "Z";
}

Json evidence_of(const CheckResult& result) {
  auto list = Json::array();
  for (const auto& fact : result.evidence)
    list.push_back({{"subject", fact.subject},
                    {"expected", fact.expected},
                    {"observed", fact.observed},
                    {"status", to_string(fact.status)}});
  return list;
}

Json check_of(const CheckResult& result) {
  const bool began = result.started != std::chrono::system_clock::time_point{};
  Json check = {{"id", result.id},
                {"kind", result.kind},
                {"title", result.title},
                {"section", result.section},
                {"severity", to_string(result.severity)},
                {"status", to_string(result.status)},
                {"summary", result.summary},
                {"evidence", evidence_of(result)},
                {"examined", result.examined},
                {"attempts", result.attempts},
                {"started", began ? Json(rfc3339(result.started)) : Json()},
                {"duration_ms", result.duration.count()},
                {"reason", result.reason.empty() ? Json() : Json(result.reason)},
                {"blocked_by", result.blocked_by},
                {"hint", result.hint},
                {"page", result.page}};
  if (!result.cluster.empty()) check["cluster"] = result.cluster;
  if (result.held) check["held"] = true;
  return check;
}

Json totals_of_record(const RunRecord& record) {
  const auto totals = totals_of(record);
  return {{"passed", totals.passed},
          {"warned", totals.warned},
          {"failed", totals.failed},
          {"errored", totals.errored},
          {"skipped", totals.skipped}};
}

Json clusters_of(const RunRecord& record) {
  auto list = Json::array();
  for (const auto& cluster : record.clusters) {
    const auto part = record_of(record, cluster);
    list.push_back({{"name", cluster.name},
                    {"target", cluster.target},
                    {"duration_ms", cluster.duration.count()},
                    {"verdict", to_string(verdict_of(part))},
                    {"totals", totals_of_record(part)}});
  }
  return list;
}

}  // namespace

void write_json(const RunRecord& record, std::ostream& out) {
  Json report = {{"schema", "postflight.report/v1"},
                 {"checklist", record.checklist},
                 {"target", record.target},
                 {"started", rfc3339(record.started)},
                 {"duration_ms", record.duration.count()},
                 {"verdict", to_string(verdict_of(record))},
                 {"exit_code", exit_code_of(record)},
                 {"totals", totals_of_record(record)},
                 {"checks", Json::array()}};
  if (!record.replay_of.empty()) report["replay_of"] = record.replay_of;
  if (record.fail_on_warn) report["fail_on_warn"] = true;
  if (record.shard)
    report["shard"] = {{"index", record.shard->index},
                       {"count", record.shard->count},
                       {"inputs", record.shard->inputs},
                       {"run", record.shard->run}};
  if (!record.clusters.empty()) report["clusters"] = clusters_of(record);
  for (const auto& result : record.checks) report["checks"].push_back(check_of(result));
  out << safe_json(report.dump(2, ' ', false, Json::error_handler_t::replace)) << '\n';
}

}  // namespace postflight
