// A canary stands in every place that a secret can come from, servers and programs repeat it in
// every way they know, and nothing that the program writes may hold it.
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cctype>
#include <filesystem>

#include "cli/own_secrets.hpp"
#include "clients/base64.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/test_authority.hpp"

namespace postflight::test {
namespace {

// Its letters stay as they are in every escape, so that what leaks is found by them.
const std::string letters = "CanaryQ7zX9";

std::string hexadecimal(const std::string& text) {
  std::string digits;
  for (const char letter : text)
    (digits += "0123456789abcdef"[letter >> 4]) += "0123456789abcdef"[letter & 15];
  return digits;
}

std::string percent_encoded(const std::string& text) {
  std::string encoded;
  for (const char c : text)
    encoded += std::isalnum(static_cast<unsigned char>(c)) != 0
                   ? std::string(1, c)
                   : "%" + hexadecimal(std::string(1, c));
  return encoded;
}

std::string escaped(const std::string& text) {
  std::string json;
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json;
}

std::string xml(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  return escaped;
}

// All that a leak would look like: the letters, cut to half, and their base64 and hexadecimal.
bool leaks(const std::string& text) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (has(lower, "canaryq")) return true;
  if (has(lower, hexadecimal("CanaryQ").substr(0, 14))) return true;
  for (const std::string before : {"", "x", "xx"}) {
    const auto encoded = base64_encoded(before + letters);
    if (has(text, encoded.substr(before.empty() ? 0 : 4, 8))) return true;
  }
  return false;
}

// Whatever a server gets, it says again, in many ways and cut nowhere.
std::string repeated(const std::string& secret) {
  return "saw " + secret + " in base64 " + base64_encoded("user:" + secret) + " url " +
         percent_encoded(secret) + " xml " + xml(secret) + " json " + escaped(secret) + " hex " +
         hexadecimal(secret);
}

std::string status_of_kubernetes(const std::string& message) {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")" +
         escaped(escaped(message)) + R"(","reason":"Unauthorized","code":401})";
}

// Answers every request with its own header lines and the secret.
class Parrot {
 public:
  explicit Parrot(std::string secret, std::string status = "401 Unauthorized")
      : secret_(std::move(secret)), status_(std::move(status)) {}
  int port() const { return server_.port(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }

 private:
  void answer(ScriptedServer::Connection& connection) const {
    for (;;) {
      auto request = connection.read_request();
      if (request.empty()) return;
      std::erase(request, '\r');
      for (auto& c : request)
        if (c == '\n') c = ' ';
      connection.write(http_answer(status_of_kubernetes(repeated(secret_) + " " + request),
                                   "X-Seen: " + secret_ + "\r\nSet-Cookie: s=" + secret_ +
                                       "\r\nLocation: /login?token=" + percent_encoded(secret_) +
                                       "\r\n",
                                   status_));
    }
  }
  const std::string secret_, status_;
  ScriptedServer server_{[this](auto& connection) { answer(connection); }};
};

// Runs a checklist with every report there is, in a folder of its own.
class Place {
 public:
  std::string file(const std::string& name) const { return folder_.path() + "/" + name; }
  void write(const std::string& name, const std::string& text) {
    write_file(file(name), text);
    inputs_.push_back(name);
  }
  void write_program(const std::string& name, const std::string& script) {
    write(name, "#!/bin/sh\n" + script);
    ::chmod(file(name).c_str(), 0755);
  }

  Ended run(const std::string& checklist, Words more = {}, Words environment = {}) {
    write("checklist.yaml", checklist);
    Words words{"run",
                file("checklist.yaml"),
                "-v",
                "--report",
                "json=" + file("report.json"),
                "--report",
                "junit=" + file("report.xml"),
                "--report",
                "text=" + file("report.txt")};
    words.insert(words.end(), {"--record", file("recording")});
    words.insert(words.end(), more.begin(), more.end());
    auto whole = plain_environment();
    whole.push_back("TMPDIR=" + folder_.path());
    whole.insert(whole.end(), environment.begin(), environment.end());
    return postflight(words, whole);
  }

  // What a replay of the recording says, when one was written.
  std::string replayed() const {
    std::string all;
    for (const std::string format : {"json", "junit", "text"}) {
      const auto ended = postflight(
          {"run", file("checklist.yaml"), "-v", "--replay", file("recording"), "-o", format});
      all += ended.output + ended.errors;
    }
    return all;
  }

