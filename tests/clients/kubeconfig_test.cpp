#include "clients/kubeconfig.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "clients/base64.hpp"
#include "clients/config_node.hpp"
#include "clients/connect_kubernetes.hpp"
#include "tests/support/recorded_clients.hpp"
#include "tests/support/scripted_api.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::test {
namespace {

using Environment = std::map<std::string, std::string>;
const std::string folder = std::string(FIXTURES) + "/kubeconfig";

KubeconfigOptions options_in(const Environment& environment) {
  KubeconfigOptions options;
  options.environment = [environment](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  return options;
}

KubernetesAccess access_of(const std::string& file, const std::string& context = "") {
  auto options = options_in({});
  options.path = folder + "/" + file;
  options.context = context;
  return find_kubernetes(options);
}

// What finding and connecting says; empty when it works.
std::string mistake_in(const KubeconfigOptions& options) {
  ScriptedHttp http;
  RecordedCommands commands;
  try {
    connect_kubernetes({options, {}}, http, commands);
    return "";
  } catch (const KubeconfigError& e) {
    CHECK(e.reason() == reason::configuration);
    return e.what();
  }
}

void write(const std::string& file, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  std::ofstream(file) << text;
}

const std::string pem =
    "-----BEGIN CERTIFICATE-----\nYSBjZXJ0aWZpY2F0ZSBmb3IgdGVzdHM=\n-----END CERTIFICATE-----\n";

}  // namespace

TEST_CASE("every wrong kubeconfig is refused with its place and what is wrong", "[kubeconfig]") {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("invalid-"))
      files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 40);
  for (const auto& file : files) {
    std::ifstream stream(file);
    std::string wanted;
    std::getline(stream, wanted);
    REQUIRE(wanted.starts_with("# wanted: "));
    wanted = wanted.substr(10);
    if (const auto at = wanted.find("FOLDER"); at != std::string::npos)
      wanted.replace(at, 6, folder);
    auto options = options_in({});
    options.path = file;
    const auto message = mistake_in(options);
    INFO(file << "\nsays: " << message);
    CHECK(contains(message, wanted));
    const bool names_a_file = contains(message, file) || contains(message, folder + "/");
    CHECK(names_a_file);
    CHECK_FALSE(contains(message, "hush"));
  }
}

TEST_CASE("current-context decides unless a context is asked for", "[kubeconfig]") {
  const auto current = access_of("all.yaml");
  CHECK(current.token == "static-token-1");
  CHECK(current.name_space == "authentik");
  CHECK(current.user == "token");
  CHECK(access_of("all.yaml", "impersonating").token == "static-token-2");
}

TEST_CASE("a context that is not there is refused, naming those that are", "[kubeconfig]") {
  auto options = options_in({});
  options.path = folder + "/all.yaml";
  options.context = "prod";
  const auto message = mistake_in(options);
  CHECK(contains(message, "all.yaml: no context \"prod\"; there are: anonymous, basic, "));
  CHECK(contains(message, "token-file"));
}

TEST_CASE("what a cluster says is read, its files relative to the kubeconfig", "[kubeconfig]") {
  const auto access = access_of("all.yaml", "token");
  CHECK(access.server == "https://kubernetes.example.com:6443");
  CHECK(access.tls.ca_pem == pem);
  CHECK(access.tls.server_name == "kubernetes.default");
  CHECK(access.tls.verify);
  CHECK(access.proxy == "http://user:proxy-password@proxy.example.com:3128");

  const auto data = access_of("all.yaml", "basic");
  CHECK(data.server == "https://rancher.example.com/k8s/clusters/c-1");
  CHECK(data.tls.ca_pem == pem);

  const auto insecure = access_of("all.yaml", "anonymous");
  CHECK_FALSE(insecure.tls.verify);
  CHECK(insecure.user.empty());
  CHECK(insecure.token.empty());
}

