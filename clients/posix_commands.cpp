#include "clients/posix_commands.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "clients/child_process.hpp"
#include "clients/command_environment.hpp"
#include "clients/error.hpp"

namespace postflight {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto grace = std::chrono::milliseconds(500);  // between SIGTERM and SIGKILL
// How often an end is looked for on a kernel that does not tell.
constexpr auto look_again = std::chrono::milliseconds(20);

// What a program writes, up to a limit.
struct Stream {
  int file;
  const char* name;
  std::string* text;
  std::size_t limit;
  bool open = true;

  // Takes what is there. False when that is more than the limit.
  bool take() {
    std::array<char, 65536> bytes;
    while (open) {
      const auto size = read(file, bytes.data(), bytes.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return true;
      if (size <= 0) {
        open = false;
        return true;
      }
      const auto count = static_cast<std::size_t>(size);
      if (count > limit - text->size()) return false;
      text->append(bytes.data(), count);
    }
    return true;
  }
};

void check(const CommandRequest& request) {
  const auto has_zero = [](const std::string& text) { return text.find('\0') != text.npos; };
  if (request.argv.empty() || request.argv.front().empty())
    throw ClientError(reason::configuration, "a command without a program");
  if (std::any_of(request.argv.begin(), request.argv.end(), has_zero))
    throw ClientError(reason::configuration,
                      "the program \"" + request.argv.front() + "\" has an argument with a NUL");
  struct stat status {};
  if (!request.directory.empty() &&
      (stat(request.directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)))
    throw ClientError(reason::configuration, "the directory \"" + request.directory +
                                                 "\" of the program \"" + request.argv.front() +
                                                 "\" is not there");
}

// One command, from its start to its end.
class RunningCommand {
 public:
  RunningCommand(const CommandRequest& request, const ProgramStart& start, const Limits& limits)
      : request_(request),
        limits_(limits),
        stopped_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        process_(start),
        streams_{Stream{process_.output(), "stdout", &result_.output, request.output_limit},
                 Stream{process_.errors(), "stderr", &result_.errors, request.output_limit}} {
    if (stopped_.number() < 0) throw_error(reason::configuration, "no file can be opened");
  }

  CommandResult finish() {
    const std::stop_callback on_stop(limits_.stop, [this] { eventfd_write(stopped_.number(), 1); });
    while (!process_.has_ended()) {
      if (limits_.stop.stop_requested())
        end_early(reason::interrupted, "the run was asked to stop");
      if (Clock::now() >= limits_.deadline) end_early(reason::timeout, "no end " + after_time());
      wait(limits_.deadline, stopped_.number());
      take_output();
    }
    // What others of the group might still write is not waited for.
    take_output();
    const auto status = process_.reap();
    result_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return std::move(result_);
  }

 private:
  // Until there is output, an end, `wake` or the moment.
  void wait(Clock::time_point until, int wake) const {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (process_.end_event() < 0) left = std::min(left, look_again);
    const auto file_of = [](const Stream& stream) { return stream.open ? stream.file : -1; };
    std::array<pollfd, 4> files{pollfd{file_of(streams_[0]), POLLIN, 0},
                                pollfd{file_of(streams_[1]), POLLIN, 0},
                                pollfd{process_.end_event(), POLLIN, 0}, pollfd{wake, POLLIN, 0}};
    poll(files.data(), files.size(),
         static_cast<int>(std::clamp<long long>(left.count(), 0, 3'600'000)));
  }

  void take_output() {
    for (auto& stream : streams_)
      if (!stream.take())
        throw_error(reason::too_large,
                    fmt::format("more than {} bytes on {}", stream.limit, stream.name));
  }

  [[noreturn]] void end_early(std::string_view why, const std::string& words) {
    process_.signal_group(SIGTERM);
    const auto patience = Clock::now() + grace;
    while (!process_.has_ended() && Clock::now() < patience) {
      wait(patience, -1);
      for (auto& stream : streams_) {  // so that it is not stuck in a write
        stream.text->clear();
        stream.take();
      }
    }
    process_.reap();
    throw_error(why, words);
  }

  [[noreturn]] void throw_error(std::string_view why, const std::string& words) const {
    throw ClientError(why,
                      "the program \"" + request_.argv.front() + "\": " + words + "; it was ended");
  }

  std::string after_time() const {
    return fmt::format("after {:.1f} s",
                       std::chrono::duration<double>(Clock::now() - began_).count());
  }

  const CommandRequest& request_;
  const Limits& limits_;
  const Clock::time_point began_ = Clock::now();
  CommandResult result_;
  Descriptor stopped_;
  ChildProcess process_;
  std::array<Stream, 2> streams_;
};

}  // namespace

CommandResult PosixCommands::run(const CommandRequest& request, const Limits& limits) {
  check(request);
  ProgramStart start;
  start.argv = request.argv;
  start.directory = request.directory;
  start.environment = environment_of(request);
  start.file = find_program(request, start.environment);
  const auto name = "the program \"" + request.argv.front() + "\": ";
  if (limits.stop.stop_requested())
    throw ClientError(reason::interrupted, name + "not started, the run was asked to stop");
  if (Clock::now() >= limits.deadline)
    throw ClientError(reason::timeout, name + "not started, the time was over");
  return RunningCommand(request, start, limits).finish();
}

}  // namespace postflight