  // Everything that was written, but for what the test wrote itself.
  std::string everything(const Ended& ended) const {
    auto all = ended.output + ended.errors;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      const auto name = entry.path().filename().string();
      if (entry.is_regular_file() && std::ranges::find(inputs_, name) == inputs_.end())
        all += "\n== " + name + "\n" + read_file(entry.path().string());
    }
    return all;
  }

 private:
  TemporaryDirectory folder_;
  Words inputs_;
};

void check_no_leak(const Place& place, const Ended& ended) {
  const auto all = place.everything(ended);
  INFO(all);
  CHECK(!leaks(all));
  CHECK(has(all, "[secret]"));  // it was there, and was taken out
  CHECK(has(read_file(place.file("report.json")), "postflight.report/v1"));
  CHECK(has(read_file(place.file("recording/recording.json")), "postflight.recording/v1"));
  const auto replayed = place.replayed();
  INFO(replayed);
  CHECK(!leaks(replayed));
  CHECK(has(replayed, "postflight.report/v1"));
}

std::string kubeconfig(const std::string& server, const std::string& user,
                       const std::string& cluster = "") {
  return "clusters: [{name: c, cluster: {server: '" + server + "'" + cluster +
         "}}]\nusers: [{name: u, user: {" + user +
         "}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n";
}

constexpr const char* api_checklist =
    "checklist: secrets\nchecks:\n  - {id: api, title: the API is ready, kind: k8s.api-ready}\n";

const std::string awkward = letters + "/b+c&d<e='f";  // fit for a header

Ended run_kubernetes(Place& place, const std::string& user, const std::string& secret,
                     const std::string& cluster = "") {
  const Parrot server(secret);
  place.write("config", kubeconfig(server.url(), user, cluster));
  return place.run(api_checklist, {"--kubeconfig", place.file("config")});
}

}  // namespace

TEST_CASE("a leak would be seen by these tests", "[secrets]") {
  for (const auto& leak :
       {awkward, base64_encoded("u:" + awkward), base64_encoded(awkward), percent_encoded(awkward),
        xml(awkward), hexadecimal(awkward), std::string("canaryq7 in part")})
    CHECK(leaks("x " + leak + " y"));
  CHECK(!leaks("x [secret] y"));
}

TEST_CASE("no token or password of a kubeconfig is written", "[secrets]") {
  Place place;
  SECTION("token") {
    check_no_leak(place, run_kubernetes(place, "token: \"" + awkward + "\"", awkward));
  }
  SECTION("tokenFile") {
    place.write("token", awkward + "\n");
    check_no_leak(place, run_kubernetes(place, "tokenFile: token", awkward));
  }
  SECTION("password") {
    check_no_leak(place,
                  run_kubernetes(place, "username: me, password: \"" + awkward + "\"", awkward));
  }
  SECTION("proxy-url") {
    const Parrot proxy(awkward);
    const auto url =
        "http://me:" + percent_encoded(awkward) + "@127.0.0.1:" + std::to_string(proxy.port());
    check_no_leak(
        place, run_kubernetes(place, "token: other-token", awkward, ", proxy-url: '" + url + "'"));
  }
  SECTION("client-key-data, a line of it and half of one") {
    const auto identity = TestAuthority().issue({.common_name = "me"});
    const auto& key = identity.key_pem;
    const auto begin = key.find('\n') + 1;
    const auto line = key.substr(begin, key.find('\n', begin) - begin);
    const Parrot server(line);
    place.write("config",
                kubeconfig(server.url(),
                           "client-certificate-data: " + base64_encoded(identity.certificate_pem) +
                               ", client-key-data: " + base64_encoded(key)));
    const auto ended = place.run(api_checklist, {"--kubeconfig", place.file("config")});
    const auto all = place.everything(ended);
    INFO(all);
    CHECK(has(all, "[secret]"));
    CHECK(!has(all, line.substr(0, 20)));
  }
}

