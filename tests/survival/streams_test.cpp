// Standard streams that are closed, full, or read by nobody.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <thread>

#include "tests/support/scripted_server.hpp"
#include "tests/survival/trial.hpp"

namespace postflight::test {
namespace {

// A pipe that is full, and stays so.
class FullPipe {
 public:
  FullPipe() {
    REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0);
    ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    const std::array<char, 4096> nothing{};
    while (::write(ends_[1], nothing.data(), nothing.size()) > 0) continue;
    ::fcntl(ends_[1], F_SETFL, 0);
  }
  ~FullPipe() {
    for (const int end : ends_) ::close(end);
  }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;
  int input() const { return ends_[1]; }

 private:
  std::array<int, 2> ends_{};
};

// Checks whose text is longer than a pipe holds.
class TalkativeWorld {
 public:
  explicit TalkativeWorld(Trial& trial) {
    std::string text = "checklist: talkative\nchecks:\n";
    for (int number = 0; number < 400; ++number) {
      const auto id = "check-" + std::to_string(number);
      ids.insert(id);
      text += "  - {id: " + id + ", title: \"" + std::string(300, 'x') +
              "\", kind: http.response, with: {url: \"" + server_.url() + "\", status: [200]}}\n";
    }
    trial.add({trial.file("talkative.yaml", text)});
  }
  std::set<std::string> ids;

 private:
  ScriptedServer server_{[](ScriptedServer::Connection& connection) {
    while (!connection.read_request().empty()) connection.write(http_answer("fine"));
  }};
};

void check_reports(const Trial& trial, const TalkativeWorld& world) {
  REQUIRE(trial.reports.count() == 3);
  CHECK(trial.reports.faults(world.ids) == "");
  CHECK(trial.reports.strangers().empty());
  CHECK(exit_code_in(trial.reports.json()) == 0);
}

bool appears(const std::string& path) {
  const auto give_up = std::chrono::steady_clock::now() + patience(30);
  while (std::chrono::steady_clock::now() < give_up) {
    if (std::filesystem::exists(path)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("a standard output that nobody reads holds up no file, and a signal ends the wait",
          "[survival][streams]") {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    Trial trial;
    const TalkativeWorld world(trial);
    const FullPipe full;
    trial.setting.output = full.input();
    StartedProgram run(trial.setting);
    REQUIRE(appears(trial.reports.text()));  // the last of the files
    run.signal(number);
    CHECK(run.wait().exit_code == 128 + number);
    check_reports(trial, world);
    CHECK(trial.text_of("err").find("standard output: ") != std::string::npos);
  }
}

TEST_CASE("a standard error that nobody reads loses lines, not the run", "[survival][streams]") {
  Trial trial;
  const TalkativeWorld world(trial);
  const FullPipe full;
  trial.setting.errors = full.input();
  trial.add({"-v"});
  CHECK(StartedProgram(trial.setting).wait().exit_code == 0);
  check_reports(trial, world);
}

TEST_CASE("a reader that leaves after one line costs the text, not the files",
          "[survival][streams]") {
  Trial trial;
  const TalkativeWorld world(trial);
  trial.setting.argv.insert(trial.setting.argv.begin(),
                            {"/bin/bash", "-c", "\"$@\" | head -1; exit ${PIPESTATUS[0]}", "bash"});
  CHECK(StartedProgram(trial.setting).wait().exit_code == 2);
  check_reports(trial, world);
  CHECK(trial.text_of("err").find("standard output: Broken pipe") != std::string::npos);
}

TEST_CASE("closed streams are no place for a report, and no reason to lose one",
          "[survival][streams]") {
  for (const auto& [closing, code] : {std::pair{" <&-", 0},
                                      {" >&-", 2},
                                      {" 2>&-", 0},
                                      {" <&- >&- 2>&-", 2},
                                      {" >/dev/full", 2},
                                      {" 2>/dev/full", 0}}) {
    INFO(closing);
    Trial trial;
    const TalkativeWorld world(trial);
    trial.setting.argv.insert(trial.setting.argv.begin(),
                              {"/bin/sh", "-c", std::string("exec \"$@\"") + closing, "sh"});
    CHECK(StartedProgram(trial.setting).wait().exit_code == code);
    check_reports(trial, world);
  }
}

}  // namespace postflight::test
