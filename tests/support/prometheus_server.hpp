#pragma once

#include <string>
#include <vector>

namespace postflight::test {

// What a PrometheusServer evaluates and watches.
struct PrometheusContents {
  std::string rules;                      // the text of a rule file
  std::vector<std::string> alerts;        // that it fires, or else it has not started
  bool has_broken_rule = false;           // likewise
  bool has_target_down = false;           // beside itself it watches a target that is not there
  std::vector<std::string> targets = {};  // host:port of others that it scrapes
};

// Alerts that fire, that wait, that are quiet; a rule that cannot be evaluated; a target down.
PrometheusContents troubled_prometheus();

// A real Prometheus that scrapes itself, with a real Alertmanager that it tells of its alerts. Both
// listen on 127.0.0.1 at ports the system chose, keep their data in a temporary folder, and end
// with this object, also when the process that made it is killed.
class PrometheusServer {
 public:
  // Returns when the rules have been evaluated and Alertmanager knows of the alerts, which takes a
  // few seconds. Throws std::runtime_error with the servers' own words when that is not so within
  // a minute.
  explicit PrometheusServer(PrometheusContents contents = troubled_prometheus());
  ~PrometheusServer();
  PrometheusServer(const PrometheusServer&) = delete;
  PrometheusServer& operator=(const PrometheusServer&) = delete;

  // False where one of the two is not installed.
  static bool is_installed();

  std::string url() const;  // of Prometheus
  std::string alertmanager_url() const;
  std::string self() const;  // the instance that is up, as its label has it
  std::string down() const;  // the instance that is not

 private:
  std::string start();  // what the supervisor answered
  void stop();

  const PrometheusContents contents_;
  std::string folder_;
  int port_ = 0, alertmanager_port_ = 0, down_port_ = 0;
  int supervisor_ = -1;  // process id
  int alive_ = -1;       // the supervisor ends the servers when this end of a pipe closes
};

}  // namespace postflight::test
