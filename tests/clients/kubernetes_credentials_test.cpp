#include "clients/kubernetes_credentials.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "clients/posix_commands.hpp"
#include "tests/support/gate.hpp"
#include "tests/support/recorded_clients.hpp"
#include "tests/support/scripted_api.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::test {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

// A plug-in run by RecordedCommands, with clocks that stand still until moved.
struct Plugged {
  std::chrono::steady_clock::time_point steady{1h};
  std::chrono::system_clock::time_point system = *read_rfc3339("2026-11-23T20:00:00Z");
  std::atomic<int> runs = 0;
  RecordedCommands commands;
  std::vector<std::string> secrets;
  std::mutex mutex;
  KubernetesAccess access;

  Plugged() {
    access.source = "/home/me/.kube/config";
    access.user = "dev";
    access.server = "https://kubernetes.example.com:6443";
    access.exec = ExecPlugin{"client.authentication.k8s.io/v1",
                             {"get-token", "--cluster", "prod"},
                             {{"PROFILE", "prod"}},
                             "install it from example.com",
                             false,
                             ""};
    print([](int run) { return Json{{"token", "plugged-" + std::to_string(run)}}; });
  }
  void print(const std::function<Json(int run)>& status) {
    commands.respond = [this, status](const CommandRequest&) {
      const Json answer = {{"apiVersion", "client.authentication.k8s.io/v1"},
                           {"kind", "ExecCredential"},
                           {"status", status(++runs)}};
      return CommandResult{0, 0, answer.dump(), ""};
    };
  }
  void print_text(const std::string& text) {
    commands.respond = [this, text](const CommandRequest&) {
      ++runs;
      return CommandResult{0, 0, text, ""};
    };
  }
  KubernetesCredentials credentials() {
    return {access,
            commands,
            [this](std::string_view secret) {
              const std::scoped_lock lock(mutex);
              secrets.emplace_back(secret);
            },
            {[this] { return steady; }, [this] { return system; }}};
  }
};

std::string authorization(const Credential& credential) {
  HttpRequest request;
  request.headers = credential.headers;
  return header_of(request, "Authorization");
}

std::string failure_of(KubernetesCredentials& credentials, std::string_view wanted_reason) {
  try {
    credentials.present(a_minute());
  } catch (const ClientError& e) {
    CHECK(e.reason() == wanted_reason);
    return e.what();
  }
  return "";
}

void write(const std::string& file, const std::string& text) {
  std::ofstream(file, std::ios::trunc) << text;
}

}  // namespace

TEST_CASE("a static token, a password or nothing is presented as it is", "[credentials]") {
  RecordedCommands commands;
  KubernetesAccess access;
  CHECK(KubernetesCredentials(access, commands, {}).present(a_minute()).headers.empty());
  access.token = "static-token";
  KubernetesCredentials token(access, commands, {});
  CHECK(authorization(token.present(a_minute())) == "Bearer static-token");
  CHECK_FALSE(token.renew(token.present(a_minute())));
  access.token.clear();
  access.username = "admin";
  access.password = "hush";
  KubernetesCredentials basic(access, commands, {});
  CHECK(authorization(basic.present(a_minute())) == "Basic YWRtaW46aHVzaA==");
}

TEST_CASE("impersonation is asked for in headers", "[credentials]") {
  RecordedCommands commands;
  KubernetesAccess access;
  access.impersonate = {"jane", "17", {"developers", "testers"}, {{"example.com/reason", "check"}}};
  HttpRequest request;
  request.headers = KubernetesCredentials(access, commands, {}).present(a_minute()).headers;
  CHECK(header_of(request, "Impersonate-User") == "jane");
  CHECK(header_of(request, "Impersonate-Uid") == "17");
  CHECK(header_of(request, "Impersonate-Group") == "developers, testers");
  CHECK(header_of(request, "Impersonate-Extra-example.com%2Freason") == "check");
  access.impersonate.user = "jane\r\nX-Injected: yes";
  CHECK_THROWS_AS(KubernetesCredentials(access, commands, {}), KubeconfigError);
}