TEST_CASE("no credential of an exec plug-in is written", "[secrets]") {
  Place place;
  const std::string plugin =
      ", interactiveMode: Never, apiVersion: client.authentication.k8s.io/v1";
  SECTION("its token") {
    place.write_program("plugin",
                        "echo '{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"kind\": "
                        "\"ExecCredential\", \"status\": {\"token\": \"" +
                            letters + "/b+c&d<e\"}}'\n");
    check_no_leak(place, run_kubernetes(place, "exec: {command: ./plugin" + plugin + "}",
                                        letters + "/b+c&d<e"));
  }
  SECTION("a variable and an argument of it, which it repeats when it fails") {
    place.write_program("plugin", "echo \"denied: $ACCOUNT_PASSWORD $2 $3\" >&2; exit 1\n");
    check_no_leak(place, run_kubernetes(place,
                                        "exec: {command: ./plugin, args: [login, --token=" +
                                            letters + "one, --client-secret, " + letters +
                                            "two], env: [{name: ACCOUNT_PASSWORD, value: \"" +
                                            awkward + "\"}]" + plugin + "}",
                                        "nothing"));
  }
  SECTION("a variable of our environment that it repeats when it fails") {
    const Parrot server("nothing");
    place.write_program("plugin", "echo \"denied: $VAULT_TOKEN at $HUB\" >&2; exit 1\n");
    place.write("config", kubeconfig(server.url(), "exec: {command: ./plugin" + plugin + "}"));
    check_no_leak(place, place.run(api_checklist, {"--kubeconfig", place.file("config")},
                                   {"VAULT_TOKEN=" + awkward,
                                    "HUB=https://me:" + letters + "hub@hub.example.com/"}));
  }
  SECTION("an answer of it that is wrong") {
    place.write_program("plugin",
                        "echo '{\"kind\": \"" + std::string(70, 'k') + awkward + "\"}'; exit 0\n");
    const Parrot server("nothing");
    place.write("config", kubeconfig(server.url(), "exec: {command: ./plugin" + plugin + "}"));
    const auto ended = place.run(api_checklist, {"--kubeconfig", place.file("config")});
    CHECK(!leaks(place.everything(ended)));
  }
}

TEST_CASE("no value of a secret variable is written, wherever it comes from", "[secrets]") {
  Place place;
  const auto secret = awkward + "\"g\\h";
  const Parrot web(secret, "200 OK");
  place.write("value", secret + "\n");
  place.write("vars.yaml", "from_vars: |\n  " + secret + "\n");
  place.write("default", secret);
  const auto variables = [&](const std::string& declaration) {
    return "checklist: secrets\nvars:\n  used: {secret: true, " + declaration +
           "}\nchecks:\n  - id: web\n    title: the web says ${used}\n    kind: http.response\n"
           "    hint: Log in with ${used}.\n    with: {url: '" +
           web.url() + "/', body-matches: nowhere-in-it, headers: {X-Plain: '${used}'}}\n";
  };
  SECTION("--set") {
    check_no_leak(place, place.run(variables("required: true"), {"--set", "used=" + secret}));
  }
  SECTION("--vars") {
    place.write("vars.yaml", "used: '" + awkward.substr(0, awkward.find('\'')) + "'\n");
    check_no_leak(place,
                  place.run(variables("required: true"), {"--vars", place.file("vars.yaml")}));
  }
  SECTION("the environment") {
    check_no_leak(place, place.run(variables("env: PLAIN_NAME"), {}, {"PLAIN_NAME=" + secret}));
  }
  SECTION("a file") { check_no_leak(place, place.run(variables("file: " + place.file("value")))); }
  SECTION("its default") {
    auto quoted = secret;
    quoted.insert(quoted.find('\''), "'");
    check_no_leak(place, place.run(variables("default: '" + quoted + "'")));
  }
  SECTION("given in the wrong place") {
    place.write("checklist.yaml",
                "checklist: secrets\nvars:\n  used: {secret: true, required: true}\n"
                "checks:\n  - {id: web, title: t, kind: http.response, with: {url: '${used}'}}\n");
    const auto ended =
        postflight({"lint", place.file("checklist.yaml"), "--set", "used=" + secret});
    CHECK(ended.exit_code == 3);
    INFO(ended.errors);
    CHECK(has(ended.errors, "[secret]"));
    CHECK(!leaks(ended.output + ended.errors));
  }
}

