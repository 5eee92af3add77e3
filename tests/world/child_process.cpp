#include "tests/world/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <thread>

#include "tests/world/url.hpp"

namespace postflight::world {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> full_environment(const ChildOptions& options) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.push_back(*variable);
  for (const auto& [name, value] : options.environment) {
    std::erase_if(variables, [&](const std::string& old) { return old.rfind(name + "=", 0) == 0; });
    variables.push_back(name + "=" + value);
  }
  return variables;
}

}  // namespace

ChildProcess::ChildProcess(const ChildOptions& options) {
  auto words = options.argv;
  auto variables = full_environment(options);
  const auto arguments = pointers(words);
  const auto environment = pointers(variables);
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), options.argv.front());
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::setpgid(0, 0);  // an interrupt at the terminal is for the world alone
  const int input = ::open("/dev/null", O_RDONLY);
  const int output = ::open(options.output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  ::signal(SIGPIPE, SIG_DFL);
  for (const int descriptor : options.descriptors) ::fcntl(descriptor, F_SETFD, 0);
  if (options.directory.empty() || ::chdir(options.directory.c_str()) == 0)
    ::execve(words.front().c_str(), arguments.data(), environment.data());
  ::_exit(127);
}

ChildProcess::~ChildProcess() {
  if (has_ended()) return;
  ::kill(pid_, SIGTERM);
  for (int tries = 0; tries < 300 && !has_ended(); ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (has_ended()) return;
  ::kill(pid_, SIGKILL);
  wait();
}

bool ChildProcess::has_ended() {
  int status = 0;
  if (exit_code_ < 0 && ::waitpid(pid_, &status, WNOHANG) == pid_)
    exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return exit_code_ >= 0;
}

int ChildProcess::wait() {
  int status = 0;
  while (exit_code_ < 0)
    if (::waitpid(pid_, &status, 0) == pid_)
      exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return exit_code_;
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  auto folders = split(path == nullptr ? "/usr/bin:/bin" : path, ':');
  folders.insert(folders.end(), {"/usr/sbin", "/sbin"});
  for (const auto& folder : folders)
    if (::access((folder + "/" + name).c_str(), X_OK) == 0) return folder + "/" + name;
  return {};
}

}  // namespace postflight::world
