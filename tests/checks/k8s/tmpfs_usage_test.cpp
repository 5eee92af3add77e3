#include <catch2/catch_test_macros.hpp>
#include <latch>
#include <stdexcept>

#include "checks/catalogue.hpp"
#include "tests/support/recorded_outpost.hpp"

namespace postflight::test {
namespace {

using namespace outpost;

const CheckKind& kind() { return *find_kind("k8s.tmpfs-usage"); }

std::string df(std::uint64_t used, std::uint64_t capacity = 2097152,
               const std::string& mount = "/dev/shm") {
  return "Filesystem     1024-blocks  Used Available Capacity Mounted on\ntmpfs " +
         std::to_string(capacity) + " " + std::to_string(used) + " " +
         std::to_string(capacity - used) + " 0% " + mount + "\n";
}

std::string sessions(int count) {
  std::string listing = "authentik-metrics.sock\nsession-cleanup.lock\n.session_1.tmp\n";
  for (int index = 0; index < count; ++index) listing += "session_" + std::to_string(index) + "\n";
  return listing;
}

struct TmpfsWorld : RecordedWorld {
  std::string use = df(20971), second_use = df(0);
  std::string listing = sessions(0);
  TmpfsWorld() {
    record_outpost(kubernetes);
    kubernetes.execs = [this](const ExecRequest& request) {
      const auto& command = request.command;
      // Assertions belong to one thread: what is not expected is thrown, and no client throws this.
      if (request.container != "proxy") throw std::logic_error("asked in " + request.container);
      if (command == std::vector<std::string>{"ls", "-1A", "/dev/shm"})
        return ExecResult{0, listing, ""};
      if (command == std::vector<std::string>{"df", "-P", "-k", "/dev/shm"})
        return ExecResult{0, request.pod == first_pod ? use : second_use, ""};
      throw std::logic_error("asked for " + command.front());
    };
  }
  Outcome run_with(const std::string& settings) {
    return run(kind(),
               "{namespace: authentik, workload: deployment/" + name + ", " + settings + "}");
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos || (UNSCOPED_INFO(text), false);
}

}  // namespace

TEST_CASE("a tmpfs with room and few files in every pod passes", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  const auto outcome = world.run_with("min-capacity: 2Gi, files-warn: 10, files-fail: 100");
  CHECK(outcome.status == Status::passed);
  CHECK(outcome.examined == 2);
  REQUIRE(outcome.evidence.size() == 6);
  CHECK(outcome.evidence[0].observed == "it holds 2Gi");
  CHECK(outcome.evidence[1].observed == "1 % used: 20.5Mi of 2Gi");
  CHECK(outcome.evidence[2].expected == "fewer than 10 files session_* in /dev/shm");
  CHECK(outcome.evidence[2].observed == "0 files");
  CHECK(has(outcome.summary, "has room in all 2 live pods of deployment/" + name));
}

TEST_CASE("one pod of two that is nearly full fails, and is named", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  world.second_use = df(1992295);
  const auto outcome = world.run_with("files-fail: 100");
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.evidence.at(0).status == Status::passed);
  CHECK(has(outcome.summary, second_pod));
  CHECK(has(outcome.summary, "96 % used: 1.9Gi of 2Gi"));
}

TEST_CASE("between the thresholds it warns, at them it counts as reached", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  const auto with_use = [&](std::uint64_t used) {
    world.use = df(used, 1000);
    return world.run_with("container: proxy").status;
  };
  CHECK(with_use(590) == Status::passed);
  CHECK(with_use(600) == Status::warned);
  CHECK(with_use(790) == Status::warned);
  CHECK(with_use(791) == Status::failed);
  world.use = df(591, 1000);
  CHECK(world.run_with("warn-percent: 10, fail-percent: 30").status == Status::failed);
}

TEST_CASE("only files of the pattern are counted", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  world.listing = sessions(250);
  CHECK(world.run_with("files-warn: 100, files-fail: 251").status == Status::warned);
  const auto outcome = world.run_with("files-fail: 250");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "250 files"));
  CHECK(world.run_with("files: '*.sock', files-fail: 2").status == Status::passed);
  CHECK(world.run_with("files: '.session_*', files-fail: 1").status == Status::failed);
}

TEST_CASE("a path that is no mount of its own fails", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  world.use = df(5, 1000, "/");
  const auto outcome = world.run_with("min-capacity: 1Mi");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "no tmpfs of its own: it lies on tmpfs, mounted at /"));
}

TEST_CASE("a path that leads over a symbolic link to another mount is unknown, not red",
          "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  world.kubernetes.execs = [&](const ExecRequest&) { return ExecResult{0, world.use, ""}; };
  world.use = df(5, 1000, "/run/sessions");
  const auto outcome = world.run_with("path: /var/run/sessions");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "other-path");
  CHECK(has(outcome.summary, "give the path /run/sessions"));
  // That one is no mount of its own, whatever link leads there.
  world.use = df(5, 1000, "/var");
  CHECK(world.run_with("path: /var/run/sessions").status == Status::failed);
  world.use = df(5, 1000, "/va");
  CHECK(world.run_with("path: /var/run/sessions").status == Status::errored);
}

