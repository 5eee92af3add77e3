#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "reports/formats.hpp"
#include "reports/text_safety.hpp"
#include "reports/words.hpp"
#include "runner/exit_code.hpp"

// The text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/), for
// the textfile collector of node_exporter and for a Pushgateway, so without timestamps. Labels hold
// only what stays from run to run. docs/metrics.md is the contract.

namespace postflight {
namespace {

constexpr std::size_t most_label = 300;
constexpr std::string_view last_success = "postflight_run_last_success_timestamp_seconds";
constexpr std::string_view about_last_success = "When the last run that was healthy ended.";

std::string label_value(std::string_view text) {
  std::string value;
  for (const char c : safe_line(text, most_label)) {
    if (c == '\\' || c == '"') value += '\\';
    value += c;
  }
  return value;
}

std::string seconds_of(std::chrono::milliseconds duration) {
  return fmt::format("{}.{:03}", duration.count() / 1000, duration.count() % 1000);
}

std::string run_labels(const RunRecord& record, const std::string& cluster) {
  auto labels = fmt::format("checklist=\"{}\"", label_value(record.checklist));
  if (!cluster.empty()) labels += fmt::format(",cluster=\"{}\"", label_value(cluster));
  return labels;
}

std::string check_labels(const RunRecord& record, const CheckResult& result) {
  return fmt::format("{},check=\"{}\",severity=\"{}\"", run_labels(record, result.cluster),
                     label_value(result.id), to_string(result.severity));
}

int number_of(Status status) {
  switch (status) {
    case Status::passed:
      return 0;
    case Status::warned:
      return 1;
    case Status::failed:
      return 2;
    case Status::errored:
      return 3;
    case Status::skipped:
      return 4;
  }
  return 3;
}

class Families {
 public:
  explicit Families(std::ostream& out) : out_(out) {}

  void begin(std::string_view name, std::string_view help) {
    name_ = name;
    out_ << fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name, help, name);
  }
  void add(const std::string& labels, const std::string& value) {
    out_ << fmt::format("{}{{{}}} {}\n", name_, labels, value);
  }

 private:
  std::ostream& out_;
  std::string_view name_;
};

// The clusters of the record, each as a record of its own; what has no cluster has no name.
struct Part {
  std::string cluster;
  RunRecord record;
};

std::vector<Part> parts_of(const RunRecord& record) {
  std::vector<Part> parts;
  for (const auto& cluster : record.clusters)
    parts.push_back({cluster.name, record_of(record, cluster)});
  if (parts.empty()) parts.push_back({"", record});
  return parts;
}

std::int64_t end_of(const RunRecord& record) {
  return std::chrono::floor<std::chrono::seconds>(record.started + record.duration)
      .time_since_epoch()
      .count();
}

void write_checks(const RunRecord& record, Families& families) {
  const auto each = [&](const std::function<std::string(const CheckResult&)>& value) {
    for (const auto& result : record.checks) {
      // A check of another shard is in that one's metrics.
      if (is_left_out(result) && result.reason == runner_reason::other_shard) continue;
      families.add(check_labels(record, result), value(result));
    }
  };
  families.begin("postflight_check_status",
                 "Of the last run: 0 passed, 1 warned, 2 failed, 3 could not be found out, 4 "
                 "skipped.");
  each([](const auto& result) { return std::to_string(number_of(result.status)); });
  families.begin("postflight_check_duration_seconds", "How long the check took.");
  each([](const auto& result) { return seconds_of(result.duration); });
  families.begin("postflight_check_objects_examined", "How many objects were really looked at.");
  each([](const auto& result) { return std::to_string(result.examined); });
}

// {a="b",c="d"}: how long it is, or 0.
std::size_t length_of_labels(std::string_view text) {
  if (!text.starts_with('{')) return 0;
  for (std::size_t at = 1;;) {
    const auto equals = text.find("=\"", at);
    if (equals == text.npos || equals == at) return 0;
    for (; at < equals; ++at)
      if ((text[at] < 'a' || text[at] > 'z') && text[at] != '_') return 0;
    for (at += 2; at < text.size() && text[at] != '"'; ++at)
      if (text[at] == '\\') ++at;
    if (at + 1 >= text.size()) return 0;
    at += 2;
    if (text[at - 1] == '}') return at;
    if (text[at - 1] != ',') return 0;
  }
}

// The samples of that family, by their labels. What was cut off, or is not ours, is none.
std::map<std::string_view, std::string_view> last_successes(std::string_view text) {
  std::map<std::string_view, std::string_view> samples;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with(last_success)) continue;
    const auto labels = line.substr(last_success.size());
    const auto length = length_of_labels(labels);
    const auto value = labels.substr(length);
    if (length > 0 && value.size() > 1 && value.size() < 20 && value.starts_with(' ') &&
        value.find_first_not_of("0123456789", 1) == value.npos)
      samples.emplace(labels.substr(0, length), line);
  }
  return samples;
}

}  // namespace

void write_prometheus(const RunRecord& record, std::ostream& out) {
  Families families(out);
  const auto parts = parts_of(record);
  write_checks(record, families);
  const auto each = [&](const std::function<std::string(const RunRecord&)>& value) {
    for (const auto& part : parts)
      families.add(run_labels(record, part.cluster), value(part.record));
  };
  families.begin("postflight_checks", "How many checks ended so in the last run.");
  for (const auto& part : parts) {
    const auto totals = totals_of(part.record);
    const std::pair<const char*, std::size_t> states[] = {{"passed", totals.passed},
                                                          {"warned", totals.warned},
                                                          {"failed", totals.failed},
                                                          {"errored", totals.errored},
                                                          {"skipped", totals.skipped}};
    for (const auto& [state, count] : states)
      families.add(fmt::format("{},state=\"{}\"", run_labels(record, part.cluster), state),
                   std::to_string(count));
  }
  families.begin("postflight_run_status",
                 "Of the last run: 0 passed, 1 passed with warnings, 2 failed, 3 not known.");
  each([](const auto& part) { return std::to_string(number_of(verdict_of(part))); });
  families.begin("postflight_run_exit_code", "Exit code that the last run alone calls for.");
  each([](const auto& part) { return std::to_string(exit_code_of(part)); });
  families.begin("postflight_run_timestamp_seconds", "When the last run ended.");
  each([](const auto& part) { return std::to_string(end_of(part)); });
  families.begin("postflight_run_duration_seconds", "How long the last run took.");
  each([](const auto& part) { return seconds_of(part.duration); });
  families.begin("postflight_build_info", "The version of postflight that ran last.");
  families.add(fmt::format("{},version=\"{}\"", run_labels(record, ""), POSTFLIGHT_VERSION), "1");
  // A run that is not green leaves out when the last green one ended: what is there stays.
  bool is_begun = false;
  for (const auto& part : parts) {
    if (exit_code_of(part.record) != exit_healthy) continue;
    if (!is_begun) families.begin(last_success, about_last_success);
    is_begun = true;
    families.add(run_labels(record, part.cluster), std::to_string(end_of(part.record)));
  }
}

std::string prometheus_over(const std::string& text, std::string_view old) {
  const auto known = last_successes(text);
  std::string kept;
  for (const auto& [series, line] : last_successes(old))
    if (!known.contains(series)) kept += fmt::format("{}\n", line);
  if (kept.empty()) return text;
  if (!known.empty()) return text + kept;
  std::ostringstream family;
  Families(family).begin(last_success, about_last_success);
  return text + family.str() + kept;
}

}  // namespace postflight
