#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace postflight::world {

struct ChildOptions {
  std::vector<std::string> argv;  // argv[0] is a path
  std::string directory;          // to run in; empty means ours
  std::string output;             // file that takes stdout and stderr
  std::vector<std::pair<std::string, std::string>> environment;  // in addition to ours
  std::vector<int> descriptors;  // to inherit, under the same numbers
};

// A program of this machine. Ends with SIGTERM, then SIGKILL, by its own pid, with this object; and
// with SIGTERM when the thread that started it ends.
class ChildProcess {
 public:
  explicit ChildProcess(const ChildOptions& options);  // throws std::system_error
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  bool has_ended();
  int wait();  // the exit code; 128 + signal when a signal ended it

 private:
  pid_t pid_;
  int exit_code_ = -1;
};

// The first program of that name in PATH, /usr/sbin and /sbin; empty when there is none.
std::string find_program(const std::string& name);

}  // namespace postflight::world
