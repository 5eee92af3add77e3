#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "runner/record.hpp"

namespace postflight {

// How a record is told. `write` is a pure function of the record: no clock, no host, no colour
// but what the record and the format say.
struct ReportFormat {
  std::string_view name;   // as in --report NAME=PATH
  std::string_view about;  // one line
  void (*write)(const RunRecord& record, std::ostream& out);
  // The text that takes the place of an older report: with what only that one knows. nullptr: as
  // it is.
  std::string (*over)(const std::string& text, std::string_view old) = nullptr;
};

// The record that a JSON report (format version 1) was written from, but for what it leaves out:
// fractions of seconds of its times. Throws std::runtime_error: why it is no such report.
RunRecord read_json_report(std::string_view text);

// Every format, in the order that --help lists them.
std::span<const ReportFormat> all_report_formats();

// nullptr when there is none of that name.
const ReportFormat* find_report_format(std::string_view name);

}  // namespace postflight
