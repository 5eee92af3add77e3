#include "cli/messages.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/output.hpp"
#include "reports/text_safety.hpp"

namespace postflight {
namespace {

constexpr std::size_t most = 4000;
constexpr std::size_t most_mistakes = 100;  // more help nobody, and a file can hold thousands

}  // namespace

void Messages::say(std::string_view line) const { say_bare("postflight: " + std::string(line)); }

void Messages::say(const Mistakes& mistakes) const {
  std::size_t said = 0;
  for (const auto& mistake : mistakes.list()) {
    if (++said > most_mistakes)
      return say(fmt::format("and {} more mistakes", mistakes.list().size() - most_mistakes));
    const auto place = to_string(mistake.where);
    if (place.empty())
      say(mistake.what);
    else
      say_bare(place + ": " + mistake.what);
  }
}

// Nobody is left to tell when standard error is closed.
void Messages::say_bare(std::string_view line) const {
  write_all(STDERR_FILENO, safe_line(redactor_.redact(line), most) + "\n", Patience::briefly);
}

}  // namespace postflight
