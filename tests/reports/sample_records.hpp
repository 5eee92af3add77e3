#pragma once

#include <chrono>
#include <string>

#include "runner/joining.hpp"
#include "runner/record.hpp"

namespace postflight::test {

inline CheckResult sample_result(std::string id, Status status) {
  CheckResult result;
  result.id = std::move(id);
  result.kind = "k8s.service-endpoints";
  result.title = "the thing of " + result.id + " is right";
  result.section = "the outpost";
  result.status = status;
  result.attempts = 1;
  result.started = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) +
                   std::chrono::hours(20) + std::chrono::milliseconds(1);
  result.duration = std::chrono::milliseconds(12);
  result.examined = 2;
  if (status == Status::errored) result.reason = "forbidden";
  if (status == Status::skipped) result.reason = "waived";
  result.summary = "what was found about " + result.id;
  result.evidence = {{"pod authentik/web-1", "ready", "ready", Status::passed}};
  if (status == Status::skipped) {
    result.attempts = 0;
    result.started = {};
    result.duration = std::chrono::milliseconds(0);
    result.examined = 0;
    result.evidence.clear();
  }
  return result;
}

inline RunRecord sample_record() {
  RunRecord record;
  record.checklist = "authentik-upgrade";
  record.target = "https://kubernetes.example.com:6443";
  record.started =
      std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(20);
  record.duration = std::chrono::milliseconds(1412);
  return record;
}

// One of everything: every status, both severities, retries, sections, what a check may quote.
inline RunRecord full_record() {
  auto record = sample_record();
  auto ready = sample_result("api-ready", Status::passed);
  ready.section = "the cluster";
  ready.title = "the API server answers and is ready";
  ready.summary = "version 1.31.2 answers and is ready";
  ready.examined = 1;

  auto endpoints = sample_result("outpost-endpoints", Status::failed);
  endpoints.title = "the outpost Service routes to two ready outpost pods";
  endpoints.summary = "service authentik/outpost has 1 ready endpoint, 2 are wanted";
  endpoints.attempts = 4;
  endpoints.duration = std::chrono::milliseconds(31'400);
  endpoints.evidence.push_back({"pod authentik/web-2", "ready",
                                "not ready since 20:01:12Z: "
                                "readiness probe failed\nGET /ready: 503",
                                Status::failed});
  endpoints.hint =
      "Empty endpoints make the edge fall back to Basic auth.\nLook at the pods first.";
  endpoints.page = "https://example.com/checks/outpost-endpoints";

  auto logs = sample_result("outpost-mode", Status::errored);
  logs.title = "the outpost runs embedded";
  logs.kind = "k8s.pod-logs";
  logs.summary = "pods is forbidden: User \"reader\" cannot get resource \"pods/log\"";
  logs.evidence = {
      {"pod authentik/web-1", "its log can be read", "403 Forbidden", Status::errored}};
  logs.examined = 0;
  logs.hint = "Grant get on pods/log.";

  auto sessions = sample_result("session-files", Status::warned);
  sessions.title = "no session files are left over";
  sessions.severity = Severity::advisory;
  sessions.summary = "2 session files, 0 are wanted";
  sessions.evidence = {{"pod authentik/web-1 /dev/shm", "no session_*", "2 files", Status::failed}};

  auto rows = sample_result("session-rows", Status::passed);
  rows.section = "the database";
  rows.title = "the session table grows";
  rows.summary = "3 rows came within 2s";
  rows.attempts = 2;
  rows.duration = std::chrono::milliseconds(2100);

  auto edge = sample_result("edge", Status::skipped);
  edge.section = "the edge";
  edge.title = "the edge sends to the login page";
  edge.reason = "blocked";
  edge.blocked_by = {"outpost-endpoints"};
  edge.summary = "blocked by outpost-endpoints";

  auto drift = sample_result("drift", Status::skipped);
  drift.section = "the edge";
  drift.title = "Terraform has nothing to change";
  drift.summary = "waived until 2026-12-01: the provider bump is planned";

  auto other = sample_result("other", Status::skipped);
  other.section = "the edge";
  other.title = "something else is right";
  other.reason = "not-selected";
  other.summary = "not selected";

  record.checks = {ready, endpoints, logs, sessions, rows, edge, drift, other};
  return record;
}

// The same checks on two clusters, of which the second is healthy.
inline RunRecord fleet_record() {
  auto healthy = full_record();
  for (auto& check : healthy.checks) {
    if (check.reason == "not-selected") continue;
    check.status = Status::passed;
    check.reason.clear();
    check.blocked_by.clear();
  }
  healthy.target = "https://two.example.com:6443";
  return join_clusters({{"one", full_record()}, {"two", healthy}});
}

// What hostile servers and files may answer, in every field that comes from outside.
inline RunRecord hostile_record() {
  auto record = sample_record();
  const std::string nasty =
      "\x1b[31mred\x1b[0m \x1b]0;title\x07 null:" + std::string(1, '\0') +
      " \xff\xfe bad, lone surrogate \xed\xa0\x80, \xe2\x80\xaetxt.exe, \xef\xbf\xbf \xc2\x9b" +
      "31m ]]> <&\"'> \r\n\t end \xf0\x9f\x98\x80";
  auto result = sample_result("hostile", Status::failed);
  result.title = nasty;
  result.section = nasty;
  result.summary = nasty;
  result.hint = nasty;
  result.page = nasty;
  result.evidence = {{nasty, nasty, nasty, Status::failed}};
  auto errored = result;
  errored.id = "hostile-errored";
  errored.status = Status::errored;
  errored.reason = nasty;
  auto passed = result;
  passed.id = "hostile-passed";
  passed.status = Status::passed;
  auto skipped = sample_result("hostile-skipped", Status::skipped);
  skipped.section = nasty;
  skipped.summary = nasty;
  record.checklist = nasty;
  record.target = nasty;
  record.checks = {result, errored, passed, skipped};
  return record;
}

}  // namespace postflight::test
