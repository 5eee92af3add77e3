#include "tests/survival/hanging_world.hpp"
#include "tests/support/patience.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <thread>

namespace postflight::test {
namespace {

constexpr const char* checklist = R"(checklist: hanging
checks:
  - id: answer
    title: the web answers
    kind: http.response
    with: {{url: "{web}", status: [200]}}
  - id: object
    title: the API server answers
    kind: k8s.api-ready
  - id: command
    title: commands in pods answer
    kind: k8s.tmpfs-usage
    with: {{namespace: authentik, selector: app=many}}
  - id: database
    title: the database answers
    kind: postgres.query
    with: {{url: "postgresql://reader@127.0.0.1:{database}/authentik?sslmode=disable", sql: select 1 as one, expect: [{{column: one, equals: 1}}]}}
  - id: program
    title: the program ends
    kind: terraform.plan-clean
    with: {{argv: ["{program}"], directory: "{folder}"}}
  - id: after
    title: what needs the others
    kind: http.response
    needs: [answer, object, command, database, program]
    with: {{url: "{web}", status: [200]}}
)";

void never_answer(ScriptedServer::Connection& connection) { connection.wait_for_peer_to_leave(); }

}  // namespace

HangingWorld::HangingWorld(Trial& trial)
    : trial_(trial),
      web_(never_answer),
      database_(never_answer),
      api_({.pods = 2, .exec_hangs = true, .other = [this](const std::string& path) -> std::string {
              if (!path.starts_with("/readyz")) return "";
              api_is_asked_ = true;
              return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no";  // and never the k
            }}) {
  const auto stubborn = trial.file("stubborn",
                                   "#!/bin/sh\ntrap '' TERM INT HUP\nsleep 1000 &\n"
                                   "echo > asked\nwhile :; do sleep 1000; done\n");
  std::filesystem::permissions(stubborn, std::filesystem::perms::owner_all);
  trial.add(
      {trial.file("hanging.yaml",
                  fmt::format(fmt::runtime(checklist), fmt::arg("web", web_.url()),
                              fmt::arg("database", database_.port()), fmt::arg("program", stubborn),
                              fmt::arg("folder", trial.folder.path()))),
       "--kubeconfig", trial.file("kubeconfig", api_.kubeconfig())});
}

std::set<std::string> HangingWorld::ids() const {
  return {"answer", "object", "command", "database", "program", "after"};
}

bool HangingWorld::all_are_asked() const {
  const auto give_up = std::chrono::steady_clock::now() + patience(15);
  const auto asked = [this] {
    return web_.connections() > 0 && database_.connections() > 0 && api_is_asked_ &&
           api_.commands() == 2 && std::filesystem::exists(trial_.folder.path() + "/asked");
  };
  while (!asked()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace postflight::test
