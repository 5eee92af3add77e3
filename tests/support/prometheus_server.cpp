#include "tests/support/prometheus_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace postflight::test {
namespace {

// Starts both servers, waits until Alertmanager has been told of the alerts and the rules are
// evaluated, says "ready", waits until its input ends, ends them by their process ids and removes
// the folder. $1 folder, $2 port of Prometheus, $3 of Alertmanager, $4 what must be in the list of
// rules, $5 names of alerts, with blanks between.
constexpr auto supervise = R"sh(
cd "$1" || exit 1
prometheus-alertmanager --config.file=alertmanager.yml --storage.path=alertmanager \
  --web.listen-address="127.0.0.1:$3" --cluster.listen-address= > alertmanager.log 2>&1 < /dev/null &
alertmanager=$!
prometheus --config.file=prometheus.yml --storage.tsdb.path=data --rules.alert.resend-delay=1s \
  --web.listen-address="127.0.0.1:$2" > prometheus.log 2>&1 < /dev/null &
prometheus=$!
end() {
  kill -KILL $prometheus $alertmanager 2> /dev/null
  wait
  cd / && rm -rf "$1"
}
answers() { curl -fs --noproxy '*' -m 2 "$1" 2> /dev/null | grep -q "$2"; }
tries=0
told() { for alert in $1; do answers "http://127.0.0.1:$2/api/v2/alerts" "$alert" || return 1; done; }
evaluated() { answers "$1" "$2" && ! answers "$1" '"health":"unknown"'; }
until told "$5" "$3" && evaluated "http://127.0.0.1:$2/api/v1/rules" "$4"; do
  tries=$((tries + 1))
  if [ $tries -gt 200 ] || ! kill -0 $prometheus 2> /dev/null || ! kill -0 $alertmanager 2> /dev/null; then
    tail -n 5 prometheus.log alertmanager.log
    end "$1"
    exit 1
  fi
  sleep 0.25
done
echo ready
cat > /dev/null
end "$1"
)sh";

int free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      ::bind(listener, generic, size) == 0 && ::getsockname(listener, generic, &size) == 0;
  ::close(listener);
  if (!bound) throw std::runtime_error("no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

// What the supervisor says, up to "ready" or its end; a minute at most.
std::string read_answer(int from) {
  std::string text;
  char buffer[4096];
  pollfd waiting{from, POLLIN, 0};
  while (text != "ready\n" && ::poll(&waiting, 1, 60'000) > 0) {
    const auto count = ::read(from, buffer, sizeof buffer);
    if (count <= 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

constexpr auto troubled_rules = R"yaml(groups:
  - name: targets
    rules:
      - {alert: Watchdog, expr: vector(1), labels: {severity: none}}
      - {alert: TargetDown, expr: up == 0, labels: {severity: critical}, annotations: {summary: "{{ $labels.job }} is down"}}
      - {alert: TargetSlow, expr: up == 0, for: 1h, labels: {severity: warning}}
      - {alert: Quiet, expr: up == 5, labels: {severity: page}}
      - {record: "job:up:sum", expr: sum by (job) (up)}
  - name: broken
    rules:
      - {alert: ManyToMany, expr: "vector(1) * on() group_left() (label_replace(vector(1), 'x', 'a', '', '') or label_replace(vector(1), 'x', 'b', '', ''))", labels: {severity: info}}
)yaml";

constexpr auto routes = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";

}  // namespace

bool PrometheusServer::is_installed() {
  return std::filesystem::exists("/usr/bin/prometheus") &&
         std::filesystem::exists("/usr/bin/prometheus-alertmanager");
}

PrometheusContents troubled_prometheus() {
  return {troubled_rules, {"Watchdog", "TargetDown"}, true, true};
}

PrometheusServer::PrometheusServer(PrometheusContents contents) : contents_(std::move(contents)) {
  if (!is_installed()) throw std::runtime_error("Prometheus or Alertmanager is not installed");
  std::string answer;
  // Somebody else may take a free port before the server does.
  for (int attempt = 0; attempt < 3; ++attempt) {
    answer = start();
    if (answer == "ready\n") return;
    stop();
    if (answer.find("in use") == std::string::npos) break;
  }
  throw std::runtime_error("Prometheus did not start: " + answer);
}

PrometheusServer::~PrometheusServer() { stop(); }

std::string PrometheusServer::start() {
  auto pattern = (std::filesystem::temp_directory_path() / "postflight-prometheus-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no temporary folder for Prometheus");
  folder_ = pattern;
  port_ = free_port();
  alertmanager_port_ = free_port();
  down_port_ = free_port();
  std::ofstream(folder_ + "/rules.yml") << contents_.rules;
  std::ofstream(folder_ + "/alertmanager.yml") << routes;
  std::ofstream(folder_ + "/prometheus.yml") << fmt::format(
      "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n"
      "rule_files: [rules.yml]\n"
      "scrape_configs:\n"
      "  - {{job_name: self, static_configs: [{{targets: ['{}']}}]}}\n"
      "{}{}"
      "alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{}']}}]}}]}}\n",
      self(),
      contents_.has_target_down
          ? fmt::format("  - {{job_name: gone, static_configs: [{{targets: ['{}']}}]}}\n", down())
          : "",
      contents_.targets.empty()
          ? ""
          : fmt::format("  - {{job_name: given, static_configs: [{{targets: ['{}']}}]}}\n",
                        fmt::join(contents_.targets, "', '")),
      alertmanager_port_);
  int input[2], output[2];
  if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe for Prometheus");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  // A process group of its own: an interrupt at the terminal is ours to handle, not the servers'.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> arguments{
      "sh",
      "-c",
      supervise,
      "prometheus-server",
      folder_,
      std::to_string(port_),
      std::to_string(alertmanager_port_),
      contents_.has_broken_rule ? R"("health":"err")" : R"("health":"ok")",
      fmt::format("{}", fmt::join(contents_.alerts, " "))};
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int error =
      ::posix_spawn(&supervisor_, "/bin/sh", &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(input[0]);
  ::close(output[1]);
  alive_ = input[1];
  const auto answer = error == 0 ? read_answer(output[0]) : std::string("no shell");
  ::close(output[0]);
  return answer;
}

void PrometheusServer::stop() {
  if (alive_ >= 0) ::close(alive_);
  if (supervisor_ > 0) ::waitpid(supervisor_, nullptr, 0);
  alive_ = supervisor_ = -1;
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string PrometheusServer::url() const { return fmt::format("http://127.0.0.1:{}", port_); }
std::string PrometheusServer::alertmanager_url() const {
  return fmt::format("http://127.0.0.1:{}", alertmanager_port_);
}
std::string PrometheusServer::self() const { return fmt::format("127.0.0.1:{}", port_); }
std::string PrometheusServer::down() const { return fmt::format("127.0.0.1:{}", down_port_); }

}  // namespace postflight::test
