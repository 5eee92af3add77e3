#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// One metric of a monitoring plug-in: 'label'=value[unit];[warning];[critical];[minimum];[maximum]
// (Monitoring Plugins Development Guidelines). Texts as the plug-in wrote them.
struct Metric {
  std::string label, value, unit;  // value: a number, or U for one that is not known
  std::string warning, critical, minimum, maximum;
};

struct PerformanceData {
  std::vector<Metric> metrics;
  std::vector<std::string> unread;  // words that are no metric
};

PerformanceData read_performance_data(std::string_view text);

}  // namespace postflight
