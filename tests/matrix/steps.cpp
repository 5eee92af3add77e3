#include "tests/matrix/steps.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "tests/cli/program.hpp"
#include "tests/matrix/front.hpp"

namespace postflight::matrix {

namespace {

constexpr char outpost[] = "ak-outpost-authentik-embedded-outpost";
constexpr char patience[] = "45";  // seconds

using Families = std::set<std::string>;

// kubectl turns deployment/NAME into one of its pods before it asks that for anything.
std::vector<StepQuestion> and_of_one_pod(Question last) {
  const auto name = last.name;
  return {{{"deployment", "/deployments/"}, {"deployment"}},
          {{"pods", "/pods\\?"}, {"pods"}},
          {std::move(last), {name}}};
}

std::vector<Step> kubectl_steps() {
  const Families on_kubernetes{"connection", "status", "body", "kubernetes"};
  auto with_logs = on_kubernetes, with_exec = on_kubernetes;
  with_logs.insert("logs");
  with_exec.insert("exec");
  return {
      {"1 endpoints",
       "1_endpoints.sh",
       "k8s.service-endpoints",
       on_kubernetes,
       {{{"endpoints", "/endpoints/"}, {"endpointslices", "service"}}},
       ""},
      {"2 selector",
       "2_selector.sh",
       "k8s.service-selector",
       on_kubernetes,
       {{{"service", "/services/"}, {"service"}}},
       ""},
      // It asks for no timestamps, and takes as much as there is.
      {"3 log", "3_log.sh", "k8s.pod-logs (the last 10 minutes)", with_logs,
       and_of_one_pod({"log", "/log\\?"}),
       "only binary, without timestamps|lines without timestamps|100 MB of lines"},
      // A directory may be empty, and a file may have any name. Where a WebSocket does not come
      // about, kubectl goes on with SPDY, which the stand-in for an API server does not speak.
      {"4 files", "4_files.sh", "k8s.tmpfs-usage", with_exec, and_of_one_pod({"exec", "/exec\\?"}),
       "no output|other output|100 MB of output|cut off between the Status and the close|"
       "upgrade refused: something between takes no WebSocket|a protocol that nobody offered"}};
}

std::vector<Step> other_steps() {
  return {{"5 sessions",
           "5_sessions.sh",
           "postgres.query",
           {"postgres-connection", "postgres-state"},
           {},
           ""},
          {"6 edge",
           "6_edge.sh",
           "http.response (forward auth)",
           {"connection", "status", "body"},
           {},
           ""},
          {"7 terraform", "7_terraform.sh", "terraform.plan-clean", {"command"}, {}, ""}};
}

test::Words environment_of(const Addresses& world, const std::string& home) {
  return {"PATH=/usr/local/bin:/usr/bin:/bin",
          "HOME=" + home,
          "LC_ALL=C.UTF-8",
          std::string("OUTPOST=") + outpost,
          "KUBECONFIG=" + world.kubeconfig,
          "DATABASE_URL=" + world.database_url,
          "PGPASSWORD=" + world.database_password,
          "SESSION_TABLE=" + world.session_table,
          "APP_URL=" + world.edge_url,
          "EDGE_ADDRESS=" + world.edge_address,
          "EDGE_CA_FILE=" + world.edge_ca_file,
          "EDGE_CERTIFICATE_FILE=" + world.edge_certificate_file,
          "EDGE_KEY_FILE=" + world.edge_key_file,
          "TERRAFORM=" + world.terraform,
          "TERRAFORM_DIRECTORY=" + world.terraform_directory};
}

test::Ended run_step(const Step& step, const Addresses& world) {
  const test::TemporaryDirectory home;
  const auto file = std::string(SOURCE_ROOT) + "/tests/matrix/seven_steps/" + step.file;
  // The outer shell keeps its output open to its very end: who closed it early would be killed.
  return test::Running(
             {"/bin/sh", "-c", "timeout --signal=KILL $1 sh \"$0\"; exit $?", file, patience},
             environment_of(world, home.path()))
      .end();
}

// Everything as it has to be, and counted.
Then answer_as_ever(const Exchange& exchange) {
  exchange.send(exchange.healthy());
  if (exchange.request.wants_websocket) exchange.connection.wait_for_peer_to_leave();
  return Then::close;
}

}  // namespace

const std::vector<Step>& steps() {
  static const auto all = [] {
    auto list = kubectl_steps();
    for (auto& step : other_steps()) list.push_back(std::move(step));
    return list;
  }();
  return all;
}

const Subject& subject_of(const Step& step) {
  for (const auto& subject : subjects())
    if (subject.name() == step.subject) return subject;
  throw std::logic_error("no subject " + step.subject);
}

Reading read_step(const Step& step, const Addresses& world) {
  const auto ended = run_step(step, world);
  if (ended.exit_code == 0) return Reading::passed;
  if (ended.exit_code == 137) return Reading::no_answer;
  return ended.errors.empty() ? Reading::failed : Reading::error;
}

std::string missing_programs() {
  std::string missing;
  for (const std::string program : {"kubectl", "psql", "curl", "timeout"})
    if (!std::filesystem::exists("/usr/bin/" + program) &&
        !std::filesystem::exists("/usr/local/bin/" + program))
      missing += (missing.empty() ? "" : ", ") + program;
  return missing;
}

std::string complaints_about_health(const World& world) {
  std::string complaints;
  for (const auto& step : steps())
    if (const auto ended = run_step(step, world.addresses()); ended.exit_code != 0)
      complaints += fmt::format("{}: {}{}\n", step.name, ended.output, ended.errors);
  return complaints;
}

std::string questions_never_asked(const World& world) {
  std::string never;
  for (const auto& step : steps())
    for (const auto& [question, peers] : step.questions) {
      const auto front =
          world_behind(world, Part::kubernetes, Door::open, answer_as_ever, question.pattern);
      const auto reading = read_step(step, front->addresses);
      if (!front->was_met() || reading != Reading::passed)
        never += fmt::format("{}: {}\n", step.name, question.name);
    }
  return never;
}

}  // namespace postflight::matrix
