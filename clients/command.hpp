#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clients/limits.hpp"

namespace postflight {

struct CommandRequest {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH; never a shell line
  std::string directory;          // working directory; empty means ours
  std::vector<std::string>
      environment_names;  // what to pass on of our environment; TERM* globs: "TF_*"
  std::vector<std::pair<std::string, std::string>> environment;  // set in addition
  std::size_t output_limit = 16u << 20;  // bytes of stdout and of stderr; more throws too-large
};

struct CommandResult {
  int exit_code = 0;  // valid when signal is 0
  int signal = 0;     // that ended it
  std::string output, errors;
};

// Programs on this machine. Each runs in a process group of its own, which is killed whole at the
// deadline or stop (SIGTERM, then SIGKILL). Throws ClientError: missing-tool, timeout, too-large.
class Commands {
 public:
  virtual ~Commands();
  virtual CommandResult run(const CommandRequest& request, const Limits& limits) = 0;
};

}  // namespace postflight