TEST_CASE("a token file is read again after a minute, not before", "[credentials]") {
  const TemporaryDirectory directory;
  Plugged world;
  world.access.exec.reset();
  world.access.token = "loses";
  world.access.token_file = directory.path() + "/token";
  write(world.access.token_file, "first-token\n");
  auto credentials = world.credentials();
  CHECK(authorization(credentials.present(a_minute())) == "Bearer first-token");
  write(world.access.token_file, "second-token\n");
  world.steady += 59s;
  CHECK(authorization(credentials.present(a_minute())) == "Bearer first-token");
  world.steady += 1s;
  CHECK(authorization(credentials.present(a_minute())) == "Bearer second-token");
  CHECK(std::find(world.secrets.begin(), world.secrets.end(), "second-token") !=
        world.secrets.end());
}

TEST_CASE("a refused token file is read again at once, and helps only when it changed",
          "[credentials]") {
  const TemporaryDirectory directory;
  Plugged world;
  world.access.exec.reset();
  world.access.token_file = directory.path() + "/token";
  write(world.access.token_file, "first-token");
  auto credentials = world.credentials();
  const auto first = credentials.present(a_minute());
  CHECK_FALSE(credentials.renew(first));
  write(world.access.token_file, "second-token");
  CHECK(credentials.renew(first));
  CHECK(authorization(credentials.present(a_minute())) == "Bearer second-token");
  CHECK(credentials.renew(first));  // somebody else was refused with the old one, too
}

TEST_CASE("an empty or missing token file is said before anything is asked", "[credentials]") {
  const TemporaryDirectory directory;
  Plugged world;
  world.access.token_file = directory.path() + "/token";
  CHECK_THROWS_AS(world.credentials(), KubeconfigError);
  write(world.access.token_file, " \n");
  CHECK_THROWS_AS(world.credentials(), KubeconfigError);
}

TEST_CASE("a plug-in is told what it may do and gives a token, once for all", "[credentials]") {
  Plugged world;
  CommandRequest seen;
  const auto respond = world.commands.respond;
  world.commands.respond = [&](const CommandRequest& request) {
    seen = request;
    return respond(request);
  };
  auto credentials = world.credentials();
  CHECK(world.runs == 0);
  CHECK(authorization(credentials.present(a_minute())) == "Bearer plugged-1");
  CHECK(authorization(credentials.present(a_minute())) == "Bearer plugged-1");
  CHECK(world.runs == 1);
  CHECK(world.secrets == std::vector<std::string>{"plugged-1"});
  CHECK(seen.argv == std::vector<std::string>{"get-token", "--cluster", "prod"});
  REQUIRE(seen.environment.size() == 2);
  CHECK(seen.environment[0] == std::pair<std::string, std::string>("PROFILE", "prod"));
  CHECK(seen.environment[1].first == "KUBERNETES_EXEC_INFO");
  CHECK(Json::parse(seen.environment[1].second) ==
        Json::parse(R"({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                        "spec": {"interactive": false}})"));
}

TEST_CASE("a plug-in that asks for it is told about the cluster", "[credentials]") {
  Plugged world;
  world.access.exec->provide_cluster_info = true;
  world.access.exec->cluster_config = R"({"audience":"6443"})";
  world.access.tls.ca_pem = "light work";
  world.access.tls.server_name = "kubernetes.default";
  world.access.proxy = "http://proxy.example.com:3128";
  const auto info = Json::parse(exec_info(*world.access.exec, world.access));
  CHECK(info["spec"]["cluster"] == Json::parse(R"({"server": "https://kubernetes.example.com:6443",
                        "certificate-authority-data": "bGlnaHQgd29yaw==",
                        "tls-server-name": "kubernetes.default",
                        "proxy-url": "http://proxy.example.com:3128",
                        "config": {"audience": "6443"}})"));
  world.access.tls = {};
  world.access.tls.verify = false;
  CHECK(Json::parse(exec_info(*world.access.exec,
                              world.access))["spec"]["cluster"]["insecure-skip-tls-verify"] ==
        true);
}

