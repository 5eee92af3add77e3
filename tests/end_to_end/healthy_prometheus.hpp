#pragma once

#include <string>

#include "tests/support/prometheus_server.hpp"

namespace postflight::test {

// What Prometheus would scrape of kubelets and API servers is made by rules: a series is a series.
inline std::string cluster_rules(double volume_use, double inode_use, bool is_deprecated_api_used,
                                 const std::string& more) {
  const auto series = [](const std::string& name, const std::string& value) {
    return "      - {record: " + name + ", expr: vector(" + value +
           "), labels: {namespace: data, persistentvolumeclaim: data-postgres-0}}\n";
  };
  std::string text = "groups:\n  - name: cluster\n    rules:\n";
  text += "      - {alert: Watchdog, expr: vector(1), labels: {severity: none}}\n";
  text += "      - {alert: Watched, expr: up == 1, labels: {severity: none}}\n";
  text += "      - {alert: Lost, expr: absent(up), labels: {severity: critical}}\n";
  text +=
      "      - {alert: Slow, expr: scrape_duration_seconds > 3600, labels: {severity: warning}}\n";
  text += series("kubelet_volume_stats_capacity_bytes", "100");
  text += series("kubelet_volume_stats_used_bytes", std::to_string(volume_use));
  text += series("kubelet_volume_stats_inodes", "100");
  text += series("kubelet_volume_stats_inodes_used", std::to_string(inode_use));
  text += series("apiserver_request_total", "5");
  if (is_deprecated_api_used)
    text +=
        "      - {record: apiserver_requested_deprecated_apis, expr: vector(1), labels: {group: "
        "flowcontrol.apiserver.k8s.io, version: v1beta3, resource: flowschemas, removed_release: "
        "\"1.32\"}}\n";
  return text + more;
}

// One that knows a cluster in which all is well.
inline PrometheusContents healthy_prometheus() {
  return {cluster_rules(40, 30, false, ""), {"Watchdog", "Watched"}};
}

}  // namespace postflight::test
