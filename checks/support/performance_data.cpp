#include "checks/support/performance_data.hpp"

#include <algorithm>
#include <array>

namespace postflight {
namespace {

constexpr std::string_view blanks = " \t\r\n";

// Takes a label and its '=' off the front. False when there is none; then nothing is taken.
bool take_label(std::string_view& text, std::string& label) {
  std::string read;
  auto rest = text;
  if (rest.starts_with('\'')) {
    rest.remove_prefix(1);
    for (;;) {  // '' is a quote inside the label
      const auto quote = rest.find('\'');
      if (quote == rest.npos) return false;
      read += rest.substr(0, quote);
      rest.remove_prefix(quote + 1);
      if (!rest.starts_with('\'')) break;
      read += '\'';
      rest.remove_prefix(1);
    }
  } else {
    const auto end = rest.find_first_of("= \t\r\n'");
    if (end == rest.npos) return false;
    read = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  if (!rest.starts_with('=') || read.empty()) return false;
  text = rest.substr(1);
  label = std::move(read);
  return true;
}

// Where the number that `text` begins with ends; 0 when it begins with none.
std::size_t number_end(std::string_view text) {
  std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const auto end = std::min(text.find_first_not_of("0123456789.,", at), text.size());
  return text.substr(at, end - at).find_first_of("0123456789") == text.npos ? 0 : end;
}

bool read_values(std::string_view text, Metric& metric) {
  if (text == "U" || text.starts_with("U;")) {
    metric.value = "U";
    text.remove_prefix(1);
  } else {
    const auto end = number_end(text);
    if (end == 0) return false;
    metric.value = text.substr(0, end);
    text.remove_prefix(end);
    const auto unit_end = std::min(text.find(';'), text.size());
    metric.unit = text.substr(0, unit_end);
    text.remove_prefix(unit_end);
    if (metric.unit.find_first_of("0123456789'\"") != std::string::npos) return false;
  }
  const std::array parts{&metric.warning, &metric.critical, &metric.minimum, &metric.maximum};
  for (auto* part : parts) {
    if (!text.starts_with(';')) break;
    text.remove_prefix(1);
    const auto end = std::min(text.find(';'), text.size());
    *part = text.substr(0, end);
    text.remove_prefix(end);
  }
  return text.empty() || text == ";";
}

}  // namespace

PerformanceData read_performance_data(std::string_view text) {
  PerformanceData data;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    if (text.empty()) return data;
    const auto word = text;
    Metric metric;
    const bool has_label = take_label(text, metric.label);
    const auto end = std::min(text.find_first_of(blanks), text.size());
    if (has_label && read_values(text.substr(0, end), metric))
      data.metrics.push_back(std::move(metric));
    else
      data.unread.emplace_back(word.substr(0, word.size() - text.size() + end));
    text.remove_prefix(end);
  }
}

}  // namespace postflight
