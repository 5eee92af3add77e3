#include "clients/posix_commands.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "clients/error.hpp"
#include "tests/support/client_errors.hpp"

namespace postflight::test {

namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "commands-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = std::filesystem::canonical(pattern);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string path(const std::string& name = "") const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }
  std::string write(const std::string& name, const std::string& text, mode_t mode) const {
    std::ofstream(path(name)) << text;
    chmod(path(name).c_str(), mode);
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

CommandRequest command(std::vector<std::string> argv) {
  CommandRequest request;
  request.argv = std::move(argv);
  return request;
}

CommandRequest script(const std::string& text) { return command({"sh", "-c", text}); }

CommandResult run(const CommandRequest& request, const Limits& limits = a_minute()) {
  return PosixCommands().run(request, limits);
}

ErrorSeen error_of(const CommandRequest& request, const Limits& limits = a_minute()) {
  return error_thrown([&] { run(request, limits); });
}

// Waits until a file has a line: a sign that a program got so far.
std::string first_line_of(const std::string& path) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < end) {
    std::ifstream file(path);
    std::string line;
    if (std::getline(file, line) && !file.eof()) return line;
    std::this_thread::yield();
  }
  throw std::runtime_error("nobody wrote " + path);
}

struct Stopped {
  ErrorSeen error;
  std::string sign;
};

// Runs a shell script until it has written a line to the file "sign", then asks for a stop.
Stopped error_of_stopped(const std::string& text) {
  const TemporaryFolder folder;
  auto request = script(text);
  request.directory = folder.path();
  std::stop_source stop;
  auto limits = a_minute();
  limits.stop = stop.get_token();
  Stopped stopped;
  std::jthread stopper([&] {
    try {
      stopped.sign = first_line_of(folder.path("sign"));
    } catch (const std::runtime_error&) {  // the empty sign fails the test
    }
    stop.request_stop();
  });
  stopped.error = error_of(request, limits);
  stopper.join();
  return stopped;
}

bool is_running(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(status, text);
  const auto end = text.rfind(')');
  return end != std::string::npos && text.substr(end + 2, 1) != "Z";
}

// Killed processes whose parent is gone are reaped by others, in their own time.
void wait_until_gone(pid_t process) {
  while (is_running(process)) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a command gives its exit code and both of its outputs") {
  const auto result = run(script("echo out; echo err >&2; exit 3"));
  CHECK(result.exit_code == 3);
  CHECK(result.signal == 0);
  CHECK(result.output == "out\n");
  CHECK(result.errors == "err\n");
}

TEST_CASE("arguments arrive as they are: there is no shell") {
  const auto result = run(command({"printf", "<%s>", "a b", "$HOME;'\"*", ""}));
  CHECK(result.output == "<a b><$HOME;'\"*><>");
}

TEST_CASE("output larger than a pipe on both streams at once arrives whole") {
  const auto result =
      run(script("head -c 3000000 /dev/zero & head -c 2000000 /dev/zero >&2; wait"));
  CHECK(result.output == std::string(3000000, '\0'));
  CHECK(result.errors == std::string(2000000, '\0'));
}

TEST_CASE("a command that ends by a signal says which") {
  const auto result = run(script("kill -KILL $$"));
  CHECK(result.signal == SIGKILL);
  CHECK(result.exit_code == 0);
}

TEST_CASE("stdin is empty") { CHECK(run(command({"cat"})).output.empty()); }

TEST_CASE("of our environment a command sees PATH, HOME, what is named, and what is given") {
  setenv("POSTFLIGHT_TEST_ONE", "1", 1);
  setenv("POSTFLIGHT_TEST_TWO", "2", 1);
  setenv("POSTFLIGHT_SECRET", "hidden", 1);
  setenv("POSTFLIGHT_EXACT", "3", 1);
  setenv("POSTFLIGHT_EXACTLY", "hidden", 1);
  auto request = command({"env"});
  request.environment_names = {"POSTFLIGHT_TEST_*", "POSTFLIGHT_EXACT", "POSTFLIGHT_UNSET"};
  request.environment = {{"GIVEN", "a=b c"}, {"POSTFLIGHT_TEST_TWO", "changed"}};
  const std::string path = getenv("PATH"), home = getenv("HOME") != nullptr ? getenv("HOME") : "";
  auto expected = std::vector<std::string>{"GIVEN=a=b c", "PATH=" + path, "POSTFLIGHT_EXACT=3",
                                           "POSTFLIGHT_TEST_ONE=1", "POSTFLIGHT_TEST_TWO=changed"};
  if (getenv("HOME") != nullptr) expected.push_back("HOME=" + home);
  std::sort(expected.begin(), expected.end());
  std::istringstream output(run(request).output);
  std::vector<std::string> seen;
  for (std::string line; std::getline(output, line);) seen.push_back(line);
  std::sort(seen.begin(), seen.end());
  CHECK(seen == expected);
}

TEST_CASE("a program that is nowhere is a missing tool, named with the PATH") {
  auto request = command({"no-such-program"});
  request.environment = {{"PATH", "/usr/bin:/opt/nowhere"}};
  const auto error = error_of(request);
  CHECK(error.reason == reason::missing_tool);
  CHECK(error.text ==
        "the program \"no-such-program\" is in no folder of PATH (/usr/bin:/opt/nowhere): install "
        "it, or say where it is");
  CHECK(error_of(command({"/opt/nowhere/program"})).text ==
        "the program \"/opt/nowhere/program\" is not there");
}

TEST_CASE("a program is looked up in the PATH that the command is given") {
  const TemporaryFolder folder;
  folder.write("greet", "#!/bin/sh\necho hello\n", 0755);
  auto request = command({"greet"});
  CHECK(error_of(request).reason == reason::missing_tool);
  request.environment = {{"PATH", "relative::" + folder.path()}};
  CHECK(run(request).output == "hello\n");
}

