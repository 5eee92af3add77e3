#include "cli/messages.hpp"

#include <unistd.h>

#include <cerrno>

#include "reports/text_safety.hpp"

namespace postflight {
namespace {

constexpr std::size_t most = 4000;

}  // namespace

void Messages::say(std::string_view line) const { say_bare("postflight: " + std::string(line)); }

void Messages::say(const Mistakes& mistakes) const {
  for (const auto& mistake : mistakes.list()) {
    const auto place = to_string(mistake.where);
    if (place.empty())
      say(mistake.what);
    else
      say_bare(place + ": " + mistake.what);
  }
}

// Nobody is left to tell when standard error is closed.
void Messages::say_bare(std::string_view line) const {
  write_all(STDERR_FILENO, safe_line(redactor_.redact(line), most) + "\n");
}

int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace postflight
