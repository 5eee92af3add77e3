// Shards of a run and what joins them, as an Indexed Job starts them, on checks that need no
// cluster.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"
#include "tests/support/scripted_server.hpp"

namespace postflight::test {
namespace {

constexpr int count = 11;

// Ten checks after one that all of them need; the seventh fails.
std::string checklist(int port) {
  std::string text = "checklist: many\nvars: {unused: {default: \"0\", about: x}}\nchecks:\n";
  for (int i = 0; i < count; ++i) {
    const auto id = std::to_string(i);
    text += "  - id: web-" + id + "\n    title: page " + id + " is there\n" +
            "    kind: http.response\n" + (i == 0 ? "" : "    needs: [web-0]\n") +
            "    with: {url: \"http://127.0.0.1:" + std::to_string(port) + "/" + id +
            "\", status: [200]}\n";
  }
  return text;
}

class Shards {
 public:
  Shards() { write_file(file("many.yaml"), checklist(server_.port())); }

  std::string file(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string report(int index) const { return file("shard-" + std::to_string(index) + ".json"); }

  Ended run(const Words& more) const {
    Words words{"run", file("many.yaml")};
    words.insert(words.end(), more.begin(), more.end());
    return postflight(words);
  }
  // All of them, each to its file.
  void run_all(int shards) const {
    for (int i = 0; i < shards; ++i)
      run({"--shard", std::to_string(i) + "/" + std::to_string(shards), "-q", "--report",
           "json=" + report(i)});
  }
  Ended merge(const std::vector<int>& indices, Words more = {}) const {
    Words words{"merge"};
    for (const auto index : indices) words.push_back(report(index));
    words.insert(words.end(), more.begin(), more.end());
    return postflight(words);
  }

 private:
  TemporaryDirectory folder_;
  ScriptedServer server_{[](ScriptedServer::Connection& connection) {
    for (;;) {
      const auto request = connection.read_request();
      if (request.empty()) return;
      connection.write(request.starts_with("GET /7 ") ? http_answer("", "", "503 Down")
                                                      : http_answer("fine"));
    }
  }};
};

// What was found of each check: no times, no attempts.
nlohmann::json findings(const std::string& report) {
  auto list = nlohmann::json::array();
  const auto parsed = nlohmann::json::parse(report);
  for (const auto& check : parsed["checks"])
    list.push_back({check["id"], check["status"], check["reason"], check["blocked_by"]});
  return list;
}

}  // namespace

TEST_CASE("shards of any number join to what one run finds", "[merge]") {
  const Shards shards;
  const auto whole = shards.run({"-o", "json"});
  CHECK(whole.exit_code == 1);
  for (const int number : {1, 2, 8, count}) {
    CAPTURE(number);
    shards.run_all(number);
    std::vector<int> all;
    for (int i = number; i-- > 0;) all.push_back(i);
    const auto merged = shards.merge(all, {"-o", "json"});
    CHECK(merged.errors == "");
    CHECK(merged.exit_code == 1);
    CHECK(findings(merged.output) == findings(whole.output));
    CHECK(findings(merged.output).size() == count);
  }
}

TEST_CASE("a shard tells its own checks, and how many are others'", "[merge]") {
  const Shards shards;
  const auto run = shards.run({"--shard", "1/8"});
  CHECK(run.exit_code == 0);
  CHECK(has(run.output, ", shard 1 of 8, "));
  CHECK(has(run.output, "√ page 0 is there"));  // it is needed
  CHECK(has(run.output, "√ page 1 is there"));
  CHECK(has(run.output, "√ page 9 is there"));
  CHECK(!has(run.output, "page 2"));
  CHECK(has(run.output, "√ passed: 3 passed, 8 in other shards, "));
}

TEST_CASE("a missing shard is seen, also one whose report is cut off", "[merge]") {
  const Shards shards;
  shards.run_all(8);
  const auto merged = shards.merge({0, 1, 2, 3, 4, 6, 7});
  CHECK(merged.exit_code == 1);  // what fails is known
  CHECK(has(merged.output, "missing-shard: shard 5 of 8 left no report"));
  CHECK(has(merged.output, "× failed: 1 failed, 1 could not be found out, 9 passed"));

  // Of the seventh, which fails, nothing is known now.
  write_file(shards.report(7), "{\"schema\": \"postflight.report/v1\", ");
  const auto cut = shards.merge({0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(cut.exit_code == 2);
  CHECK(cut.errors == "postflight: " + shards.report(7) + ": it is not JSON, or not all of it\n");
  CHECK(has(cut.output, "? not known: 1 could not be found out, 10 passed"));
}

TEST_CASE("a file that is no report is refused where no shard is missing", "[merge]") {
  const Shards shards;
  for (int i = 0; i < 2; ++i)
    shards.run({"--skip", "web-7", "--shard", std::to_string(i) + "/2", "--report",
                "json=" + shards.report(i)});
  CHECK(shards.merge({0, 1}).exit_code == 0);
  const auto refused = shards.merge({0, 1, 2});
  CHECK(refused.exit_code == 3);
  CHECK(refused.output == "");
  CHECK(has(refused.errors, "shard-2.json"));
  CHECK(has(refused.errors, "no shard is missing"));
}

TEST_CASE("reports that do not belong together are refused", "[merge]") {
  const Shards shards;
  shards.run_all(2);
  const auto refused = [&](const Ended& ended, const std::string& why) {
    CHECK(ended.exit_code == 3);
    CHECK(ended.output == "");
    CHECK(has(ended.errors, why));
  };
  refused(shards.merge({0, 0}), "shard 0 is in " + shards.report(0) + " already");
  shards.run({"--shard", "0/3", "-q", "--report", "json=" + shards.report(2)});
  refused(shards.merge({0, 2}), "it is one of 3 shards");
  shards.run({"-q", "--report", "json=" + shards.report(3)});
  refused(shards.merge({0, 3}), "it is not the report of a shard");
  // Run otherwise: with other variables, another --wait, or as another run.
  for (const Words& otherwise : {Words{"--wait", "1s"}, Words{"--run-id", "another"},
                                 Words{"--set", "unused=1"}, Words{"--fail-on", "warn"}}) {
    Words words{"-q", "--shard", "1/2", "--report", "json=" + shards.report(1)};
    words.insert(words.end(), otherwise.begin(), otherwise.end());
    CHECK(shards.run(words).exit_code == 1);
    refused(shards.merge({0, 1}), "than " + shards.report(0));
  }
  refused(shards.merge({9}), "there is no report of a shard");
  refused(postflight({"merge"}), "name the JSON reports of the shards");
}

TEST_CASE("joined shards are written in every format", "[merge]") {
  const Shards shards;
  shards.run_all(2);
  const auto merged = shards.merge(
      {0, 1}, {"-q", "--report", "json=" + shards.file("r.json"), "--report",
               "junit=" + shards.file("r.xml"), "--report", "prometheus=" + shards.file("r.prom")});
  CHECK(merged.exit_code == 1);
  CHECK(has(merged.output, "× page 7 is there [web-7]"));
  CHECK(!nlohmann::json::parse(read_file(shards.file("r.json"))).contains("shard"));
  CHECK(has(read_file(shards.file("r.xml")), "tests=\"11\" failures=\"1\""));
  CHECK(has(read_file(shards.file("r.prom")), "check=\"web-7\",severity=\"blocking\"} 2\n"));
  const auto nowhere = shards.merge({0, 1}, {"--report", "json=" + shards.file("nowhere/r.json")});
  CHECK(nowhere.exit_code == 3);
}

TEST_CASE("more shards than checks are refused by each of them", "[merge]") {
  const Shards shards;
  for (const auto* shard : {"0/12", "11/12"}) {
    const auto run = shards.run({"--shard", shard});
    CHECK(run.exit_code == 3);
    CHECK(has(run.errors, "there are 12 shards, but only 11 checks are selected"));
  }
}

}  // namespace postflight::test
