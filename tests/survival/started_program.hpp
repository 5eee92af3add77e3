#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/patience.hpp"

namespace postflight::test {

// How a program ended: one of the two is set.
struct Ending {
  int exit_code = -1;  // -1: by the signal
  int signal = 0;
  std::size_t peak_memory = 0;  // bytes that were resident at most
};

// What a process held at most, each time that it was looked at.
struct Held {
  std::size_t threads = 0, descriptors = 0;
};

// What a program is started with. Its streams are files of the folder, so that nobody has to read
// along, unless they are given.
struct ProgramSetting {
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::string folder;             // stdout and stderr go to the files out and err in it
  int output = -1, errors = -1;   // descriptors to use instead
  std::function<void()> prepare;  // called in the child before exec: system calls only
};

// The real program while it runs. Killed at the latest when this is destroyed.
class StartedProgram {
 public:
  explicit StartedProgram(const ProgramSetting& setting);
  ~StartedProgram();
  StartedProgram(const StartedProgram&) = delete;
  StartedProgram& operator=(const StartedProgram&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Throws std::runtime_error when it has not ended by then: nothing here may hang.
  Ending wait(std::chrono::seconds longest = patience(30));
  // The same; looks every few milliseconds at what it holds.
  Ending watch(Held& held, std::chrono::seconds longest);

 private:
  bool ends_within(std::chrono::milliseconds time) const;
  Ending reap();

  pid_t pid_ = -1;
  bool ended_ = false;
};

// What programs leave behind: from here on it becomes children of this process.
class Orphans {
 public:
  Orphans();
  // Those that still live after five seconds, each as "pid name"; what was killed and is not quite
  // gone is waited for.
  std::vector<std::string> living() const;

 private:
  std::vector<pid_t> known_;
};

}  // namespace postflight::test
