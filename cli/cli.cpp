#include "cli/cli.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <exception>

#include "cli/commands.hpp"
#include "runner/exit_code.hpp"

namespace postflight {
namespace {

int do_command(const Options& options, Redactor& redactor, const Messages& messages) {
  switch (options.command) {
    case Command::run:
      return run_command(options, redactor, messages);
    case Command::lint:
      return lint_command(options, messages);
    case Command::list:
      return list_command(options, messages);
    case Command::explain:
      return explain_command(options, messages);
    case Command::schema:
      return schema_command(messages);
    case Command::completion:
      return completion_command(options, messages);
  }
  return exit_usage;
}

}  // namespace

int print(const std::string& text, const Messages& messages, int exit_code) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error == 0) return exit_code;
  messages.say(fmt::format("standard output: {}: not all was written", std::strerror(error)));
  return exit_code == exit_healthy ? exit_unknown : exit_code;
}

int run_command_line(int argc, const char* const* argv) {
  Redactor redactor;
  const Messages messages(redactor);
  try {
    const auto parsed = parse_options(argc, argv);
    if (const auto* answer = std::get_if<Answer>(&parsed)) {
      for (const auto& line : answer->wrong) messages.say(line);
      return answer->wrong.empty() ? print(answer->output, messages) : exit_usage;
    }
    return do_command(std::get<Options>(parsed), redactor, messages);
  } catch (const Mistakes& mistakes) {
    messages.say(mistakes);
    return exit_usage;
  } catch (const std::exception& error) {
    messages.say(fmt::format("internal error, please report it: {}", error.what()));
    return exit_unknown;
  }
}

}  // namespace postflight