TEST_CASE("a plug-in may give a client certificate", "[credentials]") {
  Plugged world;
  world.print([](int) {
    return Json{{"clientCertificateData", "CERTIFICATE"}, {"clientKeyData", "PRIVATE KEY"}};
  });
  auto credentials = world.credentials();
  const auto credential = credentials.present(a_minute());
  CHECK(credential.headers.empty());
  CHECK(credential.tls.certificate_pem == "CERTIFICATE");
  CHECK(credential.tls.key_pem == "PRIVATE KEY");
  CHECK(world.secrets == std::vector<std::string>{"PRIVATE KEY"});
}

TEST_CASE("a plug-in is run again shortly before its credential expires", "[credentials]") {
  Plugged world;
  world.print([](int run) {
    return Json{{"token", "plugged-" + std::to_string(run)},
                {"expirationTimestamp", "2026-11-23T20:10:00Z"}};
  });
  auto credentials = world.credentials();
  credentials.present(a_minute());
  world.system += 9min + 29s;
  CHECK(authorization(credentials.present(a_minute())) == "Bearer plugged-1");
  world.system += 1s;
  CHECK(authorization(credentials.present(a_minute())) == "Bearer plugged-2");
}

TEST_CASE("a refused credential makes the plug-in run once more, then not for a minute",
          "[credentials]") {
  Plugged world;
  auto credentials = world.credentials();
  const auto first = credentials.present(a_minute());
  CHECK(credentials.renew(first));
  CHECK(credentials.renew(first));  // another request, refused with the same credential
  const auto second = credentials.present(a_minute());
  CHECK(authorization(second) == "Bearer plugged-2");
  CHECK_FALSE(credentials.renew(second));
  CHECK(world.runs == 2);
  world.steady += 1min;
  CHECK(credentials.renew(second));
  CHECK(authorization(credentials.present(a_minute())) == "Bearer plugged-3");
}

TEST_CASE("many requests wait for one run of the plug-in", "[credentials]") {
  Plugged world;
  Gate running, done;
  const auto respond = world.commands.respond;
  world.commands.respond = [&](const CommandRequest& request) {
    running.open();
    done.pass();
    return respond(request);
  };
  auto credentials = world.credentials();
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        right += authorization(credentials.present(a_minute())) == "Bearer plugged-1" ? 1 : 0;
      });
    CHECK(running.pass());
    done.open();
  }
  CHECK(right == 8);
  CHECK(world.runs == 1);
}

TEST_CASE("a plug-in is a program that gets our environment, its own and the question",
          "[credentials]") {
  const TemporaryDirectory directory;
  const auto program = directory.path() + "/get-token";
  write(program, R"(#!/bin/sh
case $KUBERNETES_EXEC_INFO in *'"interactive":false'*) ;; *) exit 7 ;; esac
[ -n "$HOME" ] || exit 8
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
         "status": {"token": "%s-%s"}}' "$PROFILE" "$2"
)");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  Plugged world;
  world.access.exec->argv[0] = program;
  PosixCommands commands;
  KubernetesCredentials credentials(world.access, commands, {});
  CHECK(authorization(credentials.present(a_minute())) == "Bearer prod-prod");
}

