#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "clients/posix_commands.hpp"

namespace postflight::world {

// Runs a real program as a witness of what the stand-in does.
inline CommandResult witness(std::vector<std::string> argv,
                             std::vector<std::pair<std::string, std::string>> environment = {}) {
  CommandRequest request;
  request.argv = std::move(argv);
  request.environment = std::move(environment);
  return PosixCommands().run(request,
                             {std::chrono::steady_clock::now() + std::chrono::seconds(60), {}, {}});
}

}  // namespace postflight::world
