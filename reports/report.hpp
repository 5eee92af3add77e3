#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

#include "runner/record.hpp"

namespace postflight {

// How a record is told. `write` is a pure function of the record: no clock, no host, no colour
// but what the record and the format say.
struct ReportFormat {
  std::string_view name;   // as in --report NAME=PATH
  std::string_view about;  // one line
  void (*write)(const RunRecord& record, std::ostream& out);
};

// Every format, in the order that --help lists them.
std::span<const ReportFormat> all_report_formats();

// nullptr when there is none of that name.
const ReportFormat* find_report_format(std::string_view name);

}  // namespace postflight
