#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "runner/record.hpp"

namespace postflight {

// One writer a format; reports/report.cpp lists them.
void write_json(const RunRecord& record, std::ostream& out);
void write_junit(const RunRecord& record, std::ostream& out);
void write_plain_text(const RunRecord& record, std::ostream& out);
void write_markdown(const RunRecord& record, std::ostream& out);
void write_github(const RunRecord& record, std::ostream& out);
void write_prometheus(const RunRecord& record, std::ostream& out);
void write_termination(const RunRecord& record, std::ostream& out);

// For ReportFormat::over: when the last healthy run ended is kept where the new text says nothing.
std::string prometheus_over(const std::string& text, std::string_view old);

}  // namespace postflight
