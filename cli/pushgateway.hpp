#pragma once

#include <string>

#include "runner/record.hpp"
#include "runner/redactor.hpp"

namespace postflight {

// Whether metrics can go there: http(s)://HOST, perhaps with a path, and no query.
bool is_pushgateway(const std::string& url);

// Pushes the record's metrics into the group that `url` names by its path, or into that of the
// checklist, /metrics/job/postflight/checklist/NAME. Of several clusters each has its own group,
// with /cluster/NAME behind. What is pushed takes the place of the metrics of the same names and
// leaves the others, as when the last healthy run ended
// (POST of https://github.com/prometheus/pushgateway#api). Throws
// std::runtime_error: why it was not accepted. A password in the URL becomes a secret.
void push_metrics(const std::string& url, const RunRecord& record, Redactor& redactor);

}  // namespace postflight
