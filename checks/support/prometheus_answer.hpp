#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "checks/support/selectors.hpp"
#include "checks/support/timestamps.hpp"

namespace postflight {

// One value of a series. `text` is as Prometheus wrote it: NaN and the infinities are values, too.
struct SeriesValue {
  Moment at;
  double value = 0;
  std::string text;
};

struct Series {
  Labels labels;  // the metric's name is __name__
  std::vector<SeriesValue> values;
  bool is_histogram = false;  // a native one, which is no number
};

struct QueryAnswer {
  enum class Type { scalar, vector, matrix };
  Type type = Type::vector;
  std::vector<Series> series;
  std::vector<std::string> infos;  // what Prometheus remarks on the query; the answer is whole
};

// All of these throw CannotTell for what is no whole answer: unreadable for another shape, the
// server's own words for its error, partial for one with warnings, as of a federated store of
// which a part did not answer. `question` begins the message.

// Throws when the text is an error of Prometheus's API; else returns.
void throw_prometheus_error(std::string_view text, const std::string& question);

// The `data` of an answer.
nlohmann::json read_prometheus_data(std::string_view text, const std::string& question,
                                    std::vector<std::string>& infos);

QueryAnswer read_query_answer(std::string_view text, const std::string& question);

}  // namespace postflight
