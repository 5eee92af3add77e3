#pragma once

#include <string>

#include "runner/record.hpp"
#include "runner/redactor.hpp"

namespace postflight {

// Where the metrics of the record go: `url` itself when it says a path, else the group of the
// checklist, /metrics/job/postflight/checklist/NAME.
std::string pushgateway_group(const std::string& url, const RunRecord& record);

// Takes the place of the metrics of the same names in that group and leaves the others, as when the
// last healthy run ended (POST of https://github.com/prometheus/pushgateway#api). Throws
// std::runtime_error: why it was not accepted. A password in the URL becomes a secret.
void push_metrics(const std::string& url, const std::string& metrics, Redactor& redactor);

}  // namespace postflight
