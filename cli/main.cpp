#include <malloc.h>

#include <vector>

#include "cli/cli.hpp"
#include "cli/own_secrets.hpp"

namespace {

// Pages of lists are given back to the system as soon as they were read, and threads share what
// they freed: docs/decisions/0013-memory-is-given-back.md
void keep_memory_small() {
  constexpr int arenas = 4, mapped_from = 256 * 1024;
  mallopt(M_ARENA_MAX, arenas);
  mallopt(M_MMAP_THRESHOLD, mapped_from);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_small();
  postflight::keep_secrets_in_a_crash();
  const auto arguments = postflight::take_arguments(argc, argv);
  std::vector<const char*> words;
  for (const auto& argument : arguments) words.push_back(argument.c_str());
  return postflight::run_command_line(argc, words.data());
}