TEST_CASE("every kind of credential is read", "[kubeconfig]") {
  CHECK(access_of("all.yaml", "token-file").token_file == folder + "/token");

  const auto files = access_of("all.yaml", "certificate-files");
  CHECK(contains(files.tls.certificate_pem, "b3VyIGNlcnQ"));
  CHECK(contains(files.tls.key_pem, "BEGIN PRIVATE KEY"));

  const auto data = access_of("all.yaml", "certificate-data");
  CHECK(data.tls.certificate_pem == pem);
  CHECK(data.tls.key_pem == files.tls.key_pem);

  const auto basic = access_of("all.yaml", "basic");
  CHECK(basic.username == "admin");
  CHECK(basic.password == "0123");

  const auto user = access_of("all.yaml", "impersonating").impersonate;
  CHECK(user.user == "jane");
  CHECK(user.uid == "17");
  CHECK(user.groups == std::vector<std::string>{"developers", "testers"});
  REQUIRE(user.extra.size() == 2);
  CHECK(user.extra[1] == std::pair<std::string, std::string>("example.com/reason", "check"));
}

TEST_CASE("an exec plug-in is read, a relative command relative to the kubeconfig",
          "[kubeconfig]") {
  const auto exec = access_of("all.yaml", "exec").exec;
  REQUIRE(exec);
  CHECK(exec->api_version == "client.authentication.k8s.io/v1");
  CHECK(exec->argv == std::vector<std::string>{folder + "/./bin/get-token", "--cluster", "prod"});
  REQUIRE(exec->environment.size() == 1);
  CHECK(exec->environment[0] == std::pair<std::string, std::string>("PROFILE", "prod"));
  CHECK(exec->provide_cluster_info);
  CHECK(exec->install_hint == "get-token comes with the tools");
  CHECK(exec->cluster_config ==
        R"({"audience":"6443","depth":2,"list":["a",null],"name":"plain","on":true})");
  // A bare name is for PATH.
  CHECK(access_of("all.yaml", "exec-beta").exec->argv == std::vector<std::string>{"get-token"});
}

TEST_CASE("a JSON kubeconfig is read too", "[kubeconfig]") {
  const auto access = access_of("config.json");
  CHECK(access.server == "https://json.example.com");
  CHECK(access.token == "json-token");
}

TEST_CASE("of several kubeconfigs the first that defines a name wins", "[kubeconfig]") {
  const auto first = folder + "/merge-first.yaml", second = folder + "/merge-second.yaml";
  const auto access = find_kubernetes(options_in({{"KUBECONFIG", first + ":" + second}}));
  CHECK(access.server == "https://first.example.com");
  CHECK(access.token == "second-token");
  CHECK(find_kubernetes(options_in({{"KUBECONFIG", second + ":" + first}})).server ==
        "https://second.example.com");
}

TEST_CASE("missing files in KUBECONFIG are skipped, unless all are missing", "[kubeconfig]") {
  const auto list = "/nonexistent/a::" + folder + "/config.json:/nonexistent/b";
  CHECK(find_kubernetes(options_in({{"KUBECONFIG", list}})).token == "json-token");
  CHECK(mistake_in(options_in({{"KUBECONFIG", "/nonexistent/a:/nonexistent/b"}})) ==
        "KUBECONFIG=/nonexistent/a:/nonexistent/b: no such file");
}

TEST_CASE("an explicit kubeconfig is read alone and must exist", "[kubeconfig]") {
  auto options = options_in({{"KUBECONFIG", folder + "/config.json"}});
  options.path = folder + "/all.yaml";
  CHECK(find_kubernetes(options).token == "static-token-1");
  options.path = "/nonexistent/config";
  CHECK(mistake_in(options) == "kubeconfig /nonexistent/config: no such file");
  options.path = folder;
  CHECK(mistake_in(options) == "kubeconfig " + folder + ": is a directory, not a file");
}

TEST_CASE("a file is read up to 16 MiB, and takes the memory that it needs", "[kubeconfig]") {
  const TemporaryDirectory directory;
  const auto file = directory.path() + "/ca.crt";
  write(file, pem);
  CHECK(read_config_file("certificate authority", file) == pem);
  CHECK(read_config_file("certificate authority", file).capacity() < 1u << 20);
  const std::string largest(16u << 20, 'x');
  write(file, largest);
  CHECK(read_config_file("certificate authority", file) == largest);
  write(file, largest + "x");
  CHECK_THROWS_WITH(read_config_file("certificate authority", file),
                    "certificate authority " + file + ": is larger than 16 MiB");
}

