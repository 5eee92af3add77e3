#include "tests/world/pod_sandbox.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <sstream>

#include "tests/support/temporary_directory.hpp"

namespace postflight::world {
namespace {

struct Ran {
  int exit_code;
  std::string output;
};

Ran run(const PodSandbox& pod, const std::vector<std::string>& command) {
  const auto process = pod.start(pod.find_program(command.front()), command, false);
  const int descriptor = process->take_output();
  std::string output;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::read(descriptor, buffer, sizeof buffer)) > 0;)
    output.append(buffer, static_cast<std::size_t>(size));
  ::close(descriptor);
  return {process->wait(), output};
}

// The words of the line below df's heading.
std::vector<std::string> figures(const std::string& output) {
  std::istringstream lines(output);
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  std::istringstream words(line);
  std::vector<std::string> list;
  for (std::string word; words >> word;) list.push_back(word);
  return list;
}

}  // namespace

TEST_CASE("df and ls in a pod show its own /dev/shm, which outlives a command", "[world]") {
  const test::TemporaryDirectory directory;
  for (const Isolation isolation : {Isolation::namespaces, Isolation::none})
    for (const Tools tools : {Tools::gnu, Tools::busybox}) {
      if (tools == Tools::busybox && !std::filesystem::exists("/usr/bin/busybox")) continue;
      INFO((isolation == Isolation::none ? "without" : "with")
           << " namespaces, " << (tools == Tools::gnu ? "GNU" : "BusyBox"));
      const auto place = std::filesystem::path(directory.path()) /
                         std::to_string(static_cast<int>(isolation) * 2 + static_cast<int>(tools));
      const PodSandbox one(place / "one", "one", tools, isolation);
      const PodSandbox other(place / "other", "other", tools, isolation);
      if (isolation == Isolation::namespaces && one.isolation() == Isolation::none)
        SKIP("no namespaces here: " << one.why_not_isolated());

      std::ofstream(one.shared_memory() / "session_A") << std::string(8 << 20, 's') << std::flush;
      const auto full = figures(run(one, {"df", "-P", "-k", "/dev/shm"}).output);
      const auto empty = figures(run(other, {"df", "-P", "-k", "/dev/shm"}).output);
      REQUIRE(full.size() == 6);
      REQUIRE(empty.size() == 6);
      CHECK(full[1] == "65536");
      CHECK(empty[1] == "65536");
      CHECK(std::stol(full[2]) >= 8192);
      CHECK(std::stol(full[2]) < 8300);
      CHECK(empty[2] == "0");
      CHECK(std::stol(full[2]) + std::stol(full[3]) == 65536);
      CHECK(full[4] == "13%");
      CHECK(full[5] == "/dev/shm");
      CHECK(run(one, {"ls", "-1A", "/dev/shm"}).output == "session_A\n");
      CHECK(run(other, {"ls", "-1A", "/dev/shm"}).output.empty());
    }
}

TEST_CASE("a pod has no programs but its own", "[world]") {
  const test::TemporaryDirectory directory;
  const PodSandbox pod(directory.path(), "pod", Tools::gnu);
  CHECK_FALSE(pod.find_program("df").empty());
  CHECK(pod.find_program("python3").empty());
  CHECK(pod.find_program("").empty());
  CHECK(pod.find_program("/no/such/program").empty());
  CHECK(pod.find_program("/").empty());
}

TEST_CASE("a signal's number is part of the exit code, as a runtime reports it", "[world]") {
  const test::TemporaryDirectory directory;
  const PodSandbox pod(directory.path(), "pod", Tools::gnu);
  CHECK(run(pod, {"sh", "-c", "exit 3"}).exit_code == 3);
  CHECK(run(pod, {"sh", "-c", "kill -9 $$"}).exit_code == 137);
}

}  // namespace postflight::world
