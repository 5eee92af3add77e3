#pragma once

#include "clients/command.hpp"

namespace postflight {

// Commands through fork and exec. The child sees no other file of ours, stdin is empty, and of our
// environment it gets PATH, HOME and what the request names.
class PosixCommands : public Commands {
 public:
  CommandResult run(const CommandRequest& request, const Limits& limits) override;
};

}  // namespace postflight
