#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "cli/options.hpp"
#include "reports/text.hpp"

namespace postflight {

// What is known of where output goes. Asked once, so that what follows from it can be tested.
struct Terminal {
  bool output_is_terminal = false;                           // standard output
  bool errors_is_terminal = false;                           // standard error
  std::size_t columns = 80;                                  // of the terminal
  std::function<std::string(const char* name)> environment;  // empty when not set
};

Terminal this_terminal();

// Colours: --color, then NO_COLOR (any value), then whether it is a terminal that can.
// Unicode marks: the locale says UTF-8. Wrapping: on a terminal only.
TextStyle style_for(const Options& options, const Terminal& terminal);

// A status line that is redrawn in place: on a terminal that can, and unless -q.
bool shows_live_status(const Options& options, const Terminal& terminal);

}  // namespace postflight
