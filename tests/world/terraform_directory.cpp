#include "tests/world/terraform_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace postflight::world {
namespace {

void write_code(const std::string& directory, const std::string& log_level,
                const std::string& more) {
  std::ofstream file(directory + "/main.tf");
  file << R"(
resource "terraform_data" "outpost" {
  input = { name = "authentik Embedded Outpost", replicas = 2, log_level = ")"
       << log_level << R"(" }
}

resource "terraform_data" "proxy_provider" {
  input = { mode = "forward_domain", access_token_validity = "weeks=4" }
}

output "outpost_name" { value = terraform_data.outpost.output.name }
)" << more;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void run(const std::string& directory, const std::string& terraform,
         const std::vector<std::string>& arguments) {
  const auto log = directory + "/world.log";
  std::vector<char*> argv{const_cast<char*>(terraform.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const auto home = "HOME=" + directory;
  const auto* path = std::getenv("PATH");
  const auto search = std::string("PATH=") + (path == nullptr ? "/usr/bin:/bin" : path);
  char checkpoint[] = "CHECKPOINT_DISABLE=1";
  char* const environment[] = {const_cast<char*>(home.c_str()), const_cast<char*>(search.c_str()),
                               checkpoint, nullptr};
  const auto child = fork();
  if (child == 0) {
    const auto out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out, 1);
    dup2(out, 2);
    if (chdir(directory.c_str()) == 0) execve(terraform.c_str(), argv.data(), environment);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
      WEXITSTATUS(status) != 0)
    throw std::runtime_error("terraform " + arguments.front() + " failed: " + text_of(log));
}

}  // namespace

std::optional<std::string> find_terraform() {
  const auto* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    auto program = folder + "/terraform";
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return std::nullopt;
}

void make_terraform_directory(const std::string& directory, const std::string& terraform,
                              TerraformState state) {
  if (mkdir(directory.c_str(), 0755) != 0) throw std::runtime_error("cannot make " + directory);
  write_code(directory, "info", "");
  run(directory, terraform, {"init", "-input=false", "-no-color"});
  run(directory, terraform, {"apply", "-auto-approve", "-input=false", "-no-color"});
  if (state == TerraformState::drifted) write_code(directory, "trace", "");
  if (state == TerraformState::broken)
    write_code(directory, "info", "\noutput \"flow\" { value = terraform_data.flow.output }\n");
}

}  // namespace postflight::world
