#pragma once

#include <set>
#include <string>

#include "tests/support/scripted_server.hpp"
#include "tests/survival/trial.hpp"

namespace postflight::test {

// A web server that answers well, and a checklist of as many checks as wanted that ask it.
class WellWorld {
 public:
  explicit WellWorld(Trial& trial, int checks = 40) {
    std::string text = "checklist: well\nchecks:\n";
    for (int number = 0; number < checks; ++number) {
      const auto id = "check-" + std::to_string(number);
      ids_.insert(id);
      text += "  - {id: " + id + ", title: the web answers, kind: http.response, with: {url: \"" +
              server_.url() + "\", status: [200]}}\n";
    }
    trial.add({trial.file("well.yaml", text)});
  }
  const std::set<std::string>& ids() const { return ids_; }

 private:
  ScriptedServer server_{[](ScriptedServer::Connection& connection) {
    while (!connection.read_request().empty()) connection.write(http_answer("fine"));
  }};
  std::set<std::string> ids_;
};

}  // namespace postflight::test
