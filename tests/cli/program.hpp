#pragma once

#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "clients/child_process.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/temporary_directory.hpp"

namespace postflight::test {

using Words = std::vector<std::string>;

inline const std::string program = std::string(PROGRAMS) + "/postflight";

// A locale in UTF-8, no kubeconfig, nothing else of the environment of the tests.
inline Words plain_environment() {
  return {"PATH=/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C.UTF-8"};
}

struct Ended {
  int exit_code = -1;  // -1: by a signal
  std::string output, errors;
};

// A program while it runs. Given up, and killed, when the patience is over.
class Running {
 public:
  explicit Running(Words argv, Words environment = plain_environment(),
                   std::chrono::seconds longest = patience(60))
      : process_({argv.front(), argv, std::move(environment), ""}),
        deadline_(std::chrono::steady_clock::now() + longest) {}

  // Reads until standard error holds that text.
  void wait_for_errors(const std::string& text) {
    while (ended_.errors.find(text) == std::string::npos)
      if (!read()) throw std::runtime_error("it ended without saying " + text);
  }

  void signal(int number) const { process_.signal_group(number); }

  Ended end() {
    while (read()) continue;
    const int status = process_.reap();
    if (WIFEXITED(status)) ended_.exit_code = WEXITSTATUS(status);
    return ended_;
  }

 private:
  // False when both streams have ended.
  bool read() {
    pollfd files[] = {{output_open_ ? process_.output() : -1, POLLIN, 0},
                      {errors_open_ ? process_.errors() : -1, POLLIN, 0}};
    if (!output_open_ && !errors_open_) return false;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    if (left.count() <= 0 || ::poll(files, 2, static_cast<int>(left.count())) <= 0)
      throw std::runtime_error("the program did not end in time");
    if (files[0].revents != 0) output_open_ = read_some(files[0].fd, ended_.output);
    if (files[1].revents != 0) errors_open_ = read_some(files[1].fd, ended_.errors);
    return true;
  }

  static bool read_some(int file, std::string& text) {
    char part[4096];
    const auto count = ::read(file, part, sizeof part);
    if (count > 0) text.append(part, static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && errno == EAGAIN);
  }

  ChildProcess process_;
  Ended ended_;
  bool output_open_ = true, errors_open_ = true;
  const std::chrono::steady_clock::time_point deadline_;
};

// Runs postflight with those arguments to its end.
inline Ended postflight(Words arguments, Words environment = plain_environment()) {
  arguments.insert(arguments.begin(), program);
  return Running(std::move(arguments), std::move(environment)).end();
}

// The same with a shell's redirection: " >/dev/full".
inline Ended postflight_with(const std::string& redirection, const Words& arguments) {
  Words argv{"/bin/sh", "-c", "exec \"$@\"" + redirection, "sh", program};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return Running(std::move(argv)).end();
}

inline void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "(there is no " + path + ")";
  return {std::istreambuf_iterator<char>(file), {}};
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace postflight::test
