// Many checks and many pods: what a run holds at once does not grow with them. Counts are asserted,
// never times; docs/speed.md has the times.
#include <sys/resource.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "tests/support/sanitized.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/survival/pods_api.hpp"
#include "tests/survival/trial.hpp"

namespace postflight::test {
namespace {

constexpr std::size_t mebibyte = 1u << 20;
constexpr std::size_t many_checks = is_sanitized ? 3'000 : 10'000,
                      pod_checks = is_sanitized ? 16 : 64, many_pods = is_sanitized ? 300 : 1000;

// A checklist of that many checks; `settings` are "kind: ..., with: {...}" of the number.
template <typename Settings>
std::string checklist_of(std::size_t count, std::set<std::string>& ids, Settings settings) {
  std::string text = "checklist: many\nchecks:\n";
  for (std::size_t number = 0; number < count; ++number) {
    const auto id = "check-" + std::to_string(number);
    ids.insert(id);
    text += "- {id: " + id + ", title: check " + std::to_string(number) +
            " is well, section: section " + std::to_string(number / 100) + ", " + settings(number) +
            "}\n";
  }
  return text;
}

void allow_few_descriptors() {
  const rlimit few{256, 256};
  ::setrlimit(RLIMIT_NOFILE, &few);
}

std::string told(const Ending& end, const Held& held, const Trial& trial) {
  return "exit code " + std::to_string(end.exit_code) + ", signal " + std::to_string(end.signal) +
         ", peak memory " + std::to_string(end.peak_memory / mebibyte) + " MiB, threads " +
         std::to_string(held.threads) + ", descriptors " + std::to_string(held.descriptors) +
         trial.text_of("err").substr(0, 2000);
}

}  // namespace

TEST_CASE("ten thousand checks need no more threads and descriptors than a few",
          "[survival][size]") {
  Trial trial;
  std::set<std::string> ids;
  const ScriptedServer web([](ScriptedServer::Connection& connection) {
    while (!connection.read_request().empty()) connection.write(http_answer("fine"));
  });
  const PodsApi api({.pods = 1});
  trial.add({trial.file("many.yaml", checklist_of(many_checks, ids,
                                                  [&](std::size_t number) -> std::string {
                                                    if (number % 5 == 0)
                                                      return "kind: k8s.tmpfs-usage, with: "
                                                             "{namespace: authentik, selector: "
                                                             "app=many}";
                                                    return "kind: http.response, with: {url: \"" +
                                                           web.url("/" + std::to_string(number)) +
                                                           "\", status: [200]}";
                                                  })),
             "--kubeconfig", trial.file("kubeconfig", api.kubeconfig())});
  trial.setting.prepare = allow_few_descriptors;
  Held held;
  StartedProgram run(trial.setting);
  const auto end = run.watch(held, patience(100));
  INFO(told(end, held, trial));
  CHECK(end.exit_code == 0);
  REQUIRE(trial.reports.count() == 3);
  CHECK(trial.reports.faults(ids) == "");
  CHECK(held.threads <= 48);
  CHECK(held.descriptors <= 160);
  if (!is_sanitized) CHECK(end.peak_memory <= 200 * mebibyte);
  SUCCEED(told(end, held, trial));  // with -s
}

TEST_CASE("a command in each of a great many pods runs a few at a time", "[survival][size]") {
  Trial trial;
  const PodsApi api({.pods = many_pods});
  std::set<std::string> ids;
  trial.add({trial.file("pods.yaml", checklist_of(1, ids,
                                                  [](std::size_t) {
                                                    return "kind: k8s.tmpfs-usage, with: "
                                                           "{namespace: authentik, selector: "
                                                           "app=many}";
                                                  })),
             "--kubeconfig", trial.file("kubeconfig", api.kubeconfig())});
  trial.setting.prepare = allow_few_descriptors;
  Held held;
  StartedProgram run(trial.setting);
  const auto end = run.watch(held, patience(100));
  INFO(told(end, held, trial));
  CHECK(end.exit_code == 0);
  CHECK(api.commands() == many_pods);
  CHECK(api.most_at_once() <= 64);  // the server learns late that a client has left
  CHECK(held.threads <= 24);
  CHECK(held.descriptors <= 64);
  if (!is_sanitized) CHECK(end.peak_memory <= 80 * mebibyte);
  SUCCEED(told(end, held, trial));  // with -s
}

TEST_CASE("many checks of many pods share what there is", "[survival][size]") {
  Trial trial;
  const PodsApi api({.pods = 100});
  std::set<std::string> ids;
  trial.add({trial.file("pods.yaml", checklist_of(pod_checks, ids,
                                                  [](std::size_t) {
                                                    return "kind: k8s.tmpfs-usage, with: "
                                                           "{namespace: authentik, selector: "
                                                           "app=many}";
                                                  })),
             "--kubeconfig", trial.file("kubeconfig", api.kubeconfig())});
  trial.setting.prepare = allow_few_descriptors;
  Held held;
  StartedProgram run(trial.setting);
  const auto end = run.watch(held, patience(100));
  INFO(told(end, held, trial));
  CHECK(end.exit_code == 0);
  CHECK(api.commands() == pod_checks * 100);
  CHECK(held.threads <= 120);
  CHECK(held.descriptors <= 120);
  if (!is_sanitized) CHECK(end.peak_memory <= 80 * mebibyte);
  CHECK(trial.reports.faults(ids) == "");
  SUCCEED(told(end, held, trial));  // with -s
}

TEST_CASE("many programs at once fit into few descriptors", "[survival][size]") {
  Trial trial;
  const auto program = trial.file("plan", "#!/bin/sh\nsleep 0.1\nexit 9\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  std::set<std::string> ids;
  trial.add({trial.file("programs.yaml", checklist_of(200, ids, [&](std::size_t) {
                          return "kind: terraform.plan-clean, with: {argv: [" + program +
                                 "], directory: " + trial.folder.path() + "}";
                        }))});
  trial.setting.prepare = allow_few_descriptors;
  Held held;
  StartedProgram run(trial.setting);
  const auto end = run.watch(held, patience(100));
  INFO(told(end, held, trial));
  CHECK(end.exit_code == 2);
  REQUIRE(trial.reports.count() == 3);
  // What the programs say, and never that a descriptor or a process was not to be had.
  CHECK(reasons_in(trial.reports.json()) == std::set<std::string>{"plan-error"});
  CHECK(ids_with(trial.reports.json(), "errored") == ids);
  CHECK(held.descriptors <= 256);
  SUCCEED(told(end, held, trial));  // with -s
}

}  // namespace postflight::test
