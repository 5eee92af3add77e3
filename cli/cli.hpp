#pragma once

namespace postflight {

// The whole program: reads the command line, does what it says, answers the exit code.
int run_command_line(int argc, const char* const* argv);

}  // namespace postflight
