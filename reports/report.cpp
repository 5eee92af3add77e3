#include "reports/report.hpp"

#include <algorithm>

#include "reports/formats.hpp"

namespace postflight {
namespace {

constexpr ReportFormat formats[] = {
    {"text", "for people: headings, one line per check, expected and observed", write_plain_text},
    {"json", "for programs: format version 1, docs/report.schema.json", write_json},
    {"junit", "for CI: JUnit XML that Jenkins, GitLab and others read", write_junit},
    {"markdown", "for the summary of a CI job, or a comment on a change", write_markdown},
    {"github", "annotations of GitHub Actions", write_github},
    {"prometheus", "metrics: a textfile of node_exporter, or a URL of a Pushgateway",
     write_prometheus, prometheus_over},
    {"termination", "a container's termination message: one line of JSON under 4096 bytes",
     write_termination},
};

}  // namespace

std::span<const ReportFormat> all_report_formats() { return formats; }

const ReportFormat* find_report_format(std::string_view name) {
  const auto found = std::ranges::find(formats, name, &ReportFormat::name);
  return found == std::end(formats) ? nullptr : found;
}

}  // namespace postflight
