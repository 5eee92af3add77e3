#include "clients/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "clients/error.hpp"

namespace postflight {

namespace {

// What a child that could not become the program tells its parent.
struct StartFailure {
  enum class Step : int { directory, program } step;
  int error;
};

[[noreturn]] void refuse(const std::string& what, int error) {
  throw ClientError(reason::configuration, what + ": " + std::strerror(error));
}

// Above the standard three, so that the child can put those in place in any order.
Descriptor above_standard(int number) {
  Descriptor low(number);
  if (number < 0 || number > 2) return low;
  Descriptor high(fcntl(number, F_DUPFD_CLOEXEC, 3));
  if (high.number() < 0) refuse("no file can be opened", errno);
  return high;
}

std::pair<Descriptor, Descriptor> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) refuse("no pipe can be opened", errno);
  auto read_end = above_standard(ends[0]);
  return {std::move(read_end), above_standard(ends[1])};
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// All that the child needs, made before the fork: after it only async-signal-safe calls are
// allowed.
struct ChildPlan {
  const char* file;
  char* const* argv;
  char* const* environment;
  const char* directory;
  int input, output, errors, failure;
};

void keep_files_from_program() {
  if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  for (int number = 3; number < 4096; ++number) fcntl(number, F_SETFD, FD_CLOEXEC);
}

[[noreturn]] void fail(const ChildPlan& plan, StartFailure::Step step) {
  const StartFailure failure{step, errno};
  const auto written = write(plan.failure, &failure, sizeof failure);
  _exit(written == sizeof failure ? 127 : 126);
}

[[noreturn]] void become(const ChildPlan& plan) {
  setpgid(0, 0);
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(plan.input, 0);
  dup2(plan.output, 1);
  dup2(plan.errors, 2);
  if (*plan.directory != '\0' && chdir(plan.directory) != 0)
    fail(plan, StartFailure::Step::directory);
  keep_files_from_program();
  execve(plan.file, plan.argv, plan.environment);
  fail(plan, StartFailure::Step::program);
}

// The process groups of the programs that run. Those of one that is being started and of one that
// is being reaped are in it, so that end_all_programs() misses none and kills no stranger.
struct RunningPrograms {
  std::mutex mutex;
  std::set<pid_t> groups;
  bool closed = false;
};

RunningPrograms& running_programs() {
  static auto* const programs = new RunningPrograms;  // outlives all threads
  return *programs;
}

// With all signals blocked until the child has reset them: no handler of ours runs in it.
pid_t fork_into(const ChildPlan& plan) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::unique_lock lock(running_programs().mutex);
  const auto process = running_programs().closed ? -1 : fork();
  if (process == 0) become(plan);
  const auto error = running_programs().closed ? ECANCELED : errno;
  if (process > 0) {
    setpgid(process, process);  // whichever of the two is first
    running_programs().groups.insert(process);
  }
  lock.unlock();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (process < 0) refuse("no process can be started", error);
  return process;
}

[[noreturn]] void throw_failure(const ProgramStart& start, const StartFailure& failure) {
  std::string why = std::strerror(failure.error);
  if (failure.step == StartFailure::Step::directory)
    throw ClientError(reason::configuration, "the directory \"" + start.directory +
                                                 "\" of the program \"" + start.argv.front() +
                                                 "\" cannot be entered: " + why);
  if (failure.error == ENOENT) why = "the interpreter that it names is not there";
  throw ClientError(reason::missing_tool, "the program \"" + start.argv.front() + "\" (" +
                                              start.file + ") cannot be executed: " + why);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

Descriptor::~Descriptor() { close(); }

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

ChildProcess::ChildProcess(const ProgramStart& start) {
  const auto argv = pointers_to(start.argv), environment = pointers_to(start.environment);
  const auto input = above_standard(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (input.number() < 0) refuse("/dev/null cannot be opened", errno);
  auto [output, output_write] = make_pipe();
  auto [errors, errors_write] = make_pipe();
  auto [failure, failure_write] = make_pipe();
  output_ = std::move(output);
  errors_ = std::move(errors);
  process_ = fork_into({start.file.c_str(), argv.data(), environment.data(),
                        start.directory.c_str(), input.number(), output_write.number(),
                        errors_write.number(), failure_write.number()});
  output_write.close();
  errors_write.close();
  failure_write.close();
  fcntl(output_.number(), F_SETFL, O_NONBLOCK);
  fcntl(errors_.number(), F_SETFL, O_NONBLOCK);
  StartFailure told{};
  ssize_t size = 0;
  do size = read(failure.number(), &told, sizeof told);  // ends when the program runs
  while (size < 0 && errno == EINTR);
  if (size > 0) {
    kill_and_wait();
    throw_failure(start, told);
  }
  end_event_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, process_, 0)));
}

ChildProcess::~ChildProcess() { kill_and_wait(); }

bool ChildProcess::has_ended() const {
  siginfo_t ended{};
  const auto result =
      waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT);
  // An error means that there is no such child any more.
  return (result != 0 && errno != EINTR) || ended.si_pid == process_;
}

void ChildProcess::signal_group(int signal) const { kill(-process_, signal); }

std::optional<int> ChildProcess::kill_and_wait() noexcept {
  if (process_ < 0) return std::nullopt;
  signal_group(SIGKILL);
  {
    const std::scoped_lock lock(running_programs().mutex);
    running_programs().groups.erase(process_);
  }
  int status = 0;
  pid_t result = 0;
  do result = waitpid(process_, &status, 0);
  while (result < 0 && errno == EINTR);
  process_ = -1;
  if (result < 0) return std::nullopt;
  return status;
}

int ChildProcess::reap() {
  const auto status = kill_and_wait();
  if (!status)
    throw ClientError(reason::unreadable,
                      "the exit status of a program is lost: something else waited for it");
  return *status;
}

void end_all_programs() {
  auto& programs = running_programs();
  const std::scoped_lock lock(programs.mutex);
  programs.closed = true;
  for (const auto group : programs.groups) kill(-group, SIGKILL);
}

}  // namespace postflight
