#include "checks/support/plug_in_ending.hpp"

#include <fmt/format.h>

#include "checks/support/text.hpp"
#include "runner/check.hpp"

namespace postflight {

std::string last_words(const CommandResult& result) {
  const auto line = last_line(result.errors);
  return line.empty() ? "" : ": " + line;
}

void require_end(const std::string& name, const CommandResult& result) {
  if (result.signal != 0)
    throw CannotTell("plug-in-error", fmt::format("{} was ended by signal {}{}", name,
                                                  result.signal, last_words(result)));
  if (result.exit_code < 0 || result.exit_code > 3)
    throw CannotTell("plug-in-error",
                     fmt::format("{} ended with exit code {}, which is no verdict{}", name,
                                 result.exit_code, last_words(result)));
  if (result.output.find_first_not_of(" \t\r\n") == std::string::npos)
    throw CannotTell("unreadable", fmt::format("{} ended with exit code {} and printed nothing{}",
                                               name, result.exit_code, last_words(result)));
}

}  // namespace postflight