TEST_CASE("a tmpfs smaller than wanted fails", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  world.use = df(0, 65536);
  const auto outcome = world.run_with("min-capacity: 1Gi");
  CHECK(outcome.status == Status::failed);
  CHECK(has(outcome.summary, "it holds 64Mi"));
}

TEST_CASE("without a threshold for files none are listed", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  const auto healthy = world.kubernetes.execs;
  world.kubernetes.execs = [&](const ExecRequest& request) {
    if (request.command.front() == "ls") throw ClientError(reason::missing_tool, "no ls");
    return healthy(request);
  };
  CHECK(world.run_with("min-capacity: 1Gi").status == Status::passed);
}

TEST_CASE("an image without the tool is unknown, naming both", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  world.kubernetes.execs = [](const ExecRequest&) -> ExecResult {
    throw ClientError(reason::missing_tool, "exec failed");
  };
  const auto outcome = world.run_with("files-fail: 100");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "missing-tool");
  CHECK(outcome.examined == 0);
  CHECK(has(outcome.summary, "has no df"));
  CHECK(has(outcome.evidence.at(1).observed,
            "lab/authentik-proxy:1 of the container proxy has no ls"));
}

TEST_CASE("a tool that fails is unknown, with what it said", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  world.kubernetes.execs = [](const ExecRequest&) {
    return ExecResult{1, "", "df: /dev/shm: No such file or directory\n"};
  };
  const auto outcome = world.run_with("files-fail: 100");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "command-failed");
  CHECK(has(outcome.summary, "exit code 1: df: /dev/shm: No such file or directory"));
}

TEST_CASE("output that is not df's is unknown, quoted", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  world.use = "Segmentation fault";
  const auto outcome = world.run_with("files-fail: 100");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.reason == "unreadable");
  CHECK(outcome.examined == 1);
  CHECK(has(outcome.summary, "Segmentation fault"));
}

TEST_CASE("a refused exec is unknown, but a full pod beside it fails", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  const auto healthy = world.kubernetes.execs;
  world.kubernetes.execs = [&](const ExecRequest& request) {
    if (request.pod == first_pod) throw forbidden("pods/exec is forbidden");
    return healthy(request);
  };
  CHECK(world.run_with("container: proxy").reason == "forbidden");
  world.second_use = df(2000000);
  CHECK(world.run_with("container: proxy").status == Status::failed);
}

TEST_CASE("pods that do not run are not asked, and several containers are a question",
          "[k8s.tmpfs-usage]") {
  RecordedWorld world;
  world.kubernetes.answer_list("/api/v1/namespaces/lab-trouble/pods", "app=trouble",
                               {fixture("kubernetes/trouble_pods_list.json")});
  world.kubernetes.execs = [](const ExecRequest& request) {
    if (request.pod != "not-ready" && request.pod != "two-containers")
      throw std::logic_error("asked in " + request.pod);
    return ExecResult{0, df(0), ""};
  };
  auto outcome = world.run(kind(), "{namespace: lab-trouble, selector: app=trouble}");
  CHECK(outcome.status == Status::errored);
  CHECK(outcome.examined == 1);
  std::string observed;
  for (const auto& fact : outcome.evidence) observed += fact.observed + "\n";
  CHECK(has(observed, "has several containers; name one with 'container': a, b"));
  CHECK(has(observed, "waiting: CrashLoopBackOff"));
  outcome = world.run(kind(), "{namespace: lab-trouble, selector: app=trouble, container: b}");
  CHECK(outcome.examined == 1);
}

TEST_CASE("all commands of all pods run at the same time", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  const auto healthy = world.kubernetes.execs;
  std::latch all_here(4);
  world.kubernetes.execs = [&](const ExecRequest& request) {
    all_here.arrive_and_wait();
    return healthy(request);
  };
  CHECK(world.run_with("files-fail: 1").status == Status::passed);
}

TEST_CASE("no live pods, or no workload, is no tmpfs with room", "[k8s.tmpfs-usage]") {
  TmpfsWorld world;
  world.kubernetes.answer_list(pods_path, selector, {fixture("kubernetes/pods_list_empty.json")});
  CHECK(world.run_with("container: proxy").reason == "nothing-examined");
  world.kubernetes.refuse(deployment_path, object_not_found("deployments not found"));
  CHECK(world.run_with("container: proxy").status == Status::failed);
}

TEST_CASE("thresholds and names that make no sense are mistakes", "[k8s.tmpfs-usage]") {
  const auto mistakes = [](const std::string& settings) {
    return mistakes_in(kind(), "{namespace: a, workload: deployment/b, " + settings + "}").size();
  };
  CHECK(mistakes("path: dev/shm") == 1);
  CHECK(mistakes("min-capacity: big") == 1);
  CHECK(mistakes("min-capacity: 0") == 1);
  CHECK(mistakes("fail-percent: 50") == 1);
  CHECK(mistakes("warn-percent: 0") == 1);
  CHECK(mistakes("fail-percent: 101") == 1);
  CHECK(mistakes("files-fail: 0") == 1);
  CHECK(mistakes("files-warn: 5, files-fail: 4") == 1);
  CHECK(mistakes("files: 'x*'") == 1);
  CHECK(mistakes("files: a/b, files-fail: 1") == 1);
  CHECK(mistakes("path: /tmp, warn-percent: 50, fail-percent: 50") == 0);
}

}  // namespace postflight::test
