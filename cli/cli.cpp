#include "cli/cli.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <new>
#include <system_error>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/own_secrets.hpp"
#include "runner/exit_code.hpp"

namespace postflight {
namespace {

// A descriptor that was closed must not come back as a socket that the report is written into. It
// is opened the wrong way round, so that using it still fails.
void occupy_standard_files() {
  for (const int file : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(file, F_GETFD) < 0) ::open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int do_command(const Options& options, Redactor& redactor, const Messages& messages) {
  switch (options.command) {
    case Command::run:
      return run_command(options, redactor, messages);
    case Command::selftest:
      return selftest_command(options, redactor, messages);
    case Command::merge:
      return merge_command(options, redactor, messages);
    case Command::lint:
      return lint_command(options, messages);
    case Command::list:
      return list_command(options, messages);
    case Command::rbac:
      return rbac_command(options, messages);
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
  occupy_standard_files();
  Redactor redactor;
  learn_own_secrets(redactor);
  const Messages messages(redactor);
  try {
    const auto parsed = parse_options(argc, argv);
    if (const auto* answer = std::get_if<UsageAnswer>(&parsed)) {
      for (const auto& line : answer->wrong) messages.say(line);
      return answer->wrong.empty() ? print(answer->output, messages) : exit_usage;
    }
    return do_command(std::get<Options>(parsed), redactor, messages);
  } catch (const Mistakes& mistakes) {
    messages.say(mistakes);
    return exit_usage;
  } catch (const std::bad_alloc&) {
    messages.say("the system gives no more memory: nothing is known");
    return exit_unknown;
  } catch (const std::system_error& error) {
    messages.say(fmt::format("the system gives not what a run needs: {}", error.what()));
    return exit_unknown;
  } catch (const std::exception& error) {
    messages.say(fmt::format("internal error, please report it: {}", error.what()));
    return exit_unknown;
  }
}

}  // namespace postflight