TEST_CASE("without a kubeconfig in sight it says where it looked", "[kubeconfig]") {
  const auto message = mistake_in(options_in({{"HOME", "/nonexistent"}}));
  CHECK(contains(message, "there is no /nonexistent/.kube/config, KUBECONFIG is not set"));
}

TEST_CASE("a pod uses its service account", "[kubeconfig]") {
  const TemporaryDirectory directory;
  write(directory.path() + "/token", "pod-token\n");
  write(directory.path() + "/ca.crt", pem);
  write(directory.path() + "/namespace", "checks");
  auto options = options_in({{"HOME", "/nonexistent"},
                             {"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                             {"KUBERNETES_SERVICE_PORT", "443"}});
  options.service_account_directory = directory.path();
  const auto access = find_kubernetes(options);
  CHECK(access.server == "https://10.0.0.1:443");
  CHECK(access.token_file == directory.path() + "/token");
  CHECK(access.tls.ca_pem == pem);
  CHECK(access.name_space == "checks");

  SECTION("an IPv6 address stands in brackets") {
    auto ipv6 = options_in({{"HOME", "/nonexistent"},
                            {"KUBERNETES_SERVICE_HOST", "fd00::1"},
                            {"KUBERNETES_SERVICE_PORT", "6443"}});
    ipv6.service_account_directory = directory.path();
    CHECK(find_kubernetes(ipv6).server == "https://[fd00::1]:6443");
  }
  SECTION("a context means nothing there") {
    options.context = "prod";
    CHECK(contains(mistake_in(options), "no context \"prod\": there is no kubeconfig"));
  }
  SECTION("a missing token is said") {
    std::filesystem::remove(directory.path() + "/token");
    CHECK(contains(mistake_in(options), "no service account token in " + directory.path()));
  }
  SECTION("a missing certificate authority is said") {
    std::filesystem::remove(directory.path() + "/ca.crt");
    CHECK(contains(mistake_in(options), directory.path() + "/ca.crt: no such file"));
  }
}

TEST_CASE("a kubeconfig in the home folder comes before the pod, an empty one does not",
          "[kubeconfig]") {
  const TemporaryDirectory home;
  write(home.path() + "/token", "pod-token");
  write(home.path() + "/ca.crt", pem);
  auto options = options_in({{"HOME", home.path()},
                             {"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                             {"KUBERNETES_SERVICE_PORT", "443"}});
  options.service_account_directory = home.path();
  write(home.path() + "/.kube/config", fixture("kubeconfig/config.json"));
  CHECK(find_kubernetes(options).token == "json-token");
  write(home.path() + "/.kube/config", "");
  CHECK(find_kubernetes(options).server == "https://10.0.0.1:443");
}

TEST_CASE("connecting asks nobody and tells every secret", "[kubeconfig]") {
  ScriptedHttp http;
  RecordedCommands commands;
  std::vector<std::string> secrets;
  for (const auto* context : {"token", "token-file", "basic", "certificate-files"}) {
    auto options = options_in({});
    options.path = folder + "/all.yaml";
    options.context = context;
    const auto kubernetes = connect_kubernetes(
        {options, [&](std::string_view secret) { secrets.emplace_back(secret); }}, http, commands);
    CHECK(kubernetes->server().starts_with("https://"));
  }
  CHECK(http.asked().empty());
  const auto told = [&](const std::string& secret) {
    return std::any_of(secrets.begin(), secrets.end(),
                       [&](const auto& one) { return contains(one, secret); });
  };
  CHECK(told("static-token-1"));
  CHECK(told("token-from-a-file"));
  CHECK(told("0123"));
  CHECK(told("PRIVATE KEY"));
  CHECK(told("proxy-password"));
}

TEST_CASE("base64 is read with line ends and refused when it is broken", "[kubeconfig]") {
  for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xffz~\x7f"})
    CHECK(base64_decoded(base64_encoded(text)) == text);
  CHECK(base64_encoded("light work") == "bGlnaHQgd29yaw==");
  CHECK(base64_decoded("bGln\n aHQgd29yaw==\r\n") == "light work");
  for (const auto* wrong : {"a", "abc", "ab=c", "ab==cd", "a===", "ab!="})
    CHECK_FALSE(base64_decoded(wrong).has_value());
}

}  // namespace postflight::test
