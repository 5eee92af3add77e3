#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

#include "tests/world/pod_sandbox.hpp"

namespace postflight::world {

PodProcess::~PodProcess() {
  for (const int descriptor : {input_, output_, errors_})
    if (descriptor >= 0) ::close(descriptor);
  if (exit_code_ < 0) {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);  // it may not lead its group yet
    wait();
  }
}

int PodProcess::take_output() { return std::exchange(output_, -1); }
int PodProcess::take_errors() { return std::exchange(errors_, -1); }

void PodProcess::write_input(std::string_view bytes) {
  while (input_ >= 0 && !bytes.empty()) {
    const ssize_t written = ::write(input_, bytes.data(), bytes.size());
    if (written > 0)
      bytes.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      return close_input();  // it reads no more
  }
}

void PodProcess::close_input() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
}

int PodProcess::wait() {
  int status = 0;
  while (exit_code_ < 0) {
    if (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return exit_code_;
}

}  // namespace postflight::world
