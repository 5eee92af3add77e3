#include <string>

#include "tests/reports/external.hpp"
#include "tests/reports/rendered.hpp"
#include "tests/reports/sample_records.hpp"

namespace postflight::test {
namespace {

const std::string last_success = "postflight_run_last_success_timestamp_seconds";

RunRecord healthy_record() {
  auto record = sample_record();
  record.checks = {sample_result("api-ready", Status::passed)};
  return record;
}

std::string over(const RunRecord& record, const std::string& old) {
  return find_report_format("prometheus")->over(rendered("prometheus", record), old);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the metrics are as accepted", "[reports.prometheus]") {
  check_golden("metrics.prom", rendered("prometheus", full_record()));
  check_golden("metrics-of-two-clusters.prom", rendered("prometheus", fleet_record()));
}

TEST_CASE("Prometheus' own tool accepts the metrics, and not broken ones", "[reports.prometheus]") {
  if (!runs("promtool --version")) SKIP("promtool is not installed (scripts/setup installs it)");
  const auto is_accepted = [](const std::string& text) {
    const TemporaryFile file(text);
    return runs("promtool check metrics < " + file.path());
  };
  for (const auto& record : {full_record(), fleet_record(), hostile_record(), healthy_record()})
    CHECK(is_accepted(rendered("prometheus", record)));
  CHECK_FALSE(is_accepted(rendered("prometheus", healthy_record()) + "postflight_x{a=\"b} 1\n"));
}

TEST_CASE("when the last healthy run ended outlives runs that are not", "[reports.prometheus]") {
  const auto green = rendered("prometheus", healthy_record());
  const auto line = last_success + "{checklist=\"authentik-upgrade\"} 1795464001\n";
  CHECK(has(green, line));
  const auto red = rendered("prometheus", full_record());
  CHECK_FALSE(has(red, last_success));
  CHECK(has(over(full_record(), green), "# TYPE " + last_success + " gauge\n" + line));
  // Again and again, and a healthy one puts its own time there.
  CHECK(over(full_record(), over(full_record(), green)) == over(full_record(), green));
  auto later = healthy_record();
  later.started += std::chrono::hours(1);
  CHECK(over(later, green) == rendered("prometheus", later));
}

TEST_CASE("of an older file nothing is kept but that", "[reports.prometheus]") {
  const auto red = rendered("prometheus", full_record());
  CHECK(over(full_record(), "") == red);
  CHECK(over(full_record(), "postflight_other{a=\"b\"} 1\nnonsense\n") == red);
  for (const auto* broken : {"{checklist=\"old 5", "{checklist=\"a\" 5", "{checklist=a} 5", "{} 5",
                             "{=\"a\"} 5", "{checklist=\"a\"}5", "{checklist=\"a\\\"} 5",
                             "{checklist=\"a\"b=\"c\"} 5", " 5", "x{checklist=\"a\"} 5"})
    CHECK(over(full_record(), last_success + broken + "\n") == red);
  const auto quoted = last_success + "{checklist=\"a, \\\"b\\\"} 5\",cluster=\"c\"} 5\n";
  CHECK(over(full_record(), quoted).ends_with("\n" + quoted));
  for (const auto* value : {"", "x", "1e3", "-1", "NaN"})
    CHECK(over(full_record(), last_success + "{checklist=\"a\"} " + value + "\n") == red);
}

TEST_CASE("each cluster has its own last healthy run", "[reports.prometheus]") {
  const auto text = rendered("prometheus", fleet_record());
  CHECK(has(text, last_success + "{checklist=\"authentik-upgrade\",cluster=\"two\"} "));
  CHECK_FALSE(has(text, last_success + "{checklist=\"authentik-upgrade\",cluster=\"one\"} "));
  const auto old = last_success + "{checklist=\"authentik-upgrade\",cluster=\"one\"} 17\n";
  const auto both = over(fleet_record(), old);
  CHECK(both == text + old);
}

}  // namespace postflight::test
