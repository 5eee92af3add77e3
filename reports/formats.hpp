#pragma once

#include <iosfwd>

#include "runner/record.hpp"

namespace postflight {

// One writer a format; reports/report.cpp lists them.
void write_json(const RunRecord& record, std::ostream& out);
void write_junit(const RunRecord& record, std::ostream& out);
void write_plain_text(const RunRecord& record, std::ostream& out);

}  // namespace postflight
