#pragma once

#include <string_view>

namespace postflight {

// How long a pipe or terminal that nobody reads is waited for. for_reader: until it is read, but
// only a second longer once a signal asks us to end. briefly: a second, and no more while it
// stays like that: words that come along must not hold up the run.
enum class Patience { for_reader, briefly };

// Writes all of it to the file descriptor. Returns 0, or the errno that stopped it (ETIMEDOUT:
// nobody read it).
int write_all(int file, std::string_view text, Patience patience = Patience::for_reader);

}  // namespace postflight
