#include "tests/support/world_program.hpp"
#include "tests/support/patience.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace postflight::test {
namespace {

pid_t start(const std::string& program, const std::vector<std::string>& arguments,
            const std::string& log) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const auto pid = fork();
  if (pid == 0) {
    const auto file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, 1);
    dup2(file, 2);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  return pid;
}

}  // namespace

WorldProgram::WorldProgram(const std::string& program, const std::vector<std::string>& arguments) {
  auto pattern = (std::filesystem::temp_directory_path() / "postflight-world-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  directory_ = pattern;
  chmod(directory_.c_str(), 0755);  // PostgreSQL may run as another user
  std::vector<std::string> all{"--directory", directory_, "--seconds",
                               std::to_string(patience(110).count())};
  all.insert(all.end(), arguments.begin(), arguments.end());
  pid_ = start(program, all, directory_ + "/log");
  const auto give_up = std::chrono::steady_clock::now() + patience(60);
  while (!std::filesystem::exists(directory_ + "/world.json")) {
    const bool ended = waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (ended || std::chrono::steady_clock::now() > give_up) {
      const auto log = file("log");
      if (!ended) kill(pid_, SIGKILL);
      throw std::runtime_error("the stand-in world did not start: " + log);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

WorldProgram::~WorldProgram() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string WorldProgram::file(const std::string& name) const {
  std::ifstream in(directory_ + "/" + name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace postflight::test
