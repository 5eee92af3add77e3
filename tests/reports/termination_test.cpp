#include <nlohmann/json.hpp>
#include <string>

#include "tests/reports/rendered.hpp"
#include "tests/reports/sample_records.hpp"

namespace postflight::test {
namespace {

using nlohmann::json;

RunRecord many_failures(std::size_t count, std::size_t words) {
  auto record = sample_record();
  for (std::size_t i = 0; i < count; ++i) {
    record.checks.push_back(sample_result("check-" + std::to_string(i), Status::failed));
    record.checks.back().summary = std::string(words, '"');
  }
  return record;
}

}  // namespace

TEST_CASE("the termination message is as accepted", "[reports.termination]") {
  check_golden("termination.json", rendered("termination", full_record()));
}

TEST_CASE("a termination message is one line of whole JSON, whatever was found",
          "[reports.termination]") {
  for (const auto& record :
       {full_record(), hostile_record(), sample_record(), fleet_record(), many_failures(1, 100'000),
        many_failures(5'000, 3), many_failures(40, 1'000)}) {
    const auto text = rendered("termination", record);
    CHECK(text.size() < 4096);
    CHECK(text.find('\n') == text.size() - 1);
    const auto message = json::parse(text);
    const auto not_green =
        totals_of(record).failed + totals_of(record).errored + totals_of(record).warned;
    CHECK(message["checks"].size() + message["left_out"].get<std::size_t>() == not_green);
    CHECK((not_green == 0 || !message["checks"].empty()));
  }
}

TEST_CASE("a termination message is filled, and what is left out is the least bad",
          "[reports.termination]") {
  auto record = many_failures(200, 20);
  record.checks.push_back(sample_result("the-worst", Status::failed));
  for (std::size_t i = 0; i < 200; ++i) record.checks[i].status = Status::warned;
  const auto text = rendered("termination", record);
  CHECK(text.size() > 3900);
  CHECK(json::parse(text)["checks"][0]["id"] == "the-worst");
}

}  // namespace postflight::test