TEST_CASE("a program that cannot be executed says why") {
  const TemporaryFolder folder;
  const auto reason_of = [](const std::string& file) {
    const auto error = error_of(command({file}));
    CHECK(error.reason == reason::missing_tool);
    return error.text;
  };
  const auto plain = folder.write("plain", "#!/bin/sh\n", 0644);
  CHECK(reason_of(plain) ==
        "the program \"" + plain + "\" (" + plain + ") cannot be executed: Permission denied");
  const auto lost = folder.write("lost", "#!/opt/nowhere/interpreter\n", 0755);
  CHECK(
      reason_of(lost).ends_with("cannot be executed: the interpreter that it names is not there"));
  const auto text = folder.write("text", "no program\n", 0755);
  CHECK(reason_of(text).ends_with("cannot be executed: Exec format error"));
  auto request = command({"plain"});
  request.environment = {{"PATH", folder.path()}};
  CHECK(error_of(request).text ==
        "the program \"plain\" is " + plain + ", which we may not execute");
}

TEST_CASE("a command runs in its directory, to which a relative program belongs") {
  const TemporaryFolder folder;
  folder.write("here", "#!/bin/sh\npwd\n", 0755);
  auto request = command({"./here"});
  request.directory = folder.path();
  CHECK(run(request).output == folder.path() + "\n");
  CHECK(error_of(command({"./here"})).reason == reason::missing_tool);
}

TEST_CASE("a directory that is not there is a mistake of the configuration") {
  auto request = command({"pwd"});
  request.directory = "/opt/nowhere";
  const auto error = error_of(request);
  CHECK(error.reason == reason::configuration);
  CHECK(error.text == "the directory \"/opt/nowhere\" of the program \"pwd\" is not there");
  CHECK(error_of(command({})).reason == reason::configuration);
  CHECK(error_of(command({"echo", std::string("a\0b", 3)})).reason == reason::configuration);
}

TEST_CASE("output may be as long as its limit and no longer, on each stream") {
  auto request = script("head -c 1000 /dev/zero; head -c 1000 /dev/zero >&2");
  request.output_limit = 1000;
  CHECK(run(request).errors.size() == 1000);
  request.output_limit = 999;
  const auto error = error_of(request);
  CHECK(error.reason == reason::too_large);
  CHECK(error.text.starts_with("the program \"sh\": more than 999 bytes on std"));
  CHECK(error_of(command({"yes"})).reason == reason::too_large);
}

TEST_CASE("a command that runs into the deadline is ended") {
  const auto error = error_of(command({"sleep", "300"}), in_milliseconds(100));
  CHECK(error.reason == reason::timeout);
  CHECK(error.text.starts_with("the program \"sleep\": "));
}

TEST_CASE("a stop ends a command that runs") {
  const auto error = error_of_stopped("echo running > sign; exec sleep 300");
  CHECK(error.sign == "running");
  CHECK(error.error.reason == reason::interrupted);
  CHECK(error.error.text == "the program \"sh\": the run was asked to stop; it was ended");
}

TEST_CASE("the whole group ends, with grandchildren that do not listen") {
  const auto ended =
      error_of_stopped("trap '' TERM; sleep 300 & echo $! > sign; while :; do sleep 300; done");
  CHECK(ended.error.reason == reason::interrupted);
  wait_until_gone(std::stoi(ended.sign));
}

TEST_CASE("a command may clean up when it is told to end") {
  const TemporaryFolder folder;
  const auto log = folder.path("log");
  const auto ended = error_of_stopped("trap 'echo cleaned > " + log +
                                      "; exit 0' TERM; echo ready > sign; "
                                      "while :; do sleep 0.01; done");
  CHECK(ended.error.reason == reason::interrupted);
  CHECK(first_line_of(log) == "cleaned");
}

TEST_CASE("after a stop, or the deadline, nothing is started") {
  const TemporaryFolder folder;
  auto request = script("echo started > log");
  request.directory = folder.path();
  std::stop_source stop;
  stop.request_stop();
  auto limits = a_minute();
  limits.stop = stop.get_token();
  CHECK(error_of(request, limits).reason == reason::interrupted);
  CHECK(error_of(request, in_milliseconds(-1)).reason == reason::timeout);
  CHECK_FALSE(std::filesystem::exists(folder.path("log")));
}

TEST_CASE("a grandchild that keeps the output open does not keep us waiting, and is ended") {
  const TemporaryFolder folder;
  auto request = script("sleep 300 & echo $!");
  const auto result = run(request);
  CHECK(result.exit_code == 0);
  wait_until_gone(std::stoi(result.output));
}

TEST_CASE("a program inherits none of our files, signal handlers and blocked signals") {
  const int leak = open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as a library might
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto old = signal(SIGINT, SIG_IGN);
  const auto signals = run(command({"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"}));
  const auto files = run(script("ls /proc/$$/fd"));
  signal(SIGINT, old);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close(leak);
  CHECK(signals.output == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  CHECK(files.output == "0\n1\n2\n");
}

TEST_CASE("a command has a process group of its own") {
  const auto result = run(script("ps -o pgid= -p $$; echo $$"));
  std::istringstream output(result.output);
  pid_t group = 0, process = 0;
  output >> group >> process;
  CHECK(group == process);
  CHECK(group != getpgrp());
}

TEST_CASE("commands run at once without mixing") {
  std::vector<std::string> outputs(50);
  {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < outputs.size(); ++i)
      callers.emplace_back([&, i] {
        outputs[i] = run(command({"echo", std::to_string(i)})).output;
      });
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) CHECK(outputs[i] == std::to_string(i) + "\n");
}

}  // namespace postflight::test
