#pragma once

#include <chrono>
#include <set>
#include <string>

#include "tests/support/scripted_server.hpp"
#include "tests/survival/pods_api.hpp"
#include "tests/survival/trial.hpp"

namespace postflight::test {

// Every part of the world at its worst: it takes the question and never answers. The API server
// still tells its pods, so that commands in them can hang.
class HangingWorld {
 public:
  // Writes the checklist and what it needs into the folder of the trial, and adds the arguments.
  explicit HangingWorld(Trial& trial);

  // The checks that cannot end: an HTTP answer, an object of the API, a command in two pods, a
  // database, a program that ignores SIGTERM with a child of its own; and what needs them.
  std::set<std::string> ids() const;
  // True when every part has been asked; false when that does not come.
  bool all_are_asked() const;

 private:
  const Trial& trial_;
  std::atomic<bool> api_is_asked_ = false;
  ScriptedServer web_, database_;
  PodsApi api_;
};

}  // namespace postflight::test
