#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace postflight {
namespace {

std::size_t columns_of_terminal(int file) {
  winsize size{};
  return ::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool is_dumb(const Terminal& terminal) {
  const auto term = terminal.environment("TERM");
  return term.empty() || term == "dumb";
}

// POSIX: the first of these that is set decides.
bool locale_is_utf8(const Terminal& terminal) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    auto value = terminal.environment(name);
    if (value.empty()) continue;
    std::ranges::transform(value, value.begin(), [](unsigned char c) { return std::tolower(c); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

Terminal this_terminal() {
  Terminal terminal;
  terminal.output_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  terminal.errors_is_terminal = ::isatty(STDERR_FILENO) == 1;
  terminal.columns =
      columns_of_terminal(terminal.output_is_terminal ? STDOUT_FILENO : STDERR_FILENO);
  terminal.environment = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  return terminal;
}

TextStyle style_for(const Options& options, const Terminal& terminal) {
  TextStyle style;
  style.colour = options.colour == ColourWish::always ||
                 (options.colour == ColourWish::automatic && terminal.output_is_terminal &&
                  terminal.environment("NO_COLOR").empty() && !is_dumb(terminal));
  style.unicode = locale_is_utf8(terminal);
  style.quiet = options.quiet;
  style.width = terminal.output_is_terminal ? terminal.columns : 0;
  return style;
}

bool shows_live_status(const Options& options, const Terminal& terminal) {
  return terminal.errors_is_terminal && !options.quiet && !is_dumb(terminal);
}

}  // namespace postflight
