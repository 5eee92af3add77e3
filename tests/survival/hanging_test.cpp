// Nothing answers: the deadline and signals end the run all the same, with every report.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdio>
#include <thread>

#include "tests/survival/hanging_world.hpp"

namespace postflight::test {
namespace {

// A descriptor to write to the pipe once somebody reads it; -1 when that does not come.
int open_once_read(const std::string& pipe) {
  for (int count = 0; count < 1000; ++count) {
    const int writer = ::open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (writer >= 0) return writer;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return -1;
}

}  // namespace

TEST_CASE("at the deadline everything that hangs is errored with a timeout",
          "[survival][hanging]") {
  Trial trial;
  const HangingWorld world(trial);
  const Orphans orphans;
  trial.add({"--deadline", "1s"});
  StartedProgram run(trial.setting);
  const auto end = run.wait();
  INFO(trial.text_of("out") << trial.text_of("err"));
  CHECK(world.all_are_asked());
  CHECK(end.exit_code == 2);
  REQUIRE(trial.reports.count() == 3);
  CHECK(trial.reports.faults(world.ids()) == "");
  CHECK(trial.reports.strangers().empty());
  CHECK(ids_with(trial.reports.json(), "errored") == world.ids());
  CHECK(reasons_in(trial.reports.json()) == std::set<std::string>{"timeout"});
  CHECK(exit_code_in(trial.reports.json()) == 2);
  CHECK(orphans.living().empty());
}

TEST_CASE("a signal ends everything that hangs, errored as interrupted", "[survival][hanging]") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    Trial trial;
    const HangingWorld world(trial);
    const Orphans orphans;
    StartedProgram run(trial.setting);
    REQUIRE(world.all_are_asked());
    run.signal(number);
    const auto end = run.wait();
    INFO("signal " << number << trial.text_of("out") << trial.text_of("err"));
    CHECK(end.exit_code == 128 + number);
    REQUIRE(trial.reports.count() == 3);
    CHECK(trial.reports.faults(world.ids()) == "");
    CHECK(trial.reports.strangers().empty());
    CHECK(ids_with(trial.reports.json(), "errored") == world.ids());
    CHECK(reasons_in(trial.reports.json()) == std::set<std::string>{"interrupted"});
    CHECK(exit_code_in(trial.reports.json()) == 128 + number);
    CHECK(orphans.living().empty());
  }
}

TEST_CASE("a second signal while a program ignores the first leaves nothing running",
          "[survival][hanging]") {
  Trial trial;
  const HangingWorld world(trial);
  const Orphans orphans;
  StartedProgram run(trial.setting);
  REQUIRE(world.all_are_asked());
  run.signal(SIGTERM);
  run.signal(SIGINT);
  const auto end = run.wait();
  CHECK((end.exit_code == 130 || end.exit_code == 143));
  CHECK(trial.reports.faults(world.ids()) == "");
  CHECK(trial.reports.strangers().empty());
  CHECK(orphans.living().empty());
}

// A token file that has become a pipe nobody writes to: reading it ends at no deadline.
TEST_CASE("a check that never comes back costs the run neither its end nor its reports",
          "[survival][hanging]") {
  Trial trial;
  const auto token = trial.file("token", "a-token-of-a-test");
  const auto pipe = trial.folder.path() + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const PodsApi api({.pods = 2, .exec_hangs = false, .other = [&](const std::string&) {
                       std::rename(pipe.c_str(), token.c_str());
                       return http_answer("{}", "", "401 Unauthorized");
                     }});
  const std::string checklist =
      "checklist: stuck\nchecks:\n"
      "  - {id: first, title: it answers, kind: k8s.api-ready}\n"
      "  - {id: second, title: it answers, kind: k8s.tmpfs-usage, "
      "with: {namespace: authentik, selector: app=many}}\n";
  trial.add({trial.file("stuck.yaml", checklist), "--kubeconfig",
             trial.file("kubeconfig", api.kubeconfig("tokenFile: " + token)), "--deadline", "1s"});
  const std::set<std::string> ids{"first", "second"};
  StartedProgram run(trial.setting);
  const auto end = run.wait();
  INFO(trial.text_of("out") << trial.text_of("err"));
  CHECK(end.exit_code == 2);
  REQUIRE(trial.reports.count() == 3);
  CHECK(trial.reports.faults(ids) == "");
  CHECK(ids_with(trial.reports.json(), "errored") == ids);
  CHECK(reasons_in(trial.reports.json()) == std::set<std::string>{"timeout"});
}

TEST_CASE("an input that hangs is ended by a signal, before anything is asked",
          "[survival][hanging]") {
  for (const std::string input : {"checklist", "kubeconfig", "token", "variables"}) {
    INFO(input);
    Trial trial;
    const HangingWorld world(trial);
    const auto pipe = trial.folder.path() + "/pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    if (input == "checklist") trial.add({pipe});
    if (input == "variables") trial.add({"--vars", pipe});
    if (input == "kubeconfig") trial.setting.argv.back() = pipe;
    if (input == "token")
      trial.setting.argv.back() = trial.file("other", PodsApi({}).kubeconfig("tokenFile: " + pipe));
    StartedProgram run(trial.setting);
    const auto writer = open_once_read(pipe);
    REQUIRE(writer >= 0);
    run.signal(SIGTERM);
    const auto end = run.wait();
    ::close(writer);
    CHECK(end.signal == SIGTERM);
    CHECK(trial.reports.count() == 0);
  }
}

}  // namespace postflight::test