TEST_CASE("a plug-in that fails is named with the first line it said", "[credentials]") {
  Plugged world;
  world.commands.respond = [](const CommandRequest&) {
    return CommandResult{1, 0, "", "\nthe session has expired\nlog in again\n"};
  };
  auto credentials = world.credentials();
  CHECK(failure_of(credentials, reason::configuration) ==
        "exec plug-in get-token of \"dev\" (/home/me/.kube/config): exit code 1: "
        "the session has expired");
  world.commands.respond = [](const CommandRequest&) { return CommandResult{0, 9, "", ""}; };
  CHECK(contains(failure_of(credentials, reason::configuration), "exit code 1"));  // shared
  auto later = a_minute();
  later.fresh_since = std::chrono::steady_clock::now();
  CHECK_THROWS_WITH(credentials.present(later),
                    "exec plug-in get-token of \"dev\" (/home/me/.kube/config): killed by signal "
                    "9, nothing on stderr");
}

TEST_CASE("a plug-in that is not there is named with the hint how to get it", "[credentials]") {
  Plugged world;
  world.commands.respond = [](const CommandRequest&) -> CommandResult {
    throw ClientError(reason::missing_tool, "get-token is not in PATH");
  };
  auto credentials = world.credentials();
  CHECK(contains(failure_of(credentials, reason::missing_tool),
                 "get-token is not in PATH. install it from example.com"));
}

TEST_CASE("what a plug-in prints must be the credential asked for, and is never quoted",
          "[credentials]") {
  const std::vector<std::pair<std::string, std::string>> answers{
      {"secret-token", "the output is not a JSON object"},
      {R"(["secret-token"])", "the output is not a JSON object"},
      {R"({"kind": "Token", "status": {"token": "secret-token"}})",
       "kind is \"Token\", not \"ExecCredential\""},
      {R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1",
           "status": {"token": "secret-token"}})",
       "apiVersion is \"client.authentication.k8s.io/v1beta1\", not "},
      {R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1"})",
       "no status"},
      {R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
           "status": {}})",
       "neither a token nor a client certificate"},
      {R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
           "status": {"token": 17}})",
       "token is not text"},
      {R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
           "status": {"token": "secret-token\nX-Injected: yes"}})",
       "holds a control character"},
      {R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
           "status": {"token": "secret-token", "clientKeyData": "secret-key"}})",
       "must come together"},
      {R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
           "status": {"token": "secret-token", "expirationTimestamp": "tomorrow"}})",
       "expirationTimestamp is no RFC 3339 time"}};
  for (const auto& [printed, wanted] : answers) {
    Plugged world;
    world.print_text(printed);
    auto credentials = world.credentials();
    const auto message = failure_of(credentials, reason::configuration);
    INFO(printed << "\n" << message);
    CHECK(contains(message, "get-token"));
    CHECK(contains(message, wanted));
    CHECK_FALSE(contains(message, "secret"));
  }
}

TEST_CASE("a token in the kubeconfig wins over the plug-in", "[credentials]") {
  Plugged world;
  world.access.token = "static-token";
  auto credentials = world.credentials();
  CHECK(authorization(credentials.present(a_minute())) == "Bearer static-token");
  CHECK(world.runs == 0);
}

TEST_CASE("times are read in the forms that plug-ins print", "[credentials]") {
  const auto wanted = read_rfc3339("2026-11-23T20:13:17Z");
  REQUIRE(wanted);
  CHECK(std::chrono::system_clock::to_time_t(*wanted) == 1795464797);
  CHECK(read_rfc3339("2026-11-23T20:13:17.123456Z") == wanted);
  CHECK(read_rfc3339("2026-11-23T22:13:17+02:00") == wanted);
  CHECK(read_rfc3339("2026-11-23T14:43:17-05:30") == wanted);
  for (const auto* wrong :
       {"", "2026-11-23", "2026-11-23T20:13:17", "2026-13-23T20:13:17Z", "2026-11-23T25:13:17Z",
        "2026-11-23T20:13:17.Z", "2026-11-23T20:13:17 UTC", "2026-11-23T20:13:17+2"})
    CHECK_FALSE(read_rfc3339(wrong).has_value());
}

}  // namespace postflight::test
