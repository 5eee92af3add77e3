#include <nlohmann/json.hpp>
#include <string>

#include "tests/reports/rendered.hpp"
#include "tests/reports/sample_records.hpp"

namespace postflight::test {
namespace {

using nlohmann::json;

std::string refusal(const std::string& text) {
  try {
    read_json_report(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

// Every way through the document, as a list of JSON pointers.
void gather(const json& value, const std::string& path, std::vector<std::string>& paths) {
  for (const auto& [key, inner] : value.items()) {
    const auto to_it = path + "/" + key;
    paths.push_back(to_it);
    if (inner.is_structured()) gather(inner, to_it, paths);
  }
}

}  // namespace

TEST_CASE("what the JSON report says is read back whole", "[reports.json]") {
  auto shard = full_record();
  shard.shard = Shard{3, 8, "digest", "run"};
  shard.fail_on_warn = true;
  shard.replay_of = "incident";
  shard.checks[0].held = true;
  auto interrupted = full_record();
  interrupted.interrupted_by = 15;
  for (const auto& record : {full_record(), sample_record(), fleet_record(), shard, interrupted}) {
    const auto text = rendered("json", record);
    const auto again = read_json_report(text);
    CHECK(rendered("json", again) == text);
    for (const auto* format : {"text", "markdown", "junit", "github", "prometheus", "termination"})
      CHECK(rendered(format, again) == rendered(format, record));
  }
}

TEST_CASE("a report without one of its members, or with one of another sort, is refused",
          "[reports.json]") {
  auto record = fleet_record();
  record.shard = Shard{0, 2};
  record.fail_on_warn = true;
  record.checks[0].held = true;
  const auto report = json::parse(rendered("json", record));
  REQUIRE(refusal(report.dump()) == "");
  std::vector<std::string> paths;
  gather(report, "", paths);
  REQUIRE(paths.size() > 100);
  // What no reader needs: it follows from the checks.
  const auto follows = [](const std::string& path) {
    return path.starts_with("/totals") ||
           (path.starts_with("/clusters/") &&
            (path.find("/verdict") != path.npos || path.find("/totals") != path.npos));
  };
  for (const auto& path : paths) {
    if (follows(path)) continue;
    CAPTURE(path);
    const json::json_pointer pointer(path);
    auto other = report;
    other[pointer] = json::array({1.5});
    CHECK(refusal(other.dump()) != "");
  }
  for (const auto* name : {"checks", "checklist", "verdict", "started", "exit_code", "schema"}) {
    auto other = report;
    other.erase(name);
    CHECK(refusal(other.dump()) != "");
  }
}

TEST_CASE("what is not a whole report is refused", "[reports.json]") {
  const auto text = rendered("json", full_record());
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, text.size() / 2, text.size() - 3})
    CHECK(refusal(text.substr(0, size)) == "it is not JSON, or not all of it");
  CHECK(refusal("[]") == "it is not a JSON report of postflight, format version 1");
  CHECK(refusal(R"({"schema": "postflight.report/v2"})") ==
        "it is not a JSON report of postflight, format version 1");
  CHECK(refusal(std::string(1000, '[')) == "its JSON is nested too deeply");
  auto edited = json::parse(text);
  for (auto& check : edited["checks"])
    if (check["status"] == "failed") check["status"] = "passed";
  CHECK(refusal(edited.dump()) == "its verdict is not that of its checks");
  edited = json::parse(text);
  edited["exit_code"] = 2;
  CHECK(refusal(edited.dump()) == "its verdict is not that of its checks");
  for (const auto* time : {"2201-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
                           "2026-02-30T00:00:00Z", "2026-11-23T20:00:00"}) {
    edited = json::parse(text);
    edited["started"] = time;
    CHECK(refusal(edited.dump()) == std::string("'") + time + "' is no time in UTC");
  }
  edited = json::parse(text);
  edited["duration_ms"] = 1LL << 50;
  CHECK(refusal(edited.dump()) == "'duration_ms' is no whole number");
}

}  // namespace postflight::test