TEST_CASE("a secret that was written where none belongs is not repeated", "[secrets]") {
  Place place;
  const auto checklist = [](const std::string& need) {
    return "checklist: secrets\nvars:\n  used: {secret: true, required: true}\nchecks:\n"
           "  - id: web\n    title: t\n    kind: http.response\n" +
           need + "    with: {url: 'https://127.0.0.1/', headers: {X-Plain: '${used}'}}\n";
  };
  const auto lint = [&](const std::string& command, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{command, place.file("checklist.yaml")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto ended = postflight(arguments);
    INFO(ended.errors);
    CHECK(ended.exit_code == 3);
    CHECK(!leaks(ended.output + ended.errors));
    return ended.errors;
  };
  SECTION("as what a check needs") {
    place.write("checklist.yaml", checklist("    needs: ['${used}']\n"));
    for (const auto* command : {"lint", "list", "run"})
      CHECK(has(lint(command, {"--set", "used=" + letters}), "checklist.yaml:8:"));
  }
  SECTION("without the quotes that its exclamation mark asks for") {
    place.write("checklist.yaml", checklist(""));
    for (const std::string mark : {"!", "!!", "!<", "!x!"}) {
      place.write("vars.yaml", "used: " + mark + letters + (mark == "!<" ? ">" : "") + "\n");
      CHECK(has(lint("lint", {"--vars", place.file("vars.yaml")}), "vars.yaml:1:"));
    }
  }
  SECTION("without an equals sign behind the variable") {
    place.write("checklist.yaml", checklist(""));
    CHECK(has(lint("lint", {"--set", "used:" + letters}), "--set 'used'"));
  }
}

TEST_CASE("no header or query value that is a secret by its name is written", "[secrets]") {
  Place place;
  const Parrot web(awkward, "200 OK");
  const auto run = [&](const std::string& settings) {
    return place.run(
        "checklist: secrets\nchecks:\n  - {id: web, title: t, kind: http.response, "
        "with: {body-matches: nowhere-in-it, header-matches: {X-Seen: nothing}, " +
        settings + "}}\n");
  };
  const auto url = "url: '" + web.url() + "/'";
  const auto quoted = "\"" + awkward + "\"";
  SECTION("Authorization") {
    check_no_leak(place, run(url + ", headers: {Authorization: \"Bearer " + awkward + "\"}"));
  }
  SECTION("Basic authorization") {
    check_no_leak(place, run(url + ", headers: {Authorization: \"Basic " +
                             base64_encoded("me:" + awkward) + "\"}"));
  }
  SECTION("X-Api-Key") {
    check_no_leak(place, run(url + ", headers: {X-Api-Key: " + quoted + "}"));
  }
  SECTION("Cookie") {
    const auto value = awkward.substr(0, awkward.find('='));
    check_no_leak(place, run(url + ", headers: {Cookie: \"a=b; session=" + value + "\"}"));
  }
  SECTION("a query value") {
    check_no_leak(place,
                  run("url: '" + web.url() + "/?access_token=" + percent_encoded(awkward) + "'"));
  }
}

TEST_CASE("no password of a database is written", "[secrets]") {
  if (!PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
  const PostgresServer server;
  const auto secret = letters + "/b+c&d";
  server.execute("CREATE ROLE reader LOGIN PASSWORD '" + secret + "'");
  server.execute("CREATE TABLE noticed AS SELECT '" + repeated(secret) + "'::text AS words");
  server.execute("GRANT SELECT ON noticed TO reader");
  Place place;
  const auto run = [&](const std::string& place_settings, const Words& environment = {}) {
    return place.run(
        "checklist: secrets\nchecks:\n  - {id: rows, title: t, kind: postgres.query, "
        "with: {" +
            place_settings +
            ", sql: SELECT words FROM noticed, expect: [{column: words, equals: x}]}}\n",
        {}, environment);
  };
  const auto host = "127.0.0.1:" + std::to_string(server.port()) + "/postgres";
  const auto words =
      "host=127.0.0.1 dbname=postgres user=reader port=" + std::to_string(server.port());
  SECTION("in the URL") {
    check_no_leak(place,
                  run("url: 'postgresql://reader:" + percent_encoded(secret) + "@" + host + "'"));
  }
  SECTION("in the URL's query") {
    check_no_leak(place, run("url: 'postgresql://reader@" + host +
                             "?password=" + percent_encoded(secret) + "'"));
  }
  SECTION("as a keyword") {
    check_no_leak(place, run("url: \"" + words + " password='" + secret + "'\""));
  }
  SECTION("from PGPASSWORD") {
    check_no_leak(place, run("url: '" + words + "'", {"PGPASSWORD=" + secret}));
  }
  SECTION("from a password file of libpq") {
    place.write("pgpass", "# mine\n127.0.0.1:*:*:reader:" + secret + "\n");
    ::chmod(place.file("pgpass").c_str(), 0600);
    check_no_leak(place, run("url: '" + words + "'", {"PGPASSFILE=" + place.file("pgpass")}));
  }
  SECTION("from the file of the setting") {
    place.write("password", secret + "\n");
    check_no_leak(place,
                  run("url: '" + words + "', password-file: '" + place.file("password") + "'"));
  }
  SECTION("that libpq cannot read in its URL") {
    const auto ended = run("url: 'postgresql://reader:" + secret + "@" + host + "'");
    CHECK(ended.exit_code == 2);
    CHECK(!leaks(place.everything(ended)));
  }
}

TEST_CASE("credentials of URLs are taken out of the process's arguments", "[secrets]") {
  std::vector<std::string> words{"postflight",
                                 "run",
                                 "prometheus=https://reader:" + letters + "@example.com/a@b",
                                 "prometheus=http://" + letters + "@example.com",
                                 "prometheus=http://u:p@" + letters + "@example.com?x",
                                 "http://example.com/a@b"};
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  const auto given = words;
  CHECK(take_arguments(static_cast<int>(argv.size()), argv.data()) == given);
  for (const auto& word : words) CHECK(!leaks(word));
  CHECK(words[2].ends_with("*@example.com/a@b"));
  CHECK(words[5] == given[5]);
}

TEST_CASE("no process list shows a secret, and no program that is started says one", "[secrets]") {
  Place place;
  place.write_program("plan",
                      "tr '\\0' '\\n' </proc/$PPID/cmdline >parent-arguments\n"
                      "tr '\\0' '\\n' </proc/$$/cmdline >own-arguments\n"
                      "env >environment\n"
                      "echo \"{\\\"@level\\\":\\\"error\\\",\\\"type\\\":\\\"diagnostic\\\","
                      "\\\"diagnostic\\\":{\\\"severity\\\":\\\"error\\\",\\\"summary\\\":"
                      "\\\"bad login $TF_VAR_db_password $HIDDEN $CLOUD_API_KEY\\\"}}\"\n"
                      "echo \"$TF_VAR_db_password\" >&2\nexit 1\n");
  const auto folder = std::filesystem::path(place.file("plan")).parent_path().string();
  const auto checklist =
      "checklist: secrets\nvars:\n  password: {secret: true, required: true}\n"
      "  other: {secret: true, env: MY_OWN_SECRET}\n"
      "checks:\n  - id: plan\n    title: t\n    kind: terraform.plan-clean\n"
      "    with: {directory: '" +
      folder + "', argv: ['" + place.file("plan") +
      "'], environment: {HIDDEN: '${password}', CLOUD_API_KEY: " + letters + "key}}\n";
  const auto ended =
      place.run(checklist, {"--set", "password=" + awkward, "--set=other=" + letters},
                {"TF_VAR_db_password=" + letters + "var", "MY_OWN_SECRET=" + letters + "own",
                 "UNRELATED_TOKEN=" + letters + "unrelated"});
  CHECK(ended.exit_code == 2);
  CHECK(!leaks(read_file(folder + "/parent-arguments")));
  CHECK(has(read_file(folder + "/parent-arguments"), "password=***"));
  CHECK(!leaks(read_file(folder + "/own-arguments")));
  const auto environment = read_file(folder + "/environment");
  CHECK(has(environment, "HIDDEN=" + letters));  // the program gets what is meant for it
  CHECK(!has(environment, "MY_OWN_SECRET"));
  CHECK(!has(environment, "UNRELATED_TOKEN"));
  std::filesystem::remove(folder + "/environment");
  check_no_leak(place, ended);
}

TEST_CASE("a secret in the arguments of a program is a mistake of the checklist", "[secrets]") {
  Place place;
  place.write("checklist.yaml",
              "checklist: secrets\nvars:\n  password: {secret: true, default: " + letters +
                  "}\nchecks:\n  - id: plan\n    title: t\n    kind: terraform.plan-clean\n"
                  "    with: {directory: /tmp, plan-arguments: ['-var=password=${password}']}\n");
  const auto ended = postflight({"lint", place.file("checklist.yaml")});
  CHECK(ended.exit_code == 3);
  INFO(ended.errors);
  CHECK(has(ended.errors, "checklist.yaml:8:"));
  CHECK(has(ended.errors, "every user of the machine can read"));
  CHECK(!leaks(ended.errors));
}

TEST_CASE("a core file is not written and a crash says no secret", "[secrets]") {
  Place place;
  place.write_program("plan", "grep 'core file' /proc/$PPID/limits >limits; exit 1\n");
  const auto folder = std::filesystem::path(place.file("plan")).parent_path().string();
  place.run(
      "checklist: c\nchecks:\n  - {id: plan, title: t, kind: terraform.plan-clean, with: "
      "{directory: '" +
      folder + "', argv: ['" + place.file("plan") + "']}}\n");
  const auto limits = read_file(folder + "/limits");
  INFO(limits);
  CHECK(has(limits, "Max core file size        0 "));
}

}  // namespace postflight::test
