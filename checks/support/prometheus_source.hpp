#pragma once

#include <string>
#include <utility>
#include <vector>

#include "checks/support/http_settings.hpp"
#include "clients/http.hpp"
#include "runner/check.hpp"

namespace postflight {

inline constexpr Setting prometheus_url_setting{"url", SettingType::text,
                                                "base URL of the server, with its path prefix "
                                                "where it has one: https://prometheus.example.com"};
inline constexpr Setting prometheus_service_setting{
    "service", SettingType::text,
    "instead of a URL: NAMESPACE/NAME:PORT of its Service, asked through the proxy of the "
    "Kubernetes API; https:NAME where it speaks TLS"};

// Where Prometheus, Alertmanager, or whatever speaks their API, is asked.
class PrometheusSource {
 public:
  // Reads url, service and the settings of http_settings.hpp, and reports contradictions. Both may
  // be given and empty, as variables nobody has set: then there is none to ask, and whatever asks
  // is not-installed.
  explicit PrometheusSource(const Settings& settings);

  // The body of a whole answer to GET `path`, which begins with a slash. Throws CannotTell with
  // the server's own words where it refuses, ClientError where there is no answer.
  std::string get(const std::string& path,
                  const std::vector<std::pair<std::string, std::string>>& parameters,
                  const CheckContext& context) const;

  // What was asked, fit to be shown: "GET https://prometheus.example.com/api/v1/rules".
  std::string question(const std::string& path) const { return "GET " + shown_base_ + path; }

  // What it asks the Kubernetes API for, as Check::kubernetes_paths().
  std::vector<std::string> kubernetes_paths() const;

  const HttpRequest& request() const { return request_; }

 private:
  void read_service(const Settings& settings);

  HttpRequest request_;
  std::string base_, shown_base_;
  bool through_kubernetes_ = false;
};

}  // namespace postflight
