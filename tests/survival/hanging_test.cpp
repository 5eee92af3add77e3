// Nothing answers: the deadline and signals end the run all the same, with every report.
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include "tests/survival/hanging_world.hpp"
#include "tests/survival/own_mounts.hpp"

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

// On the port that name servers have, on an address of loopback that nothing else uses.
class SilentNameServer {
 public:
  SilentNameServer() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(53);
    ::inet_pton(AF_INET, address().c_str(), &place.sin_addr);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
      why_ = std::string("no name server on port 53: ") + std::strerror(errno);
  }
  ~SilentNameServer() { ::close(socket_); }
  SilentNameServer(const SilentNameServer&) = delete;
  SilentNameServer& operator=(const SilentNameServer&) = delete;
  static std::string address() { return "127.5.3.53"; }
  const std::string& why() const { return why_; }  // it cannot be had; empty when it can

  // Reads questions until each of those words was in one; false when they do not come.
  bool is_asked_for(std::set<std::string> words) const {
    while (!words.empty()) {
      pollfd waiting{socket_, POLLIN, 0};
      if (::poll(&waiting, 1, 15'000) != 1) return false;
      std::array<char, 1024> bytes{};
      const auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
      const std::string question(bytes.data(),
                                 static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
      std::erase_if(words, [&](const auto& word) { return question.find(word) != question.npos; });
    }
    return true;
  }

 private:
  int socket_;
  std::string why_;
};

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

// The only name server takes every question and answers none: libcurl's and libpq's look-ups block
// in the C library, which no deadline reaches.
TEST_CASE("a name server that never answers costs the run neither its end nor its reports",
          "[survival][hanging]") {
  if (const auto why = enter_own_mounts(); !why.empty()) SKIP(why);
  for (const int number : {0, SIGTERM}) {
    const SilentNameServer server;
    if (!server.why().empty()) SKIP(server.why());
    Trial trial;
    const MountedFile resolver("/etc/resolv.conf",
                               trial.file("resolv.conf", "nameserver " + server.address() +
                                                             "\noptions timeout:30 attempts:5\n"));
    const MountedFile order("/etc/nsswitch.conf", trial.file("nsswitch", "hosts: dns\n"));
    const std::string checklist =
        "checklist: names\nchecks:\n"
        "  - {id: web, title: it answers, kind: http.response, "
        "with: {url: \"http://web.example.com/\", status: [200]}}\n"
        "  - {id: database, title: it answers, kind: postgres.query, with: {url: "
        "\"postgresql://reader@database.example.com/a\", sql: select 1 as one, "
        "expect: [{column: one, equals: 1}]}}\n";
    const std::set<std::string> ids{"web", "database"};
    trial.add({trial.file("names.yaml", checklist)});
    if (number == 0) trial.add({"--deadline", "1s"});
    StartedProgram run(trial.setting);
    REQUIRE(server.is_asked_for({"web", "database"}));
    if (number != 0) run.signal(number);
    const auto end = run.wait();  // in half a minute: the look-ups would take two and a half
    INFO(trial.text_of("out") << trial.text_of("err"));
    CHECK(end.exit_code == (number == 0 ? 2 : 128 + number));
    REQUIRE(trial.reports.count() == 3);
    CHECK(trial.reports.faults(ids) == "");
    CHECK(ids_with(trial.reports.json(), "errored") == ids);
  }
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
