#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/matrix/world.hpp"

namespace postflight::matrix {

// One thing of the world that a subject asks for: a failure may hit that alone.
struct Question {
  std::string name;     // "list of pods"
  std::string pattern;  // RE2, found in the target of the requests for it
};

// A broken world, for as long as this lives. Knows nothing of who checks it.
class BrokenWorld {
 public:
  virtual ~BrokenWorld();
  // What must not be after a run, whatever it found: a process left over, a failure that nobody
  // met. Empty when all is well.
  virtual std::string trouble() const { return ""; }
  // Whether anybody met what fails here.
  virtual bool was_met() const { return true; }
  Addresses addresses;
};

// One way in which a part of the world fails: a row of the table.
struct Failure {
  std::string name;
  std::set<std::string> reasons;  // the words that tell the truth about it
  bool until_deadline = false;    // whoever waits for it waits until the deadline
  bool hits_one_question = true;  // false: whatever is asked of that part fails
  // Breaks `part`, for the requests that `pattern` finds (empty: for all of them).
  std::function<std::unique_ptr<BrokenWorld>(const World&, Part part, const std::string& pattern)>
      break_world;
  std::set<std::string> questions = {};  // what it is about; empty: any question of its part
};

// Failures of one sort: a table of the page.
struct Family {
  std::string name;   // "status"
  std::string title;  // "Answers with another status"
  std::vector<Failure> failures;
};

// All of them; each has a test case of its own.
std::vector<Family> families();

Family connection_failures();
Family status_failures();
Family body_failures();
Family kubernetes_failures();
Family exec_failures();
Family log_failures();
Family postgres_connection_failures();
Family postgres_state_failures();
Family command_failures();
Family plug_in_failures();
Family dns_failures();
Family tcp_failures();
Family tls_failures();
Family prometheus_failures();

}  // namespace postflight::matrix
