#include <fmt/format.h>

#include "tests/matrix/subject.hpp"

namespace postflight::matrix {

namespace {

// Prometheus stands behind the edge, which asks for our certificate.
Subject at_url(const std::string& kind, const std::string& variant, const std::string& rest,
               std::vector<Question> questions = {}) {
  return {kind,
          variant,
          Part::edge,
          {"connection", "status", "body", "prometheus"},
          std::move(questions),
          [rest](const Addresses& world) {
            return fmt::format(
                "{{url: '{}', resolve: '{}', ca-file: '{}', client-certificate: '{}', "
                "client-key: '{}', {}}}",
                world.edge_url, world.edge_address, world.edge_ca_file, world.edge_certificate_file,
                world.edge_key_file, rest);
          }};
}

Subject through_kubernetes() {
  return {"prometheus.query",
          "through the Kubernetes API",
          Part::kubernetes,
          {"connection", "status", "body", "kubernetes"},
          {{"service", "/services/"}},
          [](const Addresses&) {
            return std::string("{service: 'monitoring/prometheus:9090', query: up, equals: 1}");
          }};
}

}  // namespace

std::vector<Subject> prometheus_subjects() {
  return {at_url("prometheus.query", "", "query: up, equals: 1"),
          at_url("prometheus.query", "none may be", "query: up == 0, allow-empty: true, among: up",
                 {{"query", "query=up%20"}, {"among", "query=up$"}}),
          through_kubernetes(),
          at_url("prometheus.alerts", "", "severities: [critical], watchdog: Watchdog"),
          at_url("prometheus.alerts", "of Alertmanager",
                 "source: alertmanager, severities: [critical], watchdog: Watchdog"),
          at_url("prometheus.rules", "", "alerts: [NodeDown]")};
}

}  // namespace postflight::matrix
