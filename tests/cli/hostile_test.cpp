// What the world says may be meant to harm whoever reads of it: it reaches terminals, XML and JSON
// as plain characters, bounded, and nothing that CI systems would carry out.
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"
#include "tests/reports/external.hpp"
#include "tests/support/harmless.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/scripted_server.hpp"

namespace postflight::test {
namespace {

using Json = nlohmann::json;

// A title of the window, a cleared screen, C1 controls raw and as UTF-8, text that turns around,
// the end of a CDATA section, entities, no UTF-8, lines that CI systems carry out, a line of the
// report's own look, and no end.
const std::string venom =
    "\x1b]0;owned\x07\x1b[2J\x1b[31m \x9b"
    "31m \xc2\x9b"
    "31m \xe2\x80\xaegnp.exe ]]> <b a=\"'> & &lt; \xff\xfe\xed\xa0\x80 \xc0\xaf\r"
    "\n::error file=x::owned\n##vso[task.setvariable variable=x]y\n##teamcity[buildStop]"
    "\n\xe2\x88\x9a 8 passed\n" +
    std::string(100'000, 'A');

// The same as a text of JSON: what is no UTF-8 stays so.
std::string json_text(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(code));
      quoted += escape;
    } else {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string utf8_only(std::string text) {
  std::string valid;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length != 0) valid += text.substr(0, length);
    text.erase(0, length == 0 ? 1 : length);
  }
  return valid;
}

// A checklist in a folder of its own, with every report there is.
struct Place {
  std::string file(const std::string& name) const { return folder.path() + "/" + name; }
  Words arguments(const std::string& checklist, const Words& more = {}) const {
    write_file(file("checklist.yaml"), "checklist: hostile\nchecks:\n" + checklist);
    Words words{"run",
                file("checklist.yaml"),
                "-v",
                "--report",
                "json=" + file("report.json"),
                "--report",
                "junit=" + file("report.xml"),
                "--report",
                "text=" + file("report.txt")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  TemporaryDirectory folder;
};

bool is_valid_json_report(const Place& place) {
  return runs(
      "/usr/bin/python3 -W ignore -c 'import json, sys, jsonschema; "
      "jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' " +
      place.file("report.json") + " " + SOURCE_ROOT + "/docs/report.schema.json");
}

bool is_valid_junit_report(const Place& place, const std::string& schema) {
  return runs("xmllint --noout --nonet --schema " + std::string(FIXTURES) + "/xsd/" + schema + " " +
              place.file("report.xml"));
}

// The line that begins so, or empty.
std::string line_with(const std::string& text, const std::string& start) {
  const auto at = text.find(start);
  return at == text.npos ? "" : text.substr(at, 200);
}

// The one check, read from a report that was looked at as closely as its readers do.
Json checked(const Place& place, const Ended& ended) {
  CHECK((ended.exit_code == 1 || ended.exit_code == 2));
  for (const auto& text :
       {ended.output, ended.errors, read_file(place.file("report.json")),
        read_file(place.file("report.xml")), read_file(place.file("report.txt"))}) {
    CHECK(harm_in(text).empty());
    CHECK(text.size() < 100'000);
    for (const auto* command : {"\n::error", "\n##vso", "\n##teamcity"})
      CHECK(line_with(text, command) == "");
  }
  for (const auto& text : {ended.output, ended.errors, read_file(place.file("report.txt"))})
    CHECK(line_with(text, "\n\xe2\x88\x9a 8 passed") == "");
  if (runs("/usr/bin/python3 -c 'import jsonschema'")) CHECK(is_valid_json_report(place));
  if (runs("xmllint --version")) {
    CHECK(is_valid_junit_report(place, "junit-10.xsd"));
    CHECK(is_valid_junit_report(place, "windyroad.xsd"));
  }
  const auto report = Json::parse(read_file(place.file("report.json")));
  REQUIRE(report.at("checks").size() == 1);
  return report.at("checks").at(0);
}

// Answers every request with that.
class Answering {
 public:
  explicit Answering(std::string answer) : answer_(std::move(answer)) {}
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/"; }

 private:
  const std::string answer_;
  ScriptedServer server_{[this](ScriptedServer::Connection& connection) {
    while (!connection.read_request().empty()) connection.write(answer_);
  }};
};

std::string on_one_line(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return text;
}

std::string kubeconfig(const std::string& server) {
  return "clusters: [{name: c, cluster: {server: '" + server +
         "'}}]\nusers: [{name: u, user: {}}]\ncontexts: [{name: x, context: {cluster: c, user: "
         "u}}]\ncurrent-context: x\n";
}

std::string web_check(const std::string& url) {
  return "  - {id: web, title: t, kind: http.response, with: {url: '" + url +
         "', status: [302], header-absent: [X-Mode], body-matches: fine, "
         "redirect: {host: example.com}}}\n";
}

}  // namespace

TEST_CASE("what a web server says harms nobody who reads of it", "[hostile]") {
  const auto header = on_one_line(venom).substr(0, 20'000);
  const Answering server(http_answer(
      venom, "X-Mode: " + header + "\r\nLocation: http://" + header + "\r\n", "302 " + header));
  const Place place;
  const auto check = checked(place, postflight(place.arguments(web_check(server.url()))));
  CHECK(has(check.dump(), "owned"));  // it is told, as characters
}

TEST_CASE("what a web server says harms no terminal", "[hostile]") {
  if (!runs("script --version")) SKIP("script (bsdutils) is not installed");
  const Answering server(
      http_answer(venom, "X-Mode: " + on_one_line(venom).substr(0, 20'000) + "\r\n", "302 Found"));
  const Place place;
  std::string command = program;
  for (const auto& word : place.arguments(web_check(server.url()))) command += " '" + word + "'";
  auto environment = plain_environment();
  environment.push_back("TERM=xterm-256color");
  const auto shown =
      Running({"/usr/bin/script", "-qec", command, "/dev/null"}, environment).end().output;
  REQUIRE(has(shown, "owned"));
  for (const auto* part : {"\x1b]0;", "\x1b[2J", "\x07", "\x9b", "\xe2\x80\xae", "\xff"})
    CHECK_FALSE(has(shown, part));
}

TEST_CASE("what an API server says harms nobody who reads of it", "[hostile]") {
  const auto message = json_text(GENERATE(true, false) ? utf8_only(venom) : venom);
  const auto status = GENERATE("200 OK", "403 Forbidden", "500 Internal Server Error");
  const Answering server(http_answer(
      "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":"
      "\"Failure\",\"message\":" +
          message + ",\"reason\":" + message + ",\"code\":403,\"gitVersion\":" + message + "}",
      "Content-Type: application/json\r\n", status));
  const Place place;
  write_file(place.file("config"), kubeconfig(server.url()));
  for (const std::string kind :
       {"k8s.api-ready", "k8s.service-endpoints, with: {namespace: n, service: s, ready: 1}",
        "k8s.pod-logs, with: {namespace: n, workload: deployment/d, rules: [{name: r, "
        "must-appear: x}]}"}) {
    CAPTURE(kind);
    const auto ended = postflight(place.arguments("  - {id: api, title: t, kind: " + kind + "}\n",
                                                  {"--kubeconfig", place.file("config")}));
    if (ended.exit_code == 0) continue;  // a server that says "200 OK" to /readyz is ready
    checked(place, ended);
  }
}

TEST_CASE("what a program prints harms nobody who reads of it", "[hostile]") {
  const Place place;
  const auto message = json_text(GENERATE(true, false) ? utf8_only(venom) : venom);
  write_file(place.file("words"), venom);
  write_file(place.file("lines"),
             "{\"@level\":\"error\",\"@message\":" + message +
                 ",\"type\":\"diagnostic\",\"diagnostic\":{\"severity\":\"error\",\"summary\":" +
                 message + ",\"detail\":" + message + "}}\n");
  write_file(place.file("plan"), "#!/bin/sh\ncat '" + place.file("words") + "' >&2\ncat '" +
                                     place.file("lines") + "'\nexit 1\n");
  ::chmod(place.file("plan").c_str(), 0755);
  const auto check = checked(
      place, postflight(place.arguments("  - {id: plan, title: t, kind: terraform.plan-clean, "
                                        "with: {argv: ['" +
                                        place.file("plan") + "'], directory: '" +
                                        place.folder.path() + "'}}\n")));
  CHECK(check.at("status") == "errored");
}

TEST_CASE("what a database holds harms nobody who reads of it", "[hostile]") {
  if (!PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
  const PostgresServer server;
  std::string hexadecimal;
  for (const char c : utf8_only(venom)) {
    const auto code = static_cast<unsigned char>(c);
    hexadecimal += "0123456789abcdef"[code >> 4];
    hexadecimal += "0123456789abcdef"[code & 15];
  }
  server.execute("CREATE TABLE words AS SELECT convert_from('\\x" + hexadecimal +
                 "'::bytea, 'UTF8') AS word FROM generate_series(1, 50)");
  const Place place;
  const auto check = checked(
      place, postflight(place.arguments(
                 "  - {id: rows, title: t, kind: postgres.query, with: {url: '" + server.url() +
                 "', sql: SELECT word FROM words, expect: [{column: word, equals: x}]}}\n")));
  CHECK(check.at("status") == "failed");
}

}  // namespace postflight::test
