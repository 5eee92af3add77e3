#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "reports/report.hpp"
#include "runner/exit_code.hpp"
#include "text/json_depth.hpp"

// What write_json wrote, read back. Strict: what is missing or of another sort would become
// something that the run did not find.

namespace postflight {
namespace {

using Json = nlohmann::json;

constexpr std::size_t deepest = 16;

[[noreturn]] void refuse(const std::string& why) { throw std::runtime_error(why); }

const Json& member(const Json& map, const char* name) {
  const auto found = map.find(name);
  if (found == map.end()) refuse(std::string("it has no '") + name + "'");
  return *found;
}

std::string text_in(const Json& map, const char* name) {
  const auto& value = member(map, name);
  if (!value.is_string()) refuse(std::string("'") + name + "' is no text");
  return value.get<std::string>();
}

std::string optional_text_in(const Json& map, const char* name) {
  const auto found = map.find(name);
  return found == map.end() || found->is_null() ? "" : text_in(map, name);
}

std::int64_t count_in(const Json& map, const char* name,
                      std::int64_t most = std::int64_t{1} << 53) {
  const auto& value = member(map, name);
  if (!value.is_number_integer() || value < 0 || value > most)
    refuse(std::string("'") + name + "' is no whole number");
  return value.get<std::int64_t>();
}

// At most ten years: a clock of nanoseconds ends soon after two hundred.
std::chrono::milliseconds duration_in(const Json& map) {
  return std::chrono::milliseconds(count_in(map, "duration_ms", 315'360'000'000));
}

bool flag_in(const Json& map, const char* name) {
  const auto found = map.find(name);
  if (found == map.end()) return false;
  if (!found->is_boolean()) refuse(std::string("'") + name + "' is neither true nor false");
  return found->get<bool>();
}

const Json& list_in(const Json& map, const char* name) {
  const auto& value = member(map, name);
  if (!value.is_array()) refuse(std::string("'") + name + "' is no list");
  return value;
}

Status status_in(const Json& map) {
  const auto word = text_in(map, "status");
  for (const auto status :
       {Status::passed, Status::warned, Status::failed, Status::errored, Status::skipped})
    if (word == to_string(status)) return status;
  refuse("'" + word + "' is no status");
}

Severity severity_in(const Json& map) {
  const auto word = text_in(map, "severity");
  for (const auto severity : {Severity::blocking, Severity::advisory})
    if (word == to_string(severity)) return severity;
  refuse("'" + word + "' is no severity");
}

// 2026-11-23T20:00:00Z, as write_json writes it.
std::chrono::system_clock::time_point time_of(const std::string& text) {
  using namespace std::chrono;
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";
  bool is_right = text.size() == shape.size();
  for (std::size_t i = 0; is_right && i < shape.size(); ++i)
    is_right = shape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == shape[i];
  const auto number = [&](std::size_t at, std::size_t size) {
    return std::stoi(text.substr(at, size));
  };
  if (!is_right) refuse("'" + text + "' is no time in UTC");
  const year_month_day date{year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                            day(static_cast<unsigned>(number(8, 2)))};
  if (!date.ok() || date.year() < year(1970) || date.year() > year(2200))
    refuse("'" + text + "' is no time in UTC");
  return sys_days(date) + hours(number(11, 2)) + minutes(number(14, 2)) + seconds(number(17, 2));
}

CheckResult check_of(const Json& json) {
  if (!json.is_object()) refuse("a check is no object");
  CheckResult check;
  check.cluster = optional_text_in(json, "cluster");
  check.id = text_in(json, "id");
  check.kind = text_in(json, "kind");
  check.title = text_in(json, "title");
  check.section = text_in(json, "section");
  check.severity = severity_in(json);
  check.status = status_in(json);
  check.summary = text_in(json, "summary");
  for (const auto& fact : list_in(json, "evidence")) {
    if (!fact.is_object()) refuse("a piece of evidence is no object");
    check.evidence.push_back({text_in(fact, "subject"), text_in(fact, "expected"),
                              text_in(fact, "observed"), status_in(fact)});
  }
  check.examined = static_cast<std::size_t>(count_in(json, "examined"));
  check.attempts = static_cast<int>(std::min<std::int64_t>(count_in(json, "attempts"), INT32_MAX));
  check.held = flag_in(json, "held");
  if (const auto started = optional_text_in(json, "started"); !started.empty())
    check.started = time_of(started);
  check.duration = duration_in(json);
  check.reason = optional_text_in(json, "reason");
  for (const auto& id : list_in(json, "blocked_by")) {
    if (!id.is_string()) refuse("'blocked_by' holds no text");
    check.blocked_by.push_back(id.get<std::string>());
  }
  check.hint = text_in(json, "hint");
  check.page = text_in(json, "page");
  return check;
}

}  // namespace

RunRecord read_json_report(std::string_view text) {
  if (!is_nested_at_most(text, deepest)) refuse("its JSON is nested too deeply");
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) refuse("it is not JSON, or not all of it");
  if (!json.is_object() || json.value("schema", Json()) != "postflight.report/v1")
    refuse("it is not a JSON report of postflight, format version 1");
  RunRecord record;
  record.checklist = text_in(json, "checklist");
  record.target = text_in(json, "target");
  record.started = time_of(text_in(json, "started"));
  record.duration = duration_in(json);
  record.replay_of = optional_text_in(json, "replay_of");
  record.fail_on_warn = flag_in(json, "fail_on_warn");
  if (const auto code = count_in(json, "exit_code"); code > exit_signal && code < 256)
    record.interrupted_by = static_cast<int>(code) - exit_signal;
  if (json.contains("shard")) {
    const auto& shard = json["shard"];
    if (!shard.is_object()) refuse("'shard' is no object");
    record.shard = Shard{static_cast<std::size_t>(count_in(shard, "index")),
                         static_cast<std::size_t>(count_in(shard, "count")),
                         text_in(shard, "inputs"), text_in(shard, "run")};
    if (record.shard->index >= record.shard->count) refuse("'shard' is none of its count");
  }
  if (json.contains("clusters"))
    for (const auto& cluster : list_in(json, "clusters")) {
      if (!cluster.is_object()) refuse("a cluster is no object");
      record.clusters.push_back(
          {text_in(cluster, "name"), text_in(cluster, "target"), duration_in(cluster)});
    }
  for (const auto& check : list_in(json, "checks")) record.checks.push_back(check_of(check));
  // A report that was edited, or another program's: what its checks say must be what it says.
  if (text_in(json, "verdict") != to_string(verdict_of(record)) ||
      count_in(json, "exit_code") != exit_code_of(record))
    refuse("its verdict is not that of its checks");
  return record;
}

}  // namespace postflight
