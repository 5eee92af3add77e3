// scripts/e2e without a cluster: a kubectl and a postflight that only note what they are asked.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <filesystem>

#include "tests/cli/program.hpp"

namespace postflight::test {
namespace {

// Says whatever keeps the script going. FAILS and HANGS are patterns of calls that fail, or last
// until a signal comes.
constexpr const char* kubectl = R"(#!/bin/bash
case "$*" in *--dry-run* | *"get "* | "config "* | *--local* | *wait* | *status* | *token*) ;; *) echo "$*" >>"$NOTES" ;; esac
if [ -n "$HANGS" ] && [[ $* == *$HANGS* ]]; then echo hangs >&2; exec sleep 60; fi
if [ -n "$FAILS" ] && [[ $* == *$FAILS* ]]; then echo "the server said no" >&2; exit 1; fi
case "$*" in
  *"get --raw /version"*) echo '{"gitVersion": "v1.34.0"}' ;;
  *"config view"*json) echo '{"contexts": [{"context": {}}]}' ;;
  *"get pods"*) echo '{"items": [{"metadata": {"name": "web-1"}}]}' ;;
  *get*) echo '{"rules": []}' ;;
  "create -f -") cat >>"$NOTES" ;;
  *"-f -"*) cat >/dev/null ;;
  *--dry-run* | *--local*) echo '{}' ;;
esac
)";

// All is always green.
constexpr const char* green = R"(#!/bin/bash
for word; do case $word in json=*) echo '{"checks": [{"id": "api-ready", "status": "passed"}], "totals": {"passed": 2}}' >"${word#json=}" ;; esac; done
)";

class RealCluster {
 public:
  RealCluster() {
    write_file(file("kubectl"), kubectl);
    write_file(file("green"), green);
    for (const auto* name : {"kubectl", "green"})
      std::filesystem::permissions(file(name), std::filesystem::perms::owner_all);
  }
  Words argv(const Words& more = {}) const {
    Words words{std::string(SOURCE_ROOT) + "/scripts/e2e", "--patience", "0", "--postflight",
                file("green")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Words environment(const Words& more = {}) const {
    auto all = plain_environment();
    all[0] = "PATH=" + folder_.path() + ":/usr/bin:/bin";
    all.insert(all.end(), {"TMPDIR=" + folder_.path(), "NOTES=" + file("notes"),
                           "KUBECONFIG=" + file("kubeconfig")});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  // What was written, a line a call.
  Words writes() const {
    Words lines;
    std::ifstream notes(file("notes"));
    for (std::string line; std::getline(notes, line);) lines.push_back(line);
    return lines;
  }
  std::string file(const std::string& name) const { return folder_.path() + "/" + name; }

 private:
  TemporaryDirectory folder_;
};

bool removes_all(const std::string& call) {
  return call.starts_with(
      "delete namespaces,clusterroles,clusterrolebindings --selector "
      "app.kubernetes.io/instance=postflight-e2e-");
}

}  // namespace

TEST_CASE(
    "the script for a real cluster refuses to start where none is named, or it does not answer",
    "[e2e]") {
  const RealCluster cluster;
  const auto unnamed = Running(cluster.argv(), cluster.environment({"KUBECONFIG="})).end();
  CHECK(unnamed.exit_code == 3);
  CHECK(has(unnamed.errors, "no cluster is named"));
  const auto silent = Running(cluster.argv(), cluster.environment({"FAILS=/version"})).end();
  CHECK(silent.exit_code == 3);
  CHECK(has(silent.errors, "does not answer: the server said no"));
  CHECK(cluster.writes().empty());
}

TEST_CASE(
    "the script for a real cluster touches only what is its own, sees what differs, and removes "
    "all",
    "[e2e]") {
  const RealCluster cluster;
  const auto ended = Running(cluster.argv(), cluster.environment()).end();
  INFO(ended.output << ended.errors);
  CHECK(ended.exit_code == 1);  // all green is wrong where something is broken
  CHECK(has(ended.output, "nothing is broken                            as wanted"));
  CHECK(has(ended.output, "a Service selects no pod                     DIFFERS"));
  const auto writes = cluster.writes();
  REQUIRE(writes.size() > 20);
  CHECK(writes.front() == "create -f -");
  CHECK(removes_all(writes.back()));
  const auto end_of_namespace = std::find(writes.begin(), writes.end(), "}");
  REQUIRE(end_of_namespace != writes.end());
  for (auto call = end_of_namespace + 1; call != writes.end() - 1; ++call) {
    INFO(*call);
    const bool is_about_rights =
        call->starts_with("apply -f " + cluster.file("")) || *call == "replace -f -";
    CHECK((call->starts_with("--namespace postflight-e2e-") || is_about_rights));
  }
}

TEST_CASE("the script for a real cluster removes all when a write fails, and says when it cannot",
          "[e2e]") {
  const RealCluster cluster;
  const auto failed = Running(cluster.argv(), cluster.environment({"FAILS=patch service"})).end();
  INFO(failed.errors);
  CHECK(failed.exit_code == 1);
  CHECK(removes_all(cluster.writes().back()));
  const auto stuck =
      Running(cluster.argv(), cluster.environment({"FAILS=delete namespaces"})).end();
  CHECK(stuck.exit_code == 1);
  CHECK(has(stuck.errors, "NOT ALL IS REMOVED"));
}

TEST_CASE("the script for a real cluster removes all on a signal, and nothing with --keep",
          "[e2e]") {
  for (const auto& [number, code] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
    const RealCluster cluster;
    Running script(cluster.argv(), cluster.environment({"HANGS=patch service"}));
    script.wait_for_errors("hangs");
    script.signal(number);
    const auto ended = script.end();
    INFO(ended.errors);
    CHECK(ended.exit_code == code);
    CHECK(removes_all(cluster.writes().back()));
  }
  const RealCluster cluster;
  const auto kept = Running(cluster.argv({"--keep"}), cluster.environment()).end();
  CHECK(has(kept.errors, "left there: namespace postflight-e2e-"));
  CHECK_FALSE(removes_all(cluster.writes().back()));
}

TEST_CASE("the checklist for a real cluster has no mistakes", "[e2e]") {
  const auto lint = postflight({"lint", std::string(SOURCE_ROOT) + "/tests/e2e/checklist.yaml",
                                "--set", "namespace=postflight-e2e-0"});
  CHECK(lint.exit_code == 0);
  CHECK(lint.errors == "");
}

}  // namespace postflight::test
