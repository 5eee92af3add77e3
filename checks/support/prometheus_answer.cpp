#include "checks/support/prometheus_answer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "checks/support/http_excerpt.hpp"
#include "checks/support/json_reader.hpp"
#include "checks/support/text.hpp"
#include "runner/check.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using nlohmann::json;

CannotTell unreadable(const std::string& question, const std::string& why) {
  return {"unreadable", fmt::format("{}: {}", question, why)};
}

json parsed(std::string_view text, const std::string& question) {
  if (!is_nested_at_most(text, deepest_answer))
    throw unreadable(question, fmt::format("nested deeper than {} levels", deepest_answer));
  auto document = json::parse(text, nullptr, false);
  if (document.is_discarded())
    throw unreadable(question, text.empty() ? "the answer is empty"
                                            : "the answer is no JSON, or not all of it: " +
                                                  public_excerpt(text.substr(0, 4096)));
  return document;
}

// The words of Prometheus's API: https://prometheus.io/docs/prometheus/latest/querying/api/
std::string reason_of(const std::string& error_type) {
  if (error_type == "timeout" || error_type == "canceled") return "timeout";
  if (error_type == "bad_data" || error_type == "execution") return "rejected";
  if (error_type == "not_found") return "not-found";
  return "server-error";
}

void throw_error_in(const json& document, const std::string& question) {
  const auto word = [&](const char* key) {
    const auto found = document.find(key);
    return found != document.end() && found->is_string() ? found->get<std::string>() : "";
  };
  if (!document.is_object() || word("status") != "error") return;
  const auto type = word("errorType"), error = word("error");
  throw CannotTell(
      reason_of(type),
      fmt::format("{}: the answer is an error{}: {}", question, type.empty() ? "" : ", " + type,
                  error.empty() ? "it does not say which" : excerpt(error, 500)));
}

double number_in(const std::string& text, const std::string& question) {
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf" || text == "Inf") return infinity;
  if (text == "-Inf") return -infinity;
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || !std::isfinite(number))
    throw unreadable(question, fmt::format("'{}' is no number", excerpt(text, 60)));
  return number;
}

// [seconds, "value"]
SeriesValue read_value(const json& pair, const std::string& question) {
  constexpr double latest = 7e9;  // seconds; what is later are milliseconds by mistake
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string() ||
      std::abs(pair[0].get<double>()) > latest)
    throw unreadable(question,
                     "a value must be a time in seconds and a text, not " +
                         excerpt(pair.dump(-1, ' ', false, json::error_handler_t::replace), 100));
  SeriesValue value;
  value.at = Moment(std::chrono::duration_cast<Moment::duration>(
      std::chrono::duration<double>(pair[0].get<double>())));
  value.text = pair[1].get<std::string>();
  value.value = number_in(value.text, question);
  return value;
}

const json& member(const json& map, const char* key, const std::string& question) {
  const auto found = map.find(key);
  if (found == map.end()) throw unreadable(question, fmt::format("{} is missing", key));
  return *found;
}

Series read_series(const json& item, bool has_many, const std::string& question) {
  if (!item.is_object()) throw unreadable(question, "a series must be a map");
  Series series;
  series.labels = JsonReader(item, question, "data.result").labels("metric");
  if (item.contains("histogram") || item.contains("histograms")) {
    series.is_histogram = true;
    return series;
  }
  if (!has_many) {
    series.values.push_back(read_value(member(item, "value", question), question));
    return series;
  }
  const auto& values = member(item, "values", question);
  if (!values.is_array()) throw unreadable(question, "values must be a list");
  for (const auto& pair : values) series.values.push_back(read_value(pair, question));
  return series;
}

}  // namespace

void throw_prometheus_error(std::string_view text, const std::string& question) {
  if (!is_nested_at_most(text, deepest_answer)) return;
  throw_error_in(json::parse(text, nullptr, false), question);
}

json read_prometheus_data(std::string_view text, const std::string& question,
                          std::vector<std::string>& infos) {
  auto document = parsed(text, question);
  throw_error_in(document, question);
  const JsonReader answer(document, question);
  if (const auto status = answer.required_text("status"); status != "success")
    throw unreadable(question, fmt::format("status must be success, not {}", excerpt(status, 60)));
  if (const auto warnings = answer.texts("warnings"); !warnings.empty())
    throw CannotTell(
        "partial",
        fmt::format(
            "{}: Prometheus answers, but warns that the answer may not be "
            "whole: {}{}",
            question, excerpt(warnings.front(), 300),
            warnings.size() == 1 ? "" : fmt::format(" (and {} more)", warnings.size() - 1)));
  // VictoriaMetrics says so of an answer that not all of its storage nodes gave a part of.
  if (answer.flag("isPartial").value_or(false))
    throw CannotTell("partial", fmt::format("{}: the answer is not whole (isPartial)", question));
  for (const auto& info : answer.texts("infos")) infos.push_back(excerpt(info, 300));
  const auto data = document.find("data");
  if (data == document.end() || !data->is_object())
    throw unreadable(question, "data must be a map");
  return std::move(*data);
}

QueryAnswer read_query_answer(std::string_view text, const std::string& question) {
  QueryAnswer answer;
  const auto data = read_prometheus_data(text, question, answer.infos);
  const auto type = JsonReader(data, question, "data").required_text("resultType");
  const auto& result = member(data, "result", question);
  if (type == "scalar") {
    answer.type = QueryAnswer::Type::scalar;
    answer.series.push_back({{}, {read_value(result, question)}});
    return answer;
  }
  if (type == "string")
    throw CannotTell("unreadable",
                     fmt::format("{}: the query yields a text, not numbers", question));
  if (type != "vector" && type != "matrix")
    throw unreadable(question, fmt::format("resultType must be scalar, vector or matrix, not {}",
                                           excerpt(type, 60)));
  if (!result.is_array()) throw unreadable(question, "data.result must be a list");
  const bool has_many = type == "matrix";
  answer.type = has_many ? QueryAnswer::Type::matrix : QueryAnswer::Type::vector;
  for (const auto& item : result) answer.series.push_back(read_series(item, has_many, question));
  return answer;
}

}  // namespace postflight
