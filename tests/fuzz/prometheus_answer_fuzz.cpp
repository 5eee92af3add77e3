// What Prometheus and Alertmanager answer is any bytes: refused with a reason, or read as what the
// bytes say, never as less.
#include <nlohmann/json.hpp>

#include "checks/support/firing_alert.hpp"
#include "checks/support/prometheus_answer.hpp"
#include "checks/support/prometheus_rules.hpp"
#include "runner/check.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using namespace postflight::test;
using Json = nlohmann::json;

namespace {

void must_be_whole(const QueryAnswer& answer, const Json& json) {
  must(json.is_object() && json.value("status", Json()) == "success", "only a success is read");
  must(!json.contains("warnings") || json["warnings"].empty(), "a partial answer is none");
  const auto& result = json.at("data").at("result");
  if (answer.type == QueryAnswer::Type::scalar)
    must(answer.series.size() == 1, "a scalar is one value");
  else
    must(answer.series.size() == result.size(), "no series is lost");
  for (const auto& series : answer.series)
    must(series.is_histogram || !series.values.empty(), "a series has a value");
}

void must_be_whole(const LoadedRules& rules, const Json& json) {
  std::size_t groups = 0, count = 0;
  for (const auto& group : json.at("data").at("groups")) {
    ++groups;
    if (const auto list = group.find("rules"); list != group.end() && list->is_array())
      count += list->size();
  }
  must(rules.groups.size() == groups && rules.rules.size() == count, "no rule is lost");
  for (const auto& rule : rules.rules) {
    must(longest_age(rule, {}).count() > 0, "a rule may always be some time old");
    const auto health = health_of(rule, {}, Moment{});
    must(health.state == RuleHealth::State::good || !health.observed.empty(),
         "what is not good is told");
  }
}

}  // namespace

// The first byte says what was asked for, the rest is the answer.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto text = text_of(data + 1, size - 1);
  const auto json = Json::parse(text, nullptr, false);
  try {
    if (data[0] % 3 == 0)
      must_be_whole(read_query_answer(text, "GET /query"), json);
    else if (data[0] % 3 == 1)
      must_be_whole(read_rules(text, "GET /rules"), json);
    else
      must(read_alertmanager_alerts(text, "GET /alerts").size() == json.size(), "no alert is lost");
  } catch (const CannotTell& error) {
    must(*error.what() != 0, "an unknown says why");
  }
  return 0;
}
