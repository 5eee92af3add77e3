#pragma once

#include <algorithm>
#include <set>
#include <string>

#include "tests/cli/program.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::test {

// Runs of small checklists that ask nobody but this process.
class Runs {
 public:
  Runs() : open_([](ScriptedServer::Connection& peer) { peer.wait_for_peer_to_leave(); }) {}

  // A check that passes, and those of `more`: see failing(), unknown().
  Ended run(const std::string& more, Words options, const std::string& name = "cluster") const {
    write_file(path("checklist.yaml"),
               "checklist: " + name + "\nchecks:\n" + connects("open", open_.port()) + more);
    options.insert(options.begin(), {"run", path("checklist.yaml")});
    return postflight(options);
  }

  static std::string failing() { return connects("shut", unused_port()); }
  static std::string warning() { return connects("ajar", unused_port(), "severity: advisory, "); }
  static std::string unknown() {
    return "  - {id: silent, title: it answers, kind: http.response, with: {url: "
           "'http://127.0.0.1:" +
           std::to_string(unused_port()) + "/', status: [200]}}\n";
  }
  static std::string waived() {
    return connects("later", unused_port(), "waive: {until: 2200-01-01, reason: soon}, ");
  }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

 private:
  static std::string connects(const std::string& id, int port, const std::string& more = "") {
    return "  - {id: " + id + ", title: the port is open, kind: tcp.connects, " + more +
           "with: {address: '127.0.0.1:" + std::to_string(port) + "', stays-open: 0s}}\n";
  }

  TemporaryDirectory folder_;
  ScriptedServer open_;
};

inline std::string source(const std::string& path) {
  return read_file(std::string(SOURCE_ROOT) + "/" + path);
}

// The names of metrics of ours in a text.
inline std::set<std::string> metric_names(const std::string& text) {
  const std::string letters = "abcdefghijklmnopqrstuvwxyz_";
  std::set<std::string> names;
  for (auto at = text.find("postflight_"); at != text.npos; at = text.find("postflight_", at)) {
    const auto end = std::min(text.find_first_not_of(letters, at), text.size());
    names.insert(text.substr(at, end - at));
    at = end;
  }
  return names;
}

}  // namespace postflight::test
