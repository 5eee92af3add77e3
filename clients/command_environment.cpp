#include "clients/command_environment.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "clients/error.hpp"

namespace postflight {

namespace {

constexpr std::string_view usual_path = "/usr/local/bin:/usr/bin:/bin";

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

bool is_wanted(std::string_view name, const std::vector<std::string>& patterns) {
  if (name == "PATH" || name == "HOME") return true;
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
    return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                  : name == pattern;
  });
}

bool is_file(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

std::string path_of(const std::vector<std::string>& environment) {
  for (const auto& variable : environment)
    if (name_of(variable) == "PATH") return variable.substr(5);
  return std::string(usual_path);
}

}  // namespace

std::vector<std::string> environment_of(const CommandRequest& request) {
  std::vector<std::string> variables;
  const auto set = [&](std::string variable) {
    const auto name = std::string(name_of(variable));
    std::erase_if(variables, [&](const auto& other) { return name_of(other) == name; });
    variables.push_back(std::move(variable));
  };
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
    if (is_wanted(name_of(*variable), request.environment_names)) set(*variable);
  for (const auto& [name, value] : request.environment) set(name + "=" + value);
  return variables;
}

std::string find_program(const CommandRequest& request,
                         const std::vector<std::string>& environment) {
  const auto& name = request.argv.front();
  const auto missing = [&](const std::string& why, const std::string& file = {}) {
    return ClientError(reason::missing_tool, "the program \"" + name + "\" " + why,
                       (file.empty() ? name : file) + " " + why);
  };
  if (name.find('/') != std::string::npos) {
    const auto file =
        name.starts_with('/') || request.directory.empty() ? name : request.directory + "/" + name;
    if (!is_file(file)) throw missing("is not there", file);
    return name;
  }
  const auto path = path_of(environment);
  std::string not_executable;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find(':', begin), path.size());
    const auto file = path.substr(begin, end - begin) + "/" + name;
    // A folder that is not absolute would be another one for the command.
    if (file.starts_with('/') && end > begin && is_file(file)) {
      if (access(file.c_str(), X_OK) == 0) return file;
      if (not_executable.empty()) not_executable = file;
    }
    begin = end + 1;
  }
  if (!not_executable.empty()) throw missing("is " + not_executable + ", which we may not execute");
  throw missing("is in no folder of PATH (" + path + "): install it, or say where it is");
}

}  // namespace postflight
