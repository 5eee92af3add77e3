#include "cli/cli.hpp"

int main(int argc, char** argv) { return postflight::run_command_line(argc, argv); }
