#include "tests/survival/started_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace postflight::test {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

// /proc/PID/stat: pid (name) state ...; the state is what follows the last ')'.
bool is_zombie(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::ostringstream text;
  text << file.rdbuf();
  const auto end = text.str().rfind(") ");
  return end != std::string::npos && text.str()[end + 2] == 'Z';
}

std::string name_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return std::to_string(pid) + " " + name;
}

std::vector<pid_t> children() {
  std::vector<pid_t> all;
  std::ifstream tasks("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  for (pid_t pid = 0; tasks >> pid;) all.push_back(pid);
  return all;
}

std::size_t entries_of(const std::string& folder) {
  std::error_code gone;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator entry(folder, gone), end; !gone && entry != end;
       entry.increment(gone))
    ++count;
  return count;
}

}  // namespace

StartedProgram::StartedProgram(const ProgramSetting& setting) {
  const auto argv = pointers(setting.argv), environment = pointers(setting.environment);
  const auto out = setting.folder + "/out", err = setting.folder + "/err";
  // A signal that comes before exec must not meet the handlers of the test program.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_ = ::fork();
  if (pid_ != 0) ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid_ < 0) throw std::runtime_error("no process for a test");
  if (pid_ > 0) return;
  ::setpgid(0, 0);
  const int none = ::open("/dev/null", O_RDONLY);
  const int to = O_WRONLY | O_CREAT | O_TRUNC;
  ::dup2(none, STDIN_FILENO);
  ::dup2(setting.output >= 0 ? setting.output : ::open(out.c_str(), to, 0600), STDOUT_FILENO);
  ::dup2(setting.errors >= 0 ? setting.errors : ::open(err.c_str(), to, 0600), STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t no_signals;
  sigemptyset(&no_signals);
  ::sigprocmask(SIG_SETMASK, &no_signals, nullptr);
  if (setting.prepare) setting.prepare();
  ::execve(argv[0], argv.data(), environment.data());
  ::_exit(127);
}

StartedProgram::~StartedProgram() {
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void StartedProgram::signal(int number) const {
  if (!ended_) ::kill(pid_, number);
}

bool StartedProgram::ends_within(std::chrono::milliseconds time) const {
  const int end = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  pollfd ending{end, POLLIN, 0};
  const bool ended = ::poll(&ending, 1, static_cast<int>(time.count())) == 1;
  ::close(end);
  return ended;
}

Ending StartedProgram::reap() {
  int status = 0;
  rusage used{};
  ::wait4(pid_, &status, 0, &used);
  ended_ = true;
  const auto peak = static_cast<std::size_t>(used.ru_maxrss) * 1024;
  if (WIFSIGNALED(status)) return {-1, WTERMSIG(status), peak};
  return {WEXITSTATUS(status), 0, peak};
}

Ending StartedProgram::wait(std::chrono::seconds longest) {
  if (!ends_within(longest)) throw std::runtime_error("the program did not end in time");
  return reap();
}

Ending StartedProgram::watch(Held& held, std::chrono::seconds longest) {
  const auto process = "/proc/" + std::to_string(pid_);
  const auto give_up = std::chrono::steady_clock::now() + longest;
  while (!ends_within(std::chrono::milliseconds(5))) {
    if (std::chrono::steady_clock::now() > give_up)
      throw std::runtime_error("the program did not end in time");
    held.threads = std::max(held.threads, entries_of(process + "/task"));
    held.descriptors = std::max(held.descriptors, entries_of(process + "/fd"));
  }
  return reap();
}

Orphans::Orphans() : known_(children()) { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

std::vector<std::string> Orphans::living() const {
  const auto give_up = std::chrono::steady_clock::now() + patience(5);
  for (;;) {
    std::vector<std::string> living;
    for (const auto pid : children()) {
      if (std::ranges::find(known_, pid) != known_.end()) continue;
      if (is_zombie(pid))
        ::waitpid(pid, nullptr, WNOHANG);
      else
        living.push_back(name_of(pid));
    }
    if (living.empty() || std::chrono::steady_clock::now() > give_up) return living;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace postflight::test
