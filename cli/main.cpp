#include <vector>

#include "cli/cli.hpp"
#include "cli/own_secrets.hpp"

int main(int argc, char** argv) {
  postflight::keep_secrets_in_a_crash();
  const auto arguments = postflight::take_arguments(argc, argv);
  std::vector<const char*> words;
  for (const auto& argument : arguments) words.push_back(argument.c_str());
  return postflight::run_command_line(argc, words.data());
}
